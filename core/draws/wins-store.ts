import {
  GetItemCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  type Update,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { DrawRefusal } from '#contract/draw-record.ts';
import {
  type CommitAnswer,
  type Commitment,
  commitAnswerOf,
  roomIn,
  weekKey,
} from '#core/offers/claims-store.ts';
import { holdUpdate } from '#core/offers/holds.ts';
import {
  type Database,
  partitionQuery,
  queryAll,
  type WriteFailure,
  writeFailure,
} from '#core/shared/dynamodb-store.ts';
import type { Entry } from './draw.ts';
import { entryKey, refusalOf, shardKey, shards, toEntry } from './entries-store.ts';

/** One entry and the block that it asks for. */
export interface Wish {
  drawId: string;
  driverId: string;
  blockId: string;
  /** Of the block, as it was drawn. */
  version: number;
  at: number;
}

/**
 * What the draw decides about one entry and one block. It is written once, whoever runs and however often: it has won it,
 * or the reason against it stands on the entry.
 */
export interface WinsStore {
  /** Every entry of a draw; strongly consistent. */
  entries(drawId: string): Promise<Entry[]>;
  /** Strongly consistent. */
  entry(drawId: string, driverId: string): Promise<Entry | undefined>;
  /** Part of the transaction that gives the block: the entry has won it. Refused unless it is in and undecided about it. */
  win(wish: Wish): TransactWriteItem;
  /**
   * One transaction: the entry has won the block, which is kept for its driver until a time, as long as the driver's weeks
   * have room for it. Refused as a claim is.
   */
  keep(
    wish: Wish & Pick<Commitment, 'weeks'>,
    until: number,
    maxWeeklyMinutes: number,
  ): Promise<CommitAnswer>;
  /**
   * One conditional write: why it does not get the block, unless there is a reason already. Refused when it has won, and
   * for `entry-withdrawn` when it is in. Answers the entry as it is.
   */
  refuse(
    wish: Pick<Wish, 'drawId' | 'driverId' | 'blockId'>,
    reason: DrawRefusal,
  ): Promise<
    { status: 'done' | 'refused'; entry: Entry | undefined } | Exclude<WriteFailure, { status: 'refused' }>
  >;
}

export const winsStore = (database: Database, TableName: string): WinsStore => {
  const winUpdate = ({ drawId, driverId, blockId }: Wish, until?: number): Update => ({
    TableName,
    Key: entryKey(drawId, driverId),
    ConditionExpression: 'st = :in AND attribute_not_exists(oc) AND attribute_not_exists(#reason)',
    UpdateExpression: `SET oc = :block${until === undefined ? '' : ', hu = :until'}`,
    ExpressionAttributeNames: { '#reason': refusalOf(blockId) },
    ExpressionAttributeValues: {
      ':in': { S: 'in' },
      ':block': { S: blockId },
      ...(until !== undefined && { ':until': { N: String(until) } }),
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  return {
    entries: async (drawId) => {
      const ofShards = await Promise.all(
        Array.from({ length: shards }, (_, shard) =>
          queryAll(database, partitionQuery(TableName, shardKey(drawId, shard))),
        ),
      );
      return ofShards.flat().map((item) => toEntry(drawId, item));
    },
    entry: async (drawId, driverId) => {
      const Key = entryKey(drawId, driverId);
      const { Item } = await database.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
      return Item && toEntry(drawId, Item);
    },
    win: (wish) => ({ Update: winUpdate(wish) }),
    keep: async (wish, until, maxWeeklyMinutes) => {
      try {
        await database.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { Update: holdUpdate(TableName, wish, until) },
              ...wish.weeks.map((share) => ({
                ConditionCheck: {
                  TableName,
                  Key: weekKey(wish.driverId, share.week),
                  ...roomIn(share, maxWeeklyMinutes),
                  ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
                },
              })),
              { Update: winUpdate(wish, until) },
            ],
          }),
        );
        return { status: 'done' };
      } catch (error) {
        return commitAnswerOf(error);
      }
    },
    refuse: async ({ drawId, driverId, blockId }, reason) => {
      const isWithdrawn = reason === 'entry-withdrawn';
      try {
        const { Attributes } = await database.send(
          new UpdateItemCommand({
            TableName,
            Key: entryKey(drawId, driverId),
            ConditionExpression: `attribute_not_exists(oc)${isWithdrawn ? ' AND st <> :in' : ''}`,
            UpdateExpression: 'SET #reason = if_not_exists(#reason, :reason)',
            ExpressionAttributeNames: { '#reason': refusalOf(blockId) },
            ExpressionAttributeValues: {
              ':reason': { S: reason },
              ...(isWithdrawn && { ':in': { S: 'in' } }),
            },
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return { status: 'done', entry: Attributes && toEntry(drawId, Attributes) };
      } catch (error) {
        const failure = writeFailure(error);
        if (failure.status !== 'refused') return failure;
        const item = failure.reasons[0]?.Item;
        return { status: 'refused', entry: item && toEntry(drawId, item) };
      }
    },
  };
};
