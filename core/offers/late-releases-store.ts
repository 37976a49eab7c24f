import { type TransactWriteItem, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type Database, type Item, queryAll, writeFailure } from '#core/shared/dynamodb-store.ts';
import type { LateRelease } from './late-releases.ts';

/**
 * Late releases beside the weeks of their driver, gone when they count no longer; and who is behind for them:
 * un until when, tl until when as the driver was told.
 */
const prefix = 'LATE#';
const digits = 14;
const timeOf = (at: number) => String(at).padStart(digits, '0');
const driverKey = (driverId: string) => ({ S: `D#${driverId}` });
const behindPartition = { S: 'BEHIND' };

const secondsOf = (at: number) => ({ N: String(Math.ceil(at / 1_000)) });

/** Part of the transaction that releases the block. Doing it twice leaves one item. */
export const lateRelease = (
  TableName: string,
  { driverId, blockId, at }: LateRelease & { driverId: string },
  ttlDays: number,
): TransactWriteItem => ({
  Put: {
    TableName,
    Item: {
      pk: driverKey(driverId),
      sk: { S: `${prefix}${timeOf(at)}#${blockId}` },
      b: { S: blockId },
      ttl: secondsOf(at + ttlDays * 86_400_000),
    },
  },
});

/** What a record of the stream tells of, by its key; nothing where it is of something else. */
export const toLateRelease = (pk = '', sk = ''): (LateRelease & { driverId: string }) | undefined => {
  if (!sk.startsWith(prefix)) return undefined;
  const from = prefix.length + digits;
  return { driverId: pk.slice(2), at: Number(sk.slice(prefix.length, from)), blockId: sk.slice(from + 1) };
};

export interface LateReleasesStore {
  /** Those after a time, the earliest first; strongly consistent. */
  of(driverId: string, since: number): Promise<LateRelease[]>;
  /** Who is behind at a time; strongly consistent. */
  behind(now: number): Promise<ReadonlySet<string>>;
  /** Behind until then, or for longer if it was so before. Answers what the driver was told. */
  putBehind(driverId: string, until: number): Promise<{ toldUntil?: number }>;
  /** The driver knows of it. */
  told(driverId: string, until: number): Promise<void>;
}

const toldIn = (item: Item | undefined) => ({
  ...(item?.tl?.N !== undefined && { toldUntil: Number(item.tl.N) }),
});

export const lateReleasesStore = (database: Database, TableName: string): LateReleasesStore => ({
  of: async (driverId, since) => {
    const items = await queryAll(database, {
      TableName,
      KeyConditionExpression: 'pk = :driver AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: {
        ':driver': driverKey(driverId),
        ':from': { S: `${prefix}${timeOf(since + 1)}` },
        ':to': { S: `${prefix}~` },
      },
    });
    return items.flatMap(({ pk, sk }) => {
      const release = toLateRelease(pk?.S, sk?.S);
      return release ? [{ blockId: release.blockId, at: release.at }] : [];
    });
  },
  behind: async (now) => {
    const items = await queryAll(database, {
      TableName,
      KeyConditionExpression: 'pk = :behind',
      FilterExpression: 'un > :now',
      ExpressionAttributeValues: { ':behind': behindPartition, ':now': { N: String(now) } },
    });
    return new Set(items.map(({ sk }) => sk?.S ?? ''));
  },
  putBehind: async (driverId, until) => {
    try {
      const { Attributes } = await database.send(
        new UpdateItemCommand({
          TableName,
          Key: { pk: behindPartition, sk: { S: driverId } },
          ConditionExpression: 'attribute_not_exists(un) OR un < :until',
          UpdateExpression: 'SET un = :until, #ttl = :ttl',
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: { ':until': { N: String(until) }, ':ttl': secondsOf(until) },
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return toldIn(Attributes);
    } catch (error) {
      const failure = writeFailure(error);
      if (failure.status !== 'refused') throw error;
      return toldIn(failure.reasons[0]?.Item);
    }
  },
  told: async (driverId, until) => {
    await database.send(
      new UpdateItemCommand({
        TableName,
        Key: { pk: behindPartition, sk: { S: driverId } },
        // Not of an item that has expired meanwhile.
        ConditionExpression: 'attribute_exists(un)',
        UpdateExpression: 'SET tl = :until',
        ExpressionAttributeValues: { ':until': { N: String(until) } },
      }),
    );
  },
});
