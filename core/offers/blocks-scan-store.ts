import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Database, Item } from '#core/shared/dynamodb-store.ts';
import { type Block, blockTransitions } from './block.ts';
import { toBlock } from './blocks-store.ts';

/** Blocks that are open and have not begun, by a scan of the whole table: for the nightly rebuild of the feed only. */
export const scanOpenBlocks = async (
  database: Database,
  table: string,
  now: number,
): Promise<Pick<Block, 'blockId' | 'stationId'>[]> => {
  const blocks: Pick<Block, 'blockId' | 'stationId'>[] = [];
  let next: Item | undefined;
  do {
    const answer: { Items?: Item[]; LastEvaluatedKey?: Item } = await database.send(
      new ScanCommand({
        TableName: table,
        FilterExpression: 'begins_with(pk, :block) AND st = :open AND s0 > :now',
        ExpressionAttributeValues: {
          ':block': { S: 'B#' },
          ':open': { S: blockTransitions.claim.from },
          ':now': { N: String(now) },
        },
        ...(next && { ExclusiveStartKey: next }),
      }),
    );
    blocks.push(
      ...(answer.Items ?? []).map(toBlock).map(({ blockId, stationId }) => ({ blockId, stationId })),
    );
    next = answer.LastEvaluatedKey;
  } while (next);
  return blocks;
};
