import {
  DeleteItemCommand,
  GetItemCommand,
  QueryCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { type Database, type Item, writeFailure } from '#core/shared/dynamodb-store.ts';
import { receiptKey, receiptsDuePartition, sortableTime } from './keys.ts';

/** An entry of the queue: this phone's receipt is to be exchanged from then on. */
export interface DueReceipt {
  dueAt: number;
  accountId: string;
  deviceId: string;
}

export interface StoredReceipt {
  /** Base64. */
  receipt: string;
  /** When it was stored. */
  at: number;
  /** The one entry of the queue that counts; an enrolment leaves it open. */
  dueAt?: number;
}

export interface ExchangedReceipt {
  receipt: string;
  /** RC6: for people who investigate. No rule reads it. */
  riskMetric?: number;
}

export interface ReceiptsStore {
  /** The most urgent entries, at most this many, after one of an earlier answer. */
  due(now: number, most: number, after: DueReceipt | undefined): Promise<DueReceipt[]>;
  read(due: DueReceipt): Promise<StoredReceipt | undefined>;
  /** One transaction: the phone's turn moves, and a new receipt is stored. False when somebody was there before. */
  move(
    due: DueReceipt,
    stored: StoredReceipt,
    next: { dueAt: number; at: number; exchanged?: ExchangedReceipt },
  ): Promise<boolean>;
  /** The phone is gone, and so is what is known of it. */
  forget(due: DueReceipt, stored: StoredReceipt | undefined): Promise<void>;
  /** The entry is one that counts no more. */
  skip(due: DueReceipt): Promise<void>;
}

const queueKey = ({ dueAt, accountId, deviceId }: DueReceipt) => ({
  pk: receiptsDuePartition,
  sk: { S: `${sortableTime(dueAt)}#${accountId}#${deviceId}` },
});

const toDue = ({ sk }: Item): DueReceipt => {
  const [time = '', accountId = '', deviceId = ''] = (sk?.S ?? '').split('#');
  return { dueAt: Date.parse(time), accountId, deviceId };
};

export const receiptsStore = (database: Database, TableName: string): ReceiptsStore => {
  /** False when a condition did not hold. Without an answer the next run finds out. */
  const transact = async (TransactItems: TransactWriteItem[]): Promise<boolean> => {
    try {
      await database.send(new TransactWriteItemsCommand({ TransactItems }));
      return true;
    } catch (error) {
      writeFailure(error);
      return false;
    }
  };
  const take = (due: DueReceipt): TransactWriteItem => ({
    Delete: { TableName, Key: queueKey(due), ConditionExpression: 'attribute_exists(pk)' },
  });

  return {
    due: async (now, most, after) => {
      const { Items }: { Items?: Item[] } = await database.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk AND sk < :now',
          ExpressionAttributeValues: { ':pk': receiptsDuePartition, ':now': { S: sortableTime(now) } },
          ConsistentRead: true,
          Limit: most,
          ...(after && { ExclusiveStartKey: queueKey(after) }),
        }),
      );
      return (Items ?? []).map(toDue);
    },
    read: async ({ accountId, deviceId }) => {
      const { Item: item }: { Item?: Item } = await database.send(
        new GetItemCommand({ TableName, Key: receiptKey(accountId, deviceId), ConsistentRead: true }),
      );
      if (!item?.rc?.S) return undefined;
      return {
        receipt: item.rc.S,
        at: Number(item.at?.N),
        ...(item.due?.N && { dueAt: Number(item.due.N) }),
      };
    },
    move: (due, stored, { dueAt, at, exchanged }) => {
      const metric = exchanged?.riskMetric;
      return transact([
        take(due),
        { Put: { TableName, Item: queueKey({ ...due, dueAt }) } },
        {
          Update: {
            TableName,
            Key: receiptKey(due.accountId, due.deviceId),
            ConditionExpression: 'rc = :before',
            UpdateExpression: [
              'SET due = :due',
              ...(exchanged ? ['rc = :receipt', '#at = :at'] : []),
              ...(metric === undefined ? [] : ['rm = :metric']),
            ].join(', '),
            ...(exchanged && { ExpressionAttributeNames: { '#at': 'at' } }),
            ExpressionAttributeValues: {
              ':before': { S: stored.receipt },
              ':due': { N: String(dueAt) },
              ...(exchanged && { ':receipt': { S: exchanged.receipt }, ':at': { N: String(at) } }),
              ...(metric !== undefined && { ':metric': { N: String(metric) } }),
            },
          },
        },
      ]);
    },
    forget: async (due, stored) => {
      const { accountId, deviceId } = due;
      await transact([
        take(due),
        ...(stored
          ? [
              {
                Delete: {
                  TableName,
                  Key: receiptKey(accountId, deviceId),
                  // A phone that was enrolled again has another.
                  ConditionExpression: 'rc = :before',
                  ExpressionAttributeValues: { ':before': { S: stored.receipt } },
                },
              },
            ]
          : []),
      ]);
    },
    skip: async (due) => {
      await database.send(new DeleteItemCommand({ TableName, Key: queueKey(due) }));
    },
  };
};
