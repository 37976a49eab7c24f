import { GetItemCommand, type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import {
  answeredOrUnread,
  type Database,
  type Item,
  partitionQuery,
  queryAll,
  writeFailure,
} from '#core/shared/dynamodb-store.ts';
import { maxTries } from '#core/shared/tries.ts';

/**
 * Who is asked next for a reserved block of a station: whoever was asked longest ago. One item each in the order of that
 * time, one of the driver's that says where it is (`at` its sort key), and one of each block that the driver was asked
 * for (`ver` in which version).
 */
export interface Place {
  driverId: string;
  /** Where it is in the order: another one after every turn. */
  sortKey: string;
}

/** A block that one driver is asked for. Times in milliseconds since the epoch. */
export interface Turn {
  stationId: string;
  place: Place;
  blockId: string;
  version: number;
  at: number;
  /** Nobody has to know of it any more. */
  expiresAt: number;
}

export interface RotationStore {
  /** Everybody who takes part, in the order in which they are asked; strongly consistent. */
  inOrder(stationId: string): Promise<Place[]>;
  place(stationId: string, driverId: string): Promise<{ joined: boolean; before?: number; drivers: number }>;
  /** Puts the driver at the end. Who takes part already keeps the place. */
  join(stationId: string, driverId: string, at: number): Promise<'joined' | 'try-again'>;
  leave(stationId: string, driverId: string): Promise<'left' | 'try-again'>;
  /** Where the driver takes part. */
  stationsOf(driverId: string): Promise<string[]>;
  wasAsked(driverId: string, blockId: string): Promise<boolean>;
  /** Part of a transaction: the driver goes to the end. Refused if the place is another by now, or the block was offered before. */
  turn(turn: Turn): TransactWriteItem[];
  /** What the driver was asked for, kept for the driver still or not. */
  askedFor(driverId: string): Promise<{ blockId: string; version: number }[]>;
}

const stationPrefix = 's#';
const blockPrefix = 'b#';
const orderKey = (stationId: string, sortKey: string): Item => ({
  pk: { S: `Q#${stationId}` },
  sk: { S: sortKey },
});
const ownKey = (driverId: string) => ({ S: `QD#${driverId}` });
const placeKey = (stationId: string, driverId: string): Item => ({
  pk: ownKey(driverId),
  sk: { S: `${stationPrefix}${stationId}` },
});
const turnKey = (driverId: string, blockId: string): Item => ({
  pk: ownKey(driverId),
  sk: { S: `${blockPrefix}${blockId}` },
});

const digits = 14;
const sortKeyOf = (driverId: string, at: number) => `${String(at).padStart(digits, '0')}#${driverId}`;
/** Later than where it was, whatever a clock says. */
const movedOn = ({ driverId, sortKey }: Place, at: number) =>
  sortKeyOf(driverId, Math.max(at, Number(sortKey.slice(0, digits)) + 1));

export const rotationStore = (database: Database, TableName: string): RotationStore => {
  const get = async (Key: Item): Promise<Item | undefined> =>
    (await database.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;

  const inOrder = async (stationId: string): Promise<Place[]> => {
    const items = await queryAll(database, partitionQuery(TableName, { S: `Q#${stationId}` }));
    return items.map(({ sk }) => {
      const sortKey = sk?.S ?? '';
      return { driverId: sortKey.slice(digits + 1), sortKey };
    });
  };

  /** `refused`: the driver's own item is another than it was read. */
  const transact = async (TransactItems: TransactWriteItem[]) => {
    try {
      await database.send(new TransactWriteItemsCommand({ TransactItems }));
      return 'done';
    } catch (error) {
      return writeFailure(error).status;
    }
  };

  return {
    inOrder,
    place: async (stationId, driverId) => {
      const places = await inOrder(stationId);
      const before = places.findIndex((place) => place.driverId === driverId);
      return { joined: before >= 0, ...(before >= 0 && { before }), drivers: places.length };
    },
    join: async (stationId, driverId, at) => {
      const sortKey = sortKeyOf(driverId, at);
      for (let attempt = 1; attempt <= maxTries; attempt += 1) {
        const status = await transact([
          {
            Put: {
              TableName,
              Item: { ...placeKey(stationId, driverId), at: { S: sortKey } },
              ConditionExpression: 'attribute_not_exists(pk)',
            },
          },
          { Put: { TableName, Item: orderKey(stationId, sortKey) } },
        ]);
        if (status === 'done' || status === 'refused') return 'joined';
      }
      return 'try-again';
    },
    leave: async (stationId, driverId) => {
      for (let attempt = 1; attempt <= maxTries; attempt += 1) {
        const own = await answeredOrUnread(get(placeKey(stationId, driverId)));
        if (own === 'unread') continue;
        const sortKey = own?.at?.S;
        if (sortKey === undefined) return 'left';
        const status = await transact([
          {
            Delete: {
              TableName,
              Key: placeKey(stationId, driverId),
              ConditionExpression: '#at = :at',
              ExpressionAttributeNames: { '#at': 'at' },
              ExpressionAttributeValues: { ':at': { S: sortKey } },
            },
          },
          { Delete: { TableName, Key: orderKey(stationId, sortKey) } },
        ]);
        if (status === 'done') return 'left';
      }
      return 'try-again';
    },
    stationsOf: async (driverId) => {
      const items = await queryAll(database, {
        TableName,
        KeyConditionExpression: 'pk = :own AND begins_with(sk, :station)',
        ExpressionAttributeValues: { ':own': ownKey(driverId), ':station': { S: stationPrefix } },
      });
      return items.map(({ sk }) => (sk?.S ?? '').slice(stationPrefix.length));
    },
    wasAsked: async (driverId, blockId) => (await get(turnKey(driverId, blockId))) !== undefined,
    turn: ({ stationId, place, blockId, version, at, expiresAt }) => {
      const { driverId, sortKey } = place;
      const next = movedOn(place, at);
      return [
        {
          Update: {
            TableName,
            Key: placeKey(stationId, driverId),
            ConditionExpression: '#at = :from',
            UpdateExpression: 'SET #at = :to',
            ExpressionAttributeNames: { '#at': 'at' },
            ExpressionAttributeValues: { ':from': { S: sortKey }, ':to': { S: next } },
          },
        },
        { Delete: { TableName, Key: orderKey(stationId, sortKey) } },
        { Put: { TableName, Item: orderKey(stationId, next) } },
        {
          Put: {
            TableName,
            Item: {
              ...turnKey(driverId, blockId),
              ver: { N: String(version) },
              ttl: { N: String(Math.ceil(expiresAt / 1_000)) },
            },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
      ];
    },
    askedFor: async (driverId) => {
      const items = await queryAll(database, {
        TableName,
        KeyConditionExpression: 'pk = :own AND begins_with(sk, :block)',
        ExpressionAttributeValues: { ':own': ownKey(driverId), ':block': { S: blockPrefix } },
      });
      return items.map(({ sk, ver }) => ({
        blockId: (sk?.S ?? '').slice(blockPrefix.length),
        version: Number(ver?.N),
      }));
    },
  };
};
