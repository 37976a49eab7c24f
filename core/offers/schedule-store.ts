import { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import { type Database, type Item, queryAll } from '#core/shared/dynamodb-store.ts';
import type { Block } from './block.ts';
import { blockKey, toBlock } from './blocks-store.ts';
import { weekName } from './calendar.ts';

/** DynamoDB reads at most this many items by key in one call. */
const batchLimit = 100;

/** Strongly consistent reads of blocks by id, in no order. Blocks that do not exist are left out. */
export const readBlocks = async (
  database: Database,
  table: string,
  blockIds: readonly string[],
): Promise<Block[]> => {
  const blocks: Block[] = [];
  for (let from = 0; from < blockIds.length; from += batchLimit) {
    let keys: Item[] | undefined = blockIds.slice(from, from + batchLimit).map(blockKey);
    while (keys?.length) {
      const answer: {
        Responses?: Record<string, Item[]>;
        UnprocessedKeys?: Record<string, { Keys?: Item[] }>;
      } = await database.send(
        new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } }),
      );
      blocks.push(...(answer.Responses?.[table] ?? []).map(toBlock));
      keys = answer.UnprocessedKeys?.[table]?.Keys;
    }
  }
  return blocks;
};

export interface ScheduleStore {
  /** The driver's blocks in the week of `from` and later weeks; may hold blocks that ended in that week. */
  blocksFrom(driverId: string, from: number): Promise<Block[]>;
}

export const scheduleStore = (database: Database, table: string): ScheduleStore => ({
  blocksFrom: async (driverId, from) => {
    const blockIds = new Set<string>();
    const weeks = await queryAll(database, {
      TableName: table,
      KeyConditionExpression: 'pk = :driver AND sk >= :week',
      ExpressionAttributeValues: {
        ':driver': { S: `D#${driverId}` },
        ':week': { S: `W#${weekName(from)}` },
      },
    });
    for (const week of weeks) for (const blockId of week.bl?.SS ?? []) blockIds.add(blockId);
    const blocks = await readBlocks(database, table, [...blockIds]);
    return blocks.filter(({ owner }) => owner === driverId);
  },
});
