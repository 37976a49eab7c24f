import { BatchWriteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type Database, partitionQuery, queryAll } from '#core/shared/dynamodb-store.ts';
import { sideBySide } from '#core/shared/side-by-side.ts';
import { mostCarriers, type Neighbours } from './component.ts';
import { graphKey, identifierKey, identifierPartition } from './keys.ts';

/** Strong identifiers with the time of the last event that bore each. Milliseconds since the epoch. */
export type Identifiers = ReadonlyMap<string, number>;

/** Which accounts share phones and keys, kept up to date as they are scored. */
export interface IdentifiersStore extends Neighbours {
  /** Those that were noted of an account. */
  read(accountKey: string): Promise<Identifiers>;
  /** Notes what is new or was noted a day ago; `noted` is what was read. */
  note(accountKey: string, noted: Identifiers, borne: Identifiers): Promise<void>;
}

const dayMs = 86_400_000;
/** As long as a log looks back, and the day after which it is noted anew. */
const lifeMs = 31 * dayMs;
const secondsOf = (at: number) => Math.ceil(at / 1_000);
const ttlOf = (borneAt: number) => ({ N: String(secondsOf(borneAt + lifeMs)) });
/** Of an account with more, the last ones: whoever has so many phones is not found by one more. */
const mostNoted = 64;
const atATime = 8;
/** DynamoDB deletes at most 25 in one call. */
const mostRemoved = 25;

export const identifiersStore = (
  database: Database,
  TableName: string,
  now: () => number,
): IdentifiersStore => {
  const lives = ([, borneAt]: readonly [string, number]) => borneAt + lifeMs > now();
  const read = async (accountKey: string): Promise<Identifiers> => {
    const { Item } = await database.send(
      new GetItemCommand({ TableName, Key: graphKey(accountKey), ConsistentRead: true }),
    );
    // Kept no longer than it was told, whenever it is deleted.
    return new Map(Object.entries(JSON.parse(Item?.ids?.S ?? '{}') as Record<string, number>).filter(lives));
  };
  const remove = async (accountKey: string, names: readonly string[]) => {
    for (let from = 0; from < names.length; from += mostRemoved) {
      const requests = names
        .slice(from, from + mostRemoved)
        .map((name) => ({ DeleteRequest: { Key: identifierKey(name, accountKey) } }));
      const { UnprocessedItems = {} } = (await database.send(
        new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }),
      )) as { UnprocessedItems?: object };
      if (Object.keys(UnprocessedItems).length > 0) throw new Error('notes of an account were not removed');
    }
  };

  return {
    read,
    identifiersOf: async (accountKey) => (await read(accountKey)).keys(),
    accountsOf: async (identifier) => {
      const query = partitionQuery(TableName, identifierPartition(identifier));
      const items = await queryAll(
        database,
        {
          ...query,
          ProjectionExpression: 'sk',
          FilterExpression: '#ttl > :now',
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: {
            ...query.ExpressionAttributeValues,
            ':now': { N: String(secondsOf(now())) },
          },
        },
        mostCarriers + 1,
      );
      return items.map(({ sk }) => sk?.S ?? '');
    },
    note: async (accountKey, noted, borne) => {
      const fresh = [...borne].filter(
        (one) => lives(one) && one[1] >= (noted.get(one[0]) ?? Number.NEGATIVE_INFINITY) + dayMs,
      );
      if (fresh.length === 0) return;
      const latestFirst = [...new Map([...noted, ...fresh])].sort(
        ([one, at], [other, otherAt]) => otherAt - at || (one < other ? -1 : 1),
      );
      const kept = latestFirst.slice(0, mostNoted);
      const names = new Set(kept.map(([name]) => name));
      // The list last: it names every note that there is, so that all of them go with the account.
      await sideBySide(
        atATime,
        fresh.filter(([name]) => names.has(name)),
        async ([name, borneAt]) => {
          const Item = { ...identifierKey(name, accountKey), ttl: ttlOf(borneAt) };
          await database.send(new PutItemCommand({ TableName, Item }));
        },
      );
      await remove(
        accountKey,
        latestFirst.slice(mostNoted).flatMap(([name]) => (noted.has(name) ? [name] : [])),
      );
      const ids = { S: JSON.stringify(Object.fromEntries(kept)) };
      const ttl = ttlOf(Math.max(...kept.map(([, borneAt]) => borneAt)));
      await database.send(new PutItemCommand({ TableName, Item: { ...graphKey(accountKey), ids, ttl } }));
    },
  };
};
