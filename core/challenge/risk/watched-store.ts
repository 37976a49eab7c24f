import {
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { type Database, type Item, partitionQuery, writeFailure } from '#core/shared/dynamodb-store.ts';
import { attemptsKey, watchedPartition } from '../keys.ts';
import { memoryMs, mergeAttempts, type RecentAttempt } from './recent-attempts.ts';

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

/** A list for each ten minutes: what is over is not read any more, whenever it is deleted. */
const windowMs = 600_000;
const windowOf = (at: number) => Math.floor(at / windowMs);

/** Who stands out most comes first: others cannot crowd them out. */
const rowKey = (driverId: string, points: number, at: number): Item => ({
  pk: watchedPartition(windowOf(at)),
  sk: { S: `${String(99 - Math.min(points, 99)).padStart(2, '0')}#${driverId}` },
});

/** Moments old, and not all of it while a page is not enough: friction may come a little later, never for nothing. */
export const readWatched = async (
  database: Database,
  table: string,
  now: number,
): Promise<WatchedDrivers> => {
  const pages: { Items?: Item[] }[] = await Promise.all(
    [windowOf(now) - 1, windowOf(now)].map((window) =>
      database.send(
        new QueryCommand({ ...partitionQuery(table, watchedPartition(window)), Limit: mostWatched }),
      ),
    ),
  );
  const watched = new Map<string, RecentAttempt[]>();
  for (const { sk, a } of pages.flatMap(({ Items = [] }) => Items)) {
    const driverId = sk?.S?.slice(3) ?? '';
    watched.set(driverId, mergeAttempts(watched.get(driverId) ?? [], unpack(a?.S), now));
  }
  return watched;
};

export interface AttemptsRecord {
  attempts: RecentAttempt[];
  /** 0 before the first. */
  version: number;
}

/** The last claims of each driver, from all functions. */
export interface AttemptsStore {
  read(driverId: string): Promise<AttemptsRecord>;
  /** One write on the version that was read; who has points is made known in the same transaction. */
  write(
    driverId: string,
    record: AttemptsRecord,
    points: number,
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
  write: async (driverId, { attempts, version }, points, now) => {
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
        Item: { ...rowKey(driverId, points, now), a: { S: pack(attempts.slice(-mostShared)) }, ttl },
      },
    };
    try {
      await database.send(
        points > 0
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
