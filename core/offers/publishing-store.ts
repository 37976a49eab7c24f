import { GetItemCommand, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { announcement } from '#core/draws/announcement-store.ts';
import type { Draw, DrawSecret } from '#core/draws/draw.ts';
import { putDue } from '#core/draws/due-store.ts';
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
  /** What decides which of its blocks is shared out how. */
  lot: string;
  /** Of its blocks that are drawn. */
  draw?: Pick<Draw, 'drawId' | 'closesAt' | 'commitment'>;
}

/** `unsure`: no answer came; the same call again settles it. */
export interface PublishingStore {
  findDrop(dropId: string): Promise<Drop | undefined>;
  /** Answers the drop as it is stored: this one, with its draw in the same transaction, or an earlier one of that id. */
  openDrop(drop: Drop, drawn?: { draw: Draw; secret: DrawSecret }): Promise<Drop | 'unsure'>;
  /** All blocks in one transaction; those of a draw that is over wait for another one. `other`: blocks of these ids exist already and are not these. */
  writeBlocks(blocks: readonly BlockFacts[], drawIsOver?: boolean): Promise<'written' | 'other' | 'unsure'>;
}

const dropKey = (dropId: string) => ({ pk: { S: `P#${dropId}` }, sk: { S: 'P' } });
const firstVersion = 1;

/** What stays as it was published, whatever became of the block since. */
const lasting = ['dropId', 'stationId', 'startsAt', 'endsAt', 'amount', 'currency'] as const;

const isSame = (block: BlockFacts, stored: BlockFacts | undefined): boolean =>
  stored !== undefined && lasting.every((fact) => block[fact] === stored[fact]);

/** Who a reserved block is offered to is not decided when it is published. */
const firstState = ({ mode }: BlockFacts, drawIsOver: boolean) =>
  mode === 'reserved' || (mode === 'draw' && drawIsOver)
    ? blockTransitions.offer.from
    : blockTransitions.claim.from;

const toDrop = (item: Item): Drop => ({
  dropId: (item.pk?.S ?? '').slice(2),
  stationId: item.stn?.S ?? '',
  opensAt: Number(item.op?.N),
  digest: item.dg?.S ?? '',
  lot: item.lt?.S ?? '',
  endsAt: Number(item.s1?.N),
  ...(item.di?.S !== undefined && {
    draw: { drawId: item.di.S, closesAt: Number(item.cl?.N), commitment: item.cm?.S ?? '' },
  }),
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
    openDrop: async (drop, drawn) => {
      const put = {
        TableName: table,
        Item: {
          ...dropKey(drop.dropId),
          stn: { S: drop.stationId },
          op: { N: String(drop.opensAt) },
          dg: { S: drop.digest },
          lt: { S: drop.lot },
          s1: { N: String(drop.endsAt) },
          ...(drop.draw && {
            di: { S: drop.draw.drawId },
            cl: { N: String(drop.draw.closesAt) },
            cm: { S: drop.draw.commitment },
          }),
          ttl: { N: String(expiry(drop.endsAt)) },
        },
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      };
      const announced = drawn && announcement(table, drawn.draw, drawn.secret, expiry(drop.endsAt) * 1_000);
      try {
        await database.send(
          announced
            ? new TransactWriteItemsCommand({ TransactItems: [{ Put: put }, ...announced] })
            : new PutItemCommand(put),
        );
        return drop;
      } catch (error) {
        const failure = writeFailure(error);
        const stored = failure.status === 'refused' ? failure.reasons[0]?.Item : undefined;
        return stored ? toDrop(stored) : 'unsure';
      }
    },
    writeBlocks: async (blocks, drawIsOver = false) => {
      const stateOf = (block: BlockFacts) => firstState(block, drawIsOver);
      const waiting = blocks.filter((block) => stateOf(block) === blockTransitions.offer.from);
      try {
        // A transaction has no room for both. What is due without a block is looked at again, the other way round it is lost.
        if (waiting.length > 0) {
          const TransactItems = waiting.map(({ blockId, opensAt }) =>
            putDue(table, { at: opensAt, kind: 'offer', id: blockId }),
          );
          await database.send(new TransactWriteItemsCommand({ TransactItems }));
        }
        await database.send(
          new TransactWriteItemsCommand({
            TransactItems: blocks.map((block) => ({
              Put: {
                TableName: table,
                Item: blockItem(block, firstVersion, stateOf(block), expiry(block.endsAt)),
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
