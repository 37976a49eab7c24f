import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Database, Item } from '#core/shared/dynamodb-store.ts';
import { type Block, blockTransitions } from './block.ts';
import { toBlock } from './blocks-store.ts';

/** Every open block of the table, by a full scan: for the nightly rebuild of the feed only. */
export const scanOpenBlocks = async (database: Database, table: string): Promise<Block[]> => {
  const blocks: Block[] = [];
  let next: Item | undefined;
  do {
    const answer: { Items?: Item[]; LastEvaluatedKey?: Item } = await database.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        FilterExpression: 'begins_with(pk, :block) AND st = :open',
        ExpressionAttributeValues: { ':block': { S: 'B#' }, ':open': { S: blockTransitions.claim.from } },
        ...(next && { ExclusiveStartKey: next }),
      }),
    );
    blocks.push(...(answer.Items ?? []).map(toBlock));
    next = answer.LastEvaluatedKey;
  } while (next);
  return blocks;
};
