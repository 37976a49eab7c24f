import { BatchGetItemCommand, GetItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { type Database, type Item, writeFailure } from '#core/shared/dynamodb-store.ts';
import { remembered } from '#core/shared/remembered.ts';
import { sideBySide } from '#core/shared/side-by-side.ts';
import { pause, type Surroundings } from '#core/shared/tries.ts';

/**
 * Who is behind an account key of the archive. Two items tell it, one from each side; they are made, kept and deleted
 * together, in a table without recovery or copies: once they are gone, the archive's rows are nobody's. For a while it
 * is remembered that a driver left, so that what was still under way makes no new key.
 */
export interface PseudonymsStore {
  /** The key of each of these drivers; who has none gets one, and who left is not in it. */
  of(driverIds: Iterable<string>): Promise<ReadonlyMap<string, string>>;
  find(driverId: string): Promise<string | undefined>;
  /** Ends the link, if it is still this one; without a key, if there still is none. */
  forget(driverId: string, accountKey: string | undefined): Promise<void>;
}

export interface PseudonymsDeps extends Surroundings {
  database: Database;
  table: string;
  /** As long as the archive keeps what the key stands in. */
  retentionDays: number;
  /** 16 random bytes in base64url. */
  newKey: () => string;
}

const driverKey = (driverId: string): Item => ({ pk: { S: `DRIVER#${driverId}` } });
const accountKeyKey = (accountKey: string): Item => ({ pk: { S: `KEY#${accountKey}` } });

const dayMs = 86_400_000;
/** Longer than queue and dead letters keep what a driver did before leaving (14 days). */
const leftMs = 15 * dayMs;
/** A process that does not hear of a driver's end uses the key no longer than this. */
const memoryMs = 15_000;
const memory = 20_000;
/** As BatchGetItem takes them. */
const pageSize = 100;
const atATime = 8;
const maxTries = 5;

interface Link {
  accountKey: string;
  /** Seconds since the epoch. */
  expiresAt: number;
}

const linkOf = (item: Item | undefined, now: number): Link | 'left' | undefined => {
  const [accountKey, expiresAt] = [item?.k?.S, Number(item?.ttl?.N)];
  if (!(expiresAt > now / 1_000)) return undefined;
  return accountKey ? { accountKey, expiresAt } : 'left';
};
const keyOf = (link: Link | 'left' | undefined) => (link === 'left' ? undefined : link?.accountKey);

export const pseudonymsStore = (deps: PseudonymsDeps): PseudonymsStore => {
  const { database, table: TableName, retentionDays, now } = deps;
  const known = remembered<{ accountKey: string | undefined; until: number }>(memory);
  const secondsAfter = (ms: number) => Math.ceil((now() + ms) / 1_000);
  const expiry = () => secondsAfter(retentionDays * dayMs);
  const nowSeconds = () => ({ N: String(Math.floor(now() / 1_000)) });

  const find = async (driverId: string): Promise<Link | 'left' | undefined> => {
    const { Item } = await database.send(
      new GetItemCommand({ TableName, Key: driverKey(driverId), ConsistentRead: true }),
    );
    return linkOf(Item, now());
  };

  /** Both items or none. `refused` when the link is not as it was thought to be. */
  const write = async (TransactItems: object[]): Promise<'done' | 'refused'> => {
    for (let attempt = 1; ; attempt += 1)
      try {
        await database.send(new TransactWriteItemsCommand({ TransactItems: TransactItems as never }));
        return 'done';
      } catch (error) {
        const { status } = writeFailure(error);
        if (status === 'refused') return status;
        if (attempt === maxTries) throw error;
        await pause(deps);
      }
  };

  /** Two who make one at once agree: the second finds the first one's. Of who left none is made. */
  const create = async (driverId: string): Promise<string | undefined> => {
    const accountKey = deps.newKey();
    const put = (Item: Item) => ({
      Put: {
        TableName,
        Item: { ...Item, ttl: { N: String(expiry()) } },
        ConditionExpression: 'attribute_not_exists(pk) OR #ttl <= :now',
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: { ':now': nowSeconds() },
      },
    });
    const written = await write([
      put({ ...driverKey(driverId), k: { S: accountKey } }),
      put({ ...accountKeyKey(accountKey), d: { S: driverId } }),
    ]);
    if (written === 'done') return accountKey;
    const first = await find(driverId);
    return first ? keyOf(first) : create(driverId);
  };

  /** Once a day: as long as a driver is active the key stays. */
  const renew = async (driverId: string, { accountKey }: Link): Promise<string | undefined> => {
    const update = (Key: Item, condition: string, value: string) => ({
      Update: {
        TableName,
        Key,
        ConditionExpression: `${condition} = :known`,
        UpdateExpression: 'SET #ttl = :ttl',
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: { ':known': { S: value }, ':ttl': { N: String(expiry()) } },
      },
    });
    const written = await write([
      update(driverKey(driverId), 'k', accountKey),
      update(accountKeyKey(accountKey), 'd', driverId),
    ]);
    return written === 'done' ? accountKey : create(driverId);
  };

  const settle = async (driverId: string, link: Link | 'left' | undefined): Promise<string | undefined> => {
    if (!link) return create(driverId);
    if (link === 'left') return undefined;
    return link.expiresAt > expiry() - dayMs / 1_000 ? link.accountKey : renew(driverId, link);
  };

  const readPage = async (driverIds: readonly string[]): Promise<Map<string, Link | 'left'>> => {
    const links = new Map<string, Link | 'left'>();
    let keys = driverIds.map(driverKey);
    for (let attempt = 1; keys.length > 0; attempt += 1) {
      if (attempt > maxTries) throw new Error('the table of pseudonyms is busy');
      if (attempt > 1) await pause(deps);
      const { Responses, UnprocessedKeys } = await database.send(
        new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: keys, ConsistentRead: true } } }),
      );
      for (const item of (Responses?.[TableName] ?? []) as Item[]) {
        const link = linkOf(item, now());
        if (link) links.set(item.pk?.S?.slice('DRIVER#'.length) ?? '', link);
      }
      keys = UnprocessedKeys?.[TableName]?.Keys ?? [];
    }
    return links;
  };

  return {
    of: async (driverIds) => {
      const keys = new Map<string, string>();
      const asked: string[] = [];
      for (const driverId of new Set(driverIds)) {
        const earlier = known.get(driverId);
        if (!earlier || earlier.until <= now()) asked.push(driverId);
        else if (earlier.accountKey !== undefined) keys.set(driverId, earlier.accountKey);
      }
      for (let start = 0; start < asked.length; start += pageSize) {
        const page = asked.slice(start, start + pageSize);
        const links = await readPage(page);
        await sideBySide(atATime, page, async (driverId) => {
          const accountKey = await settle(driverId, links.get(driverId));
          if (accountKey !== undefined) keys.set(driverId, accountKey);
          known.set(driverId, { accountKey, until: now() + memoryMs });
        });
      }
      return keys;
    },
    find: async (driverId) => keyOf(await find(driverId)),
    forget: async (driverId, accountKey) => {
      const left = {
        Put: {
          TableName,
          Item: { ...driverKey(driverId), ttl: { N: String(secondsAfter(leftMs)) } },
          ...(accountKey === undefined
            ? {
                ConditionExpression: 'attribute_not_exists(pk) OR #ttl <= :now',
                ExpressionAttributeNames: { '#ttl': 'ttl' },
                ExpressionAttributeValues: { ':now': nowSeconds() },
              }
            : {
                ConditionExpression: 'attribute_not_exists(pk) OR k = :known',
                ExpressionAttributeValues: { ':known': { S: accountKey } },
              }),
        },
      };
      const itsOther = accountKey !== undefined && {
        Delete: {
          TableName,
          Key: accountKeyKey(accountKey),
          ConditionExpression: 'attribute_not_exists(pk) OR d = :known',
          ExpressionAttributeValues: { ':known': { S: driverId } },
        },
      };
      await write([left, ...(itsOther ? [itsOther] : [])]);
    },
  };
};
