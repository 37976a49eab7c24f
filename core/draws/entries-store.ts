import { createHash } from 'node:crypto';
import { GetItemCommand, UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { type Database, type Item, type WriteFailure, writeFailure } from '#core/shared/dynamodb-store.ts';
import { type DrawState, drawTransitions, type Entry } from './draw.ts';

/**
 * An entry: one item of one write unit, over 16 partitions of its draw, so that no partition takes more than its
 * share of a rush. st state, ch choices, n changes, at time, dv phone, as asked, oc what it won, hu held until,
 * `r_` and a block: why not that.
 */
export const shards = 16;

export const shardOf = (drawId: string, driverId: string): number =>
  (createHash('sha256').update(`${drawId}|${driverId}`).digest()[31] ?? 0) % shards;

export const shardKey = (drawId: string, shard: number) => ({ S: `E#${drawId}#${shard}` });

export const entryKey = (drawId: string, driverId: string): Item => ({
  pk: shardKey(drawId, shardOf(drawId, driverId)),
  sk: { S: driverId },
});

/** Where a draw is: what is fixed, and how far it is. */
export const drawKey = (drawId: string): Item => ({ pk: { S: `P#${drawId}` }, sk: { S: 'D' } });

/** Counts who began to hold a draw. From the first on no entry is taken in: the roll is read after that write. */
export const fenceAttribute = 'fe';

const refusalPrefix = 'r_';
/** The attribute that says why an entry did not get a block. */
export const refusalOf = (blockId: string) => `${refusalPrefix}${blockId}`;

export const toEntry = (drawId: string, item: Item): Entry => ({
  drawId,
  driverId: item.sk?.S ?? '',
  state: item.st?.S as Entry['state'],
  choices: (item.ch?.L ?? []).map(({ S = '' }) => S),
  at: Number(item.at?.N),
  changes: Number(item.n?.N ?? 0),
  ...(item.dv?.S !== undefined && { deviceId: item.dv.S }),
  asked: item.as !== undefined,
  ...(item.oc?.S !== undefined && { won: item.oc.S }),
  ...(item.hu?.N !== undefined && { heldUntil: Number(item.hu.N) }),
  refusals: Object.fromEntries(
    Object.entries(item)
      .filter(([name]) => name.startsWith(refusalPrefix))
      .map(([name, { S = '' }]) => [name.slice(refusalPrefix.length), S]),
  ),
});

export type EntryAnswer =
  | { status: 'done' }
  /** As it is. */
  | { status: 'refused'; entry: Entry | undefined }
  | Exclude<WriteFailure, { status: 'refused' }>;

export interface EntriesStore {
  /**
   * One conditional write: the entry is in with these choices. Refused when the driver has one, or has left one, unless
   * nobody changed it since it was `seen`. The first time and the first phone stay, and so does that it is asked.
   */
  write(entry: Entry, expiresAt: number, seen?: Entry): Promise<EntryAnswer>;
  /** One conditional write: it cannot win any more. Refused if it has won, is not in, or was changed since it was `seen`. */
  leave(drawId: string, driverId: string, seen?: Pick<Entry, 'changes'>): Promise<EntryAnswer>;
  read(drawId: string, driverId: string): Promise<Entry | undefined>;
  /** Strongly consistent: whether entries are still taken in. */
  isOpen(drawId: string): Promise<boolean>;
  /** Strongly consistent: whether its outcome is published. */
  isOver(drawId: string): Promise<boolean>;
}

const changesOf = ({ changes = 0 }: Pick<Entry, 'changes'> = {}, more = 0) => ({ N: String(changes + more) });
const listOf = (choices: readonly string[]) => ({ L: choices.map((S) => ({ S })) });

export const entriesStore = (database: Database, TableName: string): EntriesStore => {
  const update = async (
    drawId: string,
    driverId: string,
    change: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>,
  ): Promise<EntryAnswer> => {
    try {
      await database.send(
        new UpdateItemCommand({
          TableName,
          Key: entryKey(drawId, driverId),
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          ...change,
        }),
      );
      return { status: 'done' };
    } catch (error) {
      const failure = writeFailure(error);
      if (failure.status !== 'refused') return failure;
      const item = failure.reasons[0]?.Item;
      return { status: 'refused', entry: item && toEntry(drawId, item) };
    }
  };
  const get = async (Key: Item): Promise<Item | undefined> =>
    (await database.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
  return {
    write: ({ drawId, driverId, choices, at, deviceId, asked }, expiresAt, seen) =>
      update(drawId, driverId, {
        ConditionExpression: seen ? 'n = :seen AND attribute_not_exists(oc)' : 'attribute_not_exists(pk)',
        // Who was to be asked once stays so: another phone is no way around it.
        UpdateExpression: `SET st = :in, ch = :choices, n = :next, #at = if_not_exists(#at, :at), #ttl = :ttl${
          deviceId ? ', dv = if_not_exists(dv, :device)' : ''
        }${asked ? ', #as = :at' : ''}`,
        ExpressionAttributeNames: { '#at': 'at', '#ttl': 'ttl', ...(asked && { '#as': 'as' }) },
        ExpressionAttributeValues: {
          ':in': { S: 'in' },
          ':choices': listOf(choices),
          ':at': { N: String(at) },
          ':ttl': { N: String(Math.ceil(expiresAt / 1_000)) },
          ...(deviceId && { ':device': { S: deviceId } }),
          ':next': changesOf(seen, 1),
          ...(seen && { ':seen': changesOf(seen) }),
        },
      }),
    leave: (drawId, driverId, seen) =>
      update(drawId, driverId, {
        ConditionExpression: `st = :in AND attribute_not_exists(oc)${seen ? ' AND n = :seen' : ''}`,
        UpdateExpression: 'SET st = :left ADD n :one',
        ExpressionAttributeValues: {
          ...{ ':in': { S: 'in' }, ':left': { S: 'left' }, ':one': { N: '1' } },
          ...(seen && { ':seen': changesOf(seen) }),
        },
      }),
    read: async (drawId, driverId) => {
      const item = await get(entryKey(drawId, driverId));
      return item && toEntry(drawId, item);
    },
    isOpen: async (drawId) => {
      const draw = await get(drawKey(drawId));
      const state = draw?.st?.S as DrawState | undefined;
      return state === drawTransitions.seal.from && draw?.[fenceAttribute] === undefined;
    },
    isOver: async (drawId) => (await get(drawKey(drawId)))?.st?.S === drawTransitions.publish.to,
  };
};
