import {
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { type Database, type Item, partitionQuery, writeFailure } from '#core/shared/dynamodb-store.ts';
import { attemptsKey, watchedPartition } from '../keys.ts';
import { memoryMs, type RecentAttempt } from './recent-attempts.ts';

/** Drivers whose claims stand out, with the last of them. */
export type WatchedDrivers = ReadonlyMap<string, readonly RecentAttempt[]>;

/** So many drivers at most, and so many attempts of each: a page of 200 KB that every function reads now and then. */
const mostWatched = 200;
const mostShared = 32;

type Row = [id: string, at: number, latencyMs: number, missed: 0 | 1, deviceId?: string];
const pack = (attempts: readonly RecentAttempt[]): string =>
  JSON.stringify(
    attempts.map(
      ({ id, at, latencyMs, missed, deviceId }): Row =>
        deviceId ? [id, at, latencyMs, missed ? 1 : 0, deviceId] : [id, at, latencyMs, missed ? 1 : 0],
    ),
  );
const unpack = (text: string | undefined): RecentAttempt[] =>
  (JSON.parse(text ?? '[]') as Row[]).map(([id, at, latencyMs, missed, deviceId]) => ({
    id,
    at,
    latencyMs,
    missed: missed === 1,
    ...(deviceId && { deviceId }),
  }));

/** Moments old, and not all of it while a page is not enough: friction may come a little later, never for nothing. */
export const readWatched = async (
  database: Database,
  table: string,
  now: number,
): Promise<WatchedDrivers> => {
  const { Items = [] }: { Items?: Item[] } = await database.send(
    new QueryCommand({ ...partitionQuery(table, watchedPartition), Limit: mostWatched }),
  );
  return new Map(
    Items.filter(({ ttl }) => Number(ttl?.N) * 1_000 > now).map(({ sk, a }) => [sk?.S ?? '', unpack(a?.S)]),
  );
};

export interface AttemptsRecord {
  attempts: RecentAttempt[];
  /** 0 before the first. */
  version: number;
}

/** The last claims of each driver, from all functions. */
export interface AttemptsStore {
  read(driverId: string): Promise<AttemptsRecord>;
  /** One write on the version that was read; who stands out is made known in the same transaction. */
  write(
    driverId: string,
    record: AttemptsRecord,
    standsOut: boolean,
    now: number,
  ): Promise<'written' | 'overtaken'>;
}

export const attemptsStore = (database: Database, TableName: string): AttemptsStore => ({
  read: async (driverId) => {
    const { Item } = await database.send(
      new GetItemCommand({ TableName, Key: attemptsKey(driverId), ConsistentRead: true }),
    );
    return { attempts: unpack(Item?.a?.S), version: Number(Item?.vn?.N ?? 0) };
  },
  write: async (driverId, { attempts, version }, standsOut, now) => {
    const ttl = { N: String(Math.ceil((now + memoryMs) / 1_000)) };
    const record = {
      Put: {
        TableName,
        Item: {
          ...attemptsKey(driverId),
          a: { S: pack(attempts) },
          vn: { N: String(version + 1) },
          ttl,
        },
        ConditionExpression: version === 0 ? 'attribute_not_exists(pk)' : 'vn = :version',
        ...(version > 0 && { ExpressionAttributeValues: { ':version': { N: String(version) } } }),
      },
    };
    const shown = {
      Put: {
        TableName,
        Item: { pk: watchedPartition, sk: { S: driverId }, a: { S: pack(attempts.slice(-mostShared)) }, ttl },
      },
    };
    try {
      await database.send(
        standsOut
          ? new TransactWriteItemsCommand({ TransactItems: [record, shown] })
          : // Nearly always: a transaction would cost twice as much.
            new PutItemCommand(record.Put),
      );
      return 'written';
    } catch (error) {
      const failure = writeFailure(error);
      if (failure.status === 'unanswered') throw error;
      return 'overtaken';
    }
  },
});
