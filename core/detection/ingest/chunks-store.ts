import { createHash } from 'node:crypto';
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import type { ActivityEvent } from '#contract/activity.ts';
import { emptyLog, logSpanMs, withEvents } from '#core/detection/activity/account-log.ts';
import { encodeLog } from '#core/detection/activity/encode-log.ts';
import { toLoggedEvent } from '#core/detection/activity/to-logged-event.ts';
import type { Database, Item } from '#core/shared/dynamodb-store.ts';
import { remembered } from '#core/shared/remembered.ts';
import { sideBySide } from '#core/shared/side-by-side.ts';
import { pause, type Surroundings } from '#core/shared/tries.ts';
import { chunkKey, hourOf, newsKey } from '../keys.ts';

/**
 * What of each account came together, as an item of its own: nothing is read and nothing waits for anything else,
 * whatever one account does. Whoever scores puts the chunks together; the same events twice count once.
 */
export interface ChunksStore {
  store(events: readonly ActivityEvent[]): Promise<void>;
}

export interface ChunksDeps extends Surroundings {
  database: Database;
  table: string;
}

/** As long as a log looks back, and the day that its oldest events need to arrive. */
const chunkLifeMs = logSpanMs + 86_400_000;
const newsLifeMs = 3 * 86_400_000;
const ttl = (at: number) => ({ N: String(Math.ceil(at / 1_000)) });

/** As BatchWriteItem takes them. */
const pageSize = 25;
const atATime = 4;
const maxTries = 6;
/** Accounts that are known to be in the hour's list. */
const memory = 50_000;

type Write = { PutRequest: { Item: Item } } | { DeleteRequest: { Key: Item } };

const chunkOf = (accountKey: string, events: readonly ActivityEvent[], now: number): Item => {
  const ids = events.map(({ eventId }) => eventId).sort();
  const hash = createHash('sha256').update(ids.join('\n')).digest('base64url').slice(0, 22);
  return {
    ...chunkKey(accountKey, hourOf(now), hash),
    e: { B: encodeLog(withEvents(emptyLog(), events.map(toLoggedEvent))) },
    n: { N: String(events.length) },
    ttl: ttl(now + chunkLifeMs),
  };
};

/** Writes and deletes any number of items, in any order. Rejects when the table keeps some of them from it. */
export const batchWriter = ({ database, table: TableName, ...surroundings }: ChunksDeps) => {
  const writePage = async (page: readonly Write[]): Promise<void> => {
    let waiting = page;
    for (let attempt = 1; waiting.length > 0; attempt += 1) {
      if (attempt > maxTries) throw new Error('the detection table is busy');
      if (attempt > 1) await pause(surroundings);
      const { UnprocessedItems } = await database.send(
        new BatchWriteItemCommand({ RequestItems: { [TableName]: [...waiting] } }),
      );
      waiting = UnprocessedItems?.[TableName] ?? [];
    }
  };
  return (writes: readonly Write[]): Promise<void> => {
    const pages = Array.from({ length: Math.ceil(writes.length / pageSize) }, (_, page) =>
      writes.slice(page * pageSize, (page + 1) * pageSize),
    );
    return sideBySide(atATime, pages, writePage);
  };
};

export const chunksStore = (deps: ChunksDeps): ChunksStore => {
  const told = remembered<true>(memory);
  const write = batchWriter(deps);

  return {
    store: async (events) => {
      const now = deps.now();
      const hour = hourOf(now);
      const byAccount = Map.groupBy(events, ({ accountId }) => accountId);
      const fresh = [...byAccount.keys()].filter((accountKey) => !told.get(`${hour}#${accountKey}`));
      await write([
        ...[...byAccount].map(([accountKey, of]) => ({
          PutRequest: { Item: chunkOf(accountKey, of, now) },
        })),
        ...fresh.map((accountKey) => ({
          PutRequest: { Item: { ...newsKey(accountKey, hour), ttl: ttl(now + newsLifeMs) } },
        })),
      ]);
      for (const accountKey of fresh) told.set(`${hour}#${accountKey}`, true);
    },
  };
};
