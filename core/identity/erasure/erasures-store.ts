import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { type Database, type Item, queryAll, writeFailure } from '#core/shared/dynamodb-store.ts';
import {
  type DueThing,
  driverPartition,
  dueKey,
  duePartition,
  dueUntil,
  erasureKey,
  erasurePrefix,
  photoPrefix,
  receiptKey,
  receiptPrefix,
  secondsOf,
  sessionPrefix,
  toDueThing,
} from '../keys.ts';
import type { Profile } from '../profile.ts';
import { profilePut } from '../profile-store.ts';
import { type Erasure, type ErasureStep, erasureTransitions } from './erasure.ts';
import { erasureDue, erasureItem, toErasure } from './erasure-item.ts';

/** A receipt as its driver gets it. */
export interface KeptReceipt {
  receiptId: string;
  erasedAt: number;
  receipt: string;
}

export interface ErasuresStore {
  find(driverId: string, erasureId: string): Promise<Erasure | undefined>;
  list(driverId: string): Promise<Erasure[]>;
  /** Notes what is there to be deleted, unless that was noted before. */
  noteFound(erasure: Erasure, found: Readonly<Record<string, number>>): Promise<'noted' | 'moved'>;
  advance(erasure: Erasure, step: ErasureStep): Promise<'done' | 'moved'>;
  /** Hashes of photos, sessions, and what was to be done with the references at their time. */
  deleteTraces(erasure: Erasure): Promise<void>;
  countTraces(driverId: string): Promise<number>;
  /** One transaction: the receipt is there, the erasure is done, and the driver may begin anew. */
  finish(erasure: Erasure, receipt: KeptReceipt, before: Profile, after: Profile): Promise<'done' | 'moved'>;
  receipts(driverId: string): Promise<KeptReceipt[]>;
  due(now: number, most: number): Promise<DueThing[]>;
  settleDue(thing: DueThing): Promise<void>;
  /** Comes back at that time, and lets others go first. */
  putOff(thing: DueThing, at: number): Promise<void>;
}

/** DynamoDB writes at most this many items in one call. */
const batchLimit = 25;

export const erasuresStore = (
  database: Database,
  TableName: string,
  recordRetentionDays: number,
): ErasuresStore => {
  const below = (driverId: string, prefix: string): Promise<Item[]> =>
    queryAll(database, {
      TableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': driverPartition(driverId), ':sk': { S: prefix } },
    });
  const traces = async (driverId: string) =>
    (await Promise.all([photoPrefix, sessionPrefix].map((prefix) => below(driverId, prefix)))).flat();
  /** Only in the place of exactly what was read: what another worker found meanwhile is not counted again. */
  const replaced = (before: Erasure, after: Erasure) => ({
    TableName,
    Item: erasureItem(after, recordRetentionDays),
    ConditionExpression: 'st = :st AND d = :d',
    ExpressionAttributeValues: {
      ':st': { S: before.state },
      ':d': erasureItem(before, recordRetentionDays).d as AttributeValue,
    },
  });
  const put = async (before: Erasure, after: Erasure) => {
    try {
      await database.send(new PutItemCommand(replaced(before, after)));
      return true;
    } catch (error) {
      if (writeFailure(error).status === 'refused') return false;
      throw error;
    }
  };

  return {
    find: async (driverId, erasureId) => {
      const { Item } = await database.send(
        new GetItemCommand({ TableName, Key: erasureKey(driverId, erasureId), ConsistentRead: true }),
      );
      return Item && toErasure(Item);
    },
    list: async (driverId) => (await below(driverId, erasurePrefix)).map(toErasure),
    noteFound: async (erasure, found) =>
      (await put(erasure, { ...erasure, deleted: { ...found, ...erasure.deleted } })) ? 'noted' : 'moved',
    advance: async (erasure, step) =>
      (await put(erasure, { ...erasure, state: erasureTransitions[step].to })) ? 'done' : 'moved',
    countTraces: async (driverId) => (await traces(driverId)).length,
    deleteTraces: async ({ driverId, references }) => {
      const due = references.map(({ referenceId, expiresAt }) =>
        dueKey({ kind: 'reference', driverId, id: referenceId, at: expiresAt }),
      );
      const found = [...(await traces(driverId)), ...due];
      for (let from = 0; from < found.length; from += batchLimit) {
        let requests: object[] | undefined = found
          .slice(from, from + batchLimit)
          .map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } }));
        while (requests?.length) {
          const answer: { UnprocessedItems?: Record<string, object[]> } = await database.send(
            new BatchWriteItemCommand({ RequestItems: { [TableName]: requests as never } }),
          );
          requests = answer.UnprocessedItems?.[TableName];
        }
      }
    },
    finish: async (erasure, receipt, before, after) => {
      const { driverId } = erasure;
      const done = { ...erasure, state: erasureTransitions.sign.to };
      try {
        await database.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { Put: replaced(erasure, done) },
              {
                Put: {
                  TableName,
                  Item: {
                    ...receiptKey(driverId, receipt.receiptId),
                    d: { S: JSON.stringify(receipt) },
                    ttl: { N: String(secondsOf(receipt.erasedAt) + recordRetentionDays * 86_400) },
                  },
                  ConditionExpression: 'attribute_not_exists(pk)',
                },
              },
              profilePut(TableName, before, after),
              { Delete: { TableName, Key: dueKey(erasureDue(erasure)) } },
            ],
          }),
        );
        return 'done';
      } catch (error) {
        const { status } = writeFailure(error);
        if (status === 'refused' || status === 'busy') return 'moved';
        throw error;
      }
    },
    receipts: async (driverId) =>
      (await below(driverId, receiptPrefix)).map(({ d }) => JSON.parse(d?.S ?? '{}') as KeptReceipt),
    due: async (now, most) => {
      const { Items = [] }: { Items?: Item[] } = await database.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk AND sk < :until',
          ExpressionAttributeValues: { ':pk': duePartition, ':until': dueUntil(now) },
          Limit: most,
        }),
      );
      return Items.map(toDueThing);
    },
    settleDue: async (thing) => {
      await database.send(new DeleteItemCommand({ TableName, Key: dueKey(thing) }));
    },
    putOff: async (thing, at) => {
      // In this order: killed in between, it is done twice rather than never.
      await database.send(new PutItemCommand({ TableName, Item: dueKey({ ...thing, at }) }));
      await database.send(new DeleteItemCommand({ TableName, Key: dueKey(thing) }));
    },
  };
};
