import {
  BatchWriteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { type Database, type Item, writeFailure } from '#core/shared/dynamodb-store.ts';
import { type AccountLog, emptyLog } from '../activity/account-log.ts';
import { decodeLog, encodeLog } from '../activity/encode-log.ts';
import { accountPartition } from '../keys.ts';
import type { Result } from './batch.ts';
import { chunkPrefix, lookKey, stateKey } from './keys.ts';

/** What is kept of an account between two looks. Times in milliseconds since the epoch. */
export interface AccountState {
  log: AccountLog;
  /** Start of the account-month; absent before the first event. */
  monthStart?: number;
  /** The last look that is done. */
  lookedAt?: number;
  /** Largest score of the month, by release of a model. */
  paths: Readonly<Record<string, number>>;
  /** What the looks of the last batch came to: who does them again finds it. */
  batch?: { batchId: string; results: readonly Result[] };
  /** Of the item: 0 before the first. */
  version: number;
}

/** Events that arrived together and are not in the log yet. */
export interface Chunk {
  sk: string;
  log: AccountLog;
}

export interface AccountsStore {
  read(accountKey: string, now: number): Promise<AccountState>;
  /** In pages, in no order of their events: how many there are is up to whoever floods. */
  chunks(accountKey: string): AsyncIterable<readonly Chunk[]>;
  /** One write on the version that was read. */
  write(accountKey: string, state: AccountState): Promise<'written' | 'overtaken'>;
  /** By the `sk` of each. */
  forgetChunks(accountKey: string, chunks: readonly string[]): Promise<void>;
  /** So that the account is looked at in that hour, whether anything arrives or not. */
  planLook(accountKey: string, hour: string, at: number): Promise<void>;
}

const daySeconds = 86_400;
const secondsOf = (at: number) => Math.ceil(at / 1_000);
/** DynamoDB deletes at most 25 in one call. */
const atOnce = 25;
/** Chunks in memory at once: each holds at most what a log can hold. */
const chunksPerPage = 100;
/** Rows of looks outlive the hour, for a planner that stood still. */
const lookDays = 14;

const none: AccountState = { log: emptyLog(), paths: {}, version: 0 };

const toState = ({ lg, d, vn }: Item): AccountState => ({
  ...(JSON.parse(d?.S ?? '{}') as Omit<AccountState, 'log' | 'version'>),
  log: decodeLog(lg?.B ?? new Uint8Array()),
  version: Number(vn?.N),
});

export const accountsStore = (
  database: Database,
  TableName: string,
  attemptRetentionDays: number,
): AccountsStore => ({
  read: async (accountKey, now) => {
    const { Item } = await database.send(
      new GetItemCommand({ TableName, Key: stateKey(accountKey), ConsistentRead: true }),
    );
    if (!Item) return none;
    // Kept no longer than it was told, whenever it is deleted.
    return Number(Item.ttl?.N) <= secondsOf(now) ? { ...none, version: Number(Item.vn?.N) } : toState(Item);
  },
  async *chunks(accountKey) {
    let ExclusiveStartKey: Item | undefined;
    do {
      const page: { Items?: Item[]; LastEvaluatedKey?: Item } = await database.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
          ExpressionAttributeValues: { ':pk': accountPartition(accountKey), ':sk': { S: chunkPrefix } },
          ConsistentRead: true,
          Limit: chunksPerPage,
          ...(ExclusiveStartKey && { ExclusiveStartKey }),
        }),
      );
      yield (page.Items ?? []).map(({ sk, e }) => ({
        sk: sk?.S ?? '',
        log: decodeLog(e?.B ?? new Uint8Array()),
      }));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  },
  write: async (accountKey, { log, version, ...kept }) => {
    try {
      await database.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...stateKey(accountKey),
            lg: { B: encodeLog(log) },
            d: { S: JSON.stringify(kept) },
            vn: { N: String(version + 1) },
            ttl: { N: String(secondsOf(log.newestAt) + attemptRetentionDays * daySeconds) },
          },
          ConditionExpression: version === 0 ? 'attribute_not_exists(pk)' : 'vn = :version',
          ...(version > 0 && { ExpressionAttributeValues: { ':version': { N: String(version) } } }),
        }),
      );
      return 'written';
    } catch (error) {
      if (writeFailure(error).status === 'unanswered') throw error;
      return 'overtaken';
    }
  },
  forgetChunks: async (accountKey, chunks) => {
    const requests = chunks.map((sk) => ({
      DeleteRequest: { Key: { pk: accountPartition(accountKey), sk: { S: sk } } },
    }));
    for (let from = 0; from < requests.length; from += atOnce)
      // What stays is merged once more: its events are known by their names.
      await database.send(
        new BatchWriteItemCommand({ RequestItems: { [TableName]: requests.slice(from, from + atOnce) } }),
      );
  },
  planLook: async (accountKey, hour, at) => {
    const ttl = { N: String(secondsOf(at) + lookDays * daySeconds) };
    await database.send(new PutItemCommand({ TableName, Item: { ...lookKey(hour, accountKey), ttl } }));
  },
});
