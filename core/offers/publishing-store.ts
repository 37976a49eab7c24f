import { GetItemCommand, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { type Database, type Item, writeFailure } from '#core/shared/dynamodb-store.ts';
import { type BlockFacts, blockTransitions } from './block.ts';
import { blockItem, toBlock } from './blocks-store.ts';

export interface Drop {
  dropId: string;
  stationId: string;
  opensAt: number;
  /** Of the request that made it: tells a repetition from another request under the same key. */
  digest: string;
  /** When its last block ends, in milliseconds since the epoch: it is kept as long as they are. */
  endsAt: number;
}

/** `unsure`: no answer came; the same call again settles it. */
export interface PublishingStore {
  findDrop(dropId: string): Promise<Drop | undefined>;
  /** Answers the drop as it is stored: this one, or an earlier one of that id. */
  openDrop(drop: Drop): Promise<Drop | 'unsure'>;
  /** All blocks in one transaction; `other`: blocks of these ids exist already and are not these. */
  writeBlocks(blocks: readonly BlockFacts[]): Promise<'written' | 'other' | 'unsure'>;
}

const dropKey = (dropId: string) => ({ pk: { S: `P#${dropId}` }, sk: { S: 'P' } });
const firstVersion = 1;

const isSame = (block: BlockFacts, stored: BlockFacts | undefined): boolean =>
  stored !== undefined &&
  (Object.keys(block) as (keyof BlockFacts)[]).every((fact) => block[fact] === stored[fact]);

const toDrop = (item: Item): Drop => ({
  dropId: (item.pk?.S ?? '').slice(2),
  stationId: item.stn?.S ?? '',
  opensAt: Number(item.op?.N),
  digest: item.dg?.S ?? '',
  endsAt: Number(item.s1?.N),
});

export const publishingStore = (
  database: Database,
  table: string,
  recordRetentionDays: number,
): PublishingStore => {
  const expiry = (at: number) => Math.floor(at / 1000) + recordRetentionDays * 86_400;
  return {
    findDrop: async (dropId) => {
      const { Item } = await database.send(
        new GetItemCommand({ TableName: table, Key: dropKey(dropId), ConsistentRead: true }),
      );
      return Item && toDrop(Item);
    },
    openDrop: async (drop) => {
      try {
        await database.send(
          new PutItemCommand({
            TableName: table,
            Item: {
              ...dropKey(drop.dropId),
              stn: { S: drop.stationId },
              op: { N: String(drop.opensAt) },
              dg: { S: drop.digest },
              s1: { N: String(drop.endsAt) },
              ttl: { N: String(expiry(drop.endsAt)) },
            },
            ConditionExpression: 'attribute_not_exists(pk)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return drop;
      } catch (error) {
        const failure = writeFailure(error);
        const stored = failure.status === 'refused' ? failure.reasons[0]?.Item : undefined;
        return stored ? toDrop(stored) : 'unsure';
      }
    },
    writeBlocks: async (blocks) => {
      try {
        await database.send(
          new TransactWriteItemsCommand({
            TransactItems: blocks.map((block) => ({
              Put: {
                TableName: table,
                Item: blockItem(block, firstVersion, blockTransitions.claim.from, expiry(block.endsAt)),
                ConditionExpression: 'attribute_not_exists(pk)',
                ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
              },
            })),
          }),
        );
        return 'written';
      } catch (error) {
        const failure = writeFailure(error);
        if (failure.status !== 'refused') return 'unsure';
        const stored = failure.reasons.map(({ Item }) => Item && toBlock(Item));
        return blocks.every((block, index) => isSame(block, stored[index])) ? 'written' : 'other';
      }
    },
  };
};
