import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { type Database, type Item, partitionQuery, queryAll } from '#core/shared/dynamodb-store.ts';
import { sideBySide } from '#core/shared/side-by-side.ts';
import { listedKey, statusListKey, statusListPartition } from './keys.ts';
import { digestOf, type ListedStatus, type StatusList } from './status-list.ts';
import type { Validators } from './status-list-gateway.ts';

/** What Google's attestation status list says about some serials. */
export interface StatusLookup {
  /** When the list was last read from Google, in milliseconds since the epoch; 0: never. */
  fetchedAt: number;
  listed: ReadonlyMap<string, ListedStatus>;
}

const serialOf = ({ sk }: Item): string => sk?.S?.slice(2) ?? '';
const isMeta = ({ sk }: Item): boolean => sk?.S === statusListKey.sk.S;

const toLookup = (items: readonly Item[]): StatusLookup => ({
  fetchedAt: Number(items.find(isMeta)?.fetchedAt?.N ?? 0),
  listed: new Map(
    items.filter((item) => !isMeta(item)).map((item) => [serialOf(item), item.status?.S as ListedStatus]),
  ),
});

/** Strongly consistent. Serials that are not listed are not in the answer. */
export const lookUpSerials = async (
  database: Database,
  table: string,
  serials: readonly string[],
): Promise<StatusLookup> => {
  const wanted = [statusListKey, ...[...new Set(serials)].map(listedKey)];
  const items: Item[] = [];
  for (let keys: Item[] | undefined = wanted; keys?.length; ) {
    const answer: {
      Responses?: Record<string, Item[]>;
      UnprocessedKeys?: Record<string, { Keys?: Item[] }>;
    } = await database.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } }),
    );
    items.push(...(answer.Responses?.[table] ?? []));
    keys = answer.UnprocessedKeys?.[table]?.Keys;
  }
  return toLookup(items);
};

/** The list as it is stored. */
export interface KnownList {
  fetchedAt: number;
  list: StatusList;
  /** Empty when what is stored is not, entry for entry, what they were given for. */
  validators: Validators;
}

export interface StatusListStore {
  read(): Promise<KnownList>;
  put(entries: Iterable<readonly [string, ListedStatus]>): Promise<void>;
  remove(serials: Iterable<string>): Promise<void>;
  /** All of a list is stored: from then on it vouches for serials that are not in it. */
  conclude(list: StatusList, validators: Validators, fetchedAt: number): Promise<void>;
  /** The stored list is still the newest. */
  confirm(fetchedAt: number): Promise<void>;
}

/** What BatchWriteItem takes. */
const batchSize = 25;
const batchesAtATime = 4;

function* batchesOf<T>(items: readonly T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += batchSize) yield items.slice(start, start + batchSize);
}

export const statusListStore = (
  database: Database,
  TableName: string,
  sleep: (ms: number) => Promise<void>,
): StatusListStore => {
  const writeBatch = async (batch: WriteRequest[]): Promise<void> => {
    let rest: WriteRequest[] | undefined = batch;
    for (let attempt = 1; rest?.length; attempt += 1) {
      // A young table takes 4,000 writes a second, a first list has more.
      if (attempt > 1) await sleep(Math.min(2_000, 25 * 2 ** attempt));
      if (attempt > 10) throw new Error('the table takes no more of the status list');
      const answer: { UnprocessedItems?: Record<string, WriteRequest[]> } = await database.send(
        new BatchWriteItemCommand({ RequestItems: { [TableName]: rest } }),
      );
      rest = answer.UnprocessedItems?.[TableName];
    }
  };
  const write = (requests: readonly WriteRequest[]) =>
    sideBySide(batchesAtATime, batchesOf(requests), writeBatch);

  const readItems = () => queryAll(database, partitionQuery(TableName, statusListPartition));

  return {
    read: async () => {
      const items = await readItems();
      const { fetchedAt, listed: list } = toLookup(items);
      const { etag, lastModified, digest } = items.find(isMeta) ?? {};
      const isWhole = digest?.S === digestOf(list);
      return {
        fetchedAt,
        list,
        validators: {
          ...(isWhole && etag?.S && { etag: etag.S }),
          ...(isWhole && lastModified?.S && { lastModified: lastModified.S }),
        },
      };
    },
    put: (entries) =>
      write(
        [...entries].map(([serial, status]) => ({
          PutRequest: { Item: { ...listedKey(serial), status: { S: status } } },
        })),
      ),
    remove: (serials) => write([...serials].map((serial) => ({ DeleteRequest: { Key: listedKey(serial) } }))),
    conclude: async (list, { etag, lastModified }, fetchedAt) => {
      await database.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...statusListKey,
            fetchedAt: { N: String(fetchedAt) },
            count: { N: String(list.size) },
            digest: { S: digestOf(list) },
            ...(etag && { etag: { S: etag } }),
            ...(lastModified && { lastModified: { S: lastModified } }),
          },
        }),
      );
    },
    confirm: async (fetchedAt) => {
      await database.send(
        new UpdateItemCommand({
          TableName,
          Key: statusListKey,
          ConditionExpression: 'attribute_exists(pk)',
          UpdateExpression: 'SET fetchedAt = :at',
          ExpressionAttributeValues: { ':at': { N: String(fetchedAt) } },
        }),
      );
    },
  };
};
