import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import type { Database, Item } from '#core/shared/dynamodb-store.ts';

/** Whom the detector watches: a little more friction for claims, until the next look, and nothing else. */
export interface Friction {
  driverId: string;
  points: 1 | 2;
  /** From and until when. Milliseconds since the epoch. */
  at: number;
  until: number;
}

/** A list for each six hours, so that readers read what holds now, and nothing else. */
const windowMs = 6 * 3_600_000;
const windowOf = (at: number) => Math.floor(at / windowMs);
export const detectedPartition = (at: number) => ({ S: `DETECTED#${windowOf(at)}` });
/** Friction is renewed by looks, which are never further apart. */
const longestMs = 5 * 86_400_000;
/** DynamoDB writes at most 25 in one call. */
const mostRows = 25;

/** Rows of the challenges table. Written again they are the same. */
export const frictionStore =
  (database: Database, table: string) =>
  async ({ driverId, points, at, until }: Friction): Promise<void> => {
    const end = Math.min(until, at + longestMs);
    if (end <= at) return;
    const windows = Array.from(
      { length: windowOf(end) - windowOf(at) + 1 },
      (_, index) => windowOf(at) + index,
    );
    const rows = windows.map((window): { PutRequest: { Item: Item } } => ({
      PutRequest: {
        Item: {
          ...{ pk: detectedPartition(window * windowMs), sk: { S: driverId } },
          points: { N: String(points) },
          until: { N: String(end) },
          ttl: { N: String(Math.ceil(Math.min(end, (window + 1) * windowMs) / 1_000)) },
        },
      },
    }));
    for (let from = 0; from < rows.length; from += mostRows) {
      const { UnprocessedItems = {} } = (await database.send(
        new BatchWriteItemCommand({ RequestItems: { [table]: rows.slice(from, from + mostRows) } }),
      )) as { UnprocessedItems?: Record<string, unknown[]> };
      if (Object.keys(UnprocessedItems).length > 0) throw new Error('friction was not written as a whole');
    }
  };
