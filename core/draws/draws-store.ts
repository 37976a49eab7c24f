import { GetItemCommand, TransactWriteItemsCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { PublishedDraw } from '#contract/draw-record.ts';
import { type Database, type Item, type WriteFailure, writeFailure } from '#core/shared/dynamodb-store.ts';
import { type ChunkKind, chunksStore } from './chunks-store.ts';
import { type Draw, type DrawSecret, type DrawState, drawTransitions, namedDays } from './draw.ts';
import { putDue } from './due-store.ts';
import { drawKey, fenceAttribute } from './entries-store.ts';
import { type WinsStore, winsStore } from './wins-store.ts';

export interface StoredDraw {
  draw: Draw;
  state: DrawState;
  /** From `sealed` on: what is published of who takes part. */
  roll?: { digest: string; entries: number; sealedAt: number };
  /** When it is over. The secret is in the open from then on. */
  drawn?: { at: number; beaconSignature: string; secret: DrawSecret };
  /** Everybody is told, and what nobody won waits again. */
  isSettled: boolean;
  expiresAt: number;
}

/** One line of the roll: who takes part, and with what. */
export interface RollEntry {
  driverId: string;
  /** Places in the draw's blocks, best first. */
  choices: readonly number[];
  behind: boolean;
  asked: boolean;
}

type Answer = { status: 'done' } | { status: 'refused' } | Exclude<WriteFailure, { status: 'refused' }>;

/**
 * The item of a draw: st state, d what is fixed, se secret, fe fence, lu lease until; of the roll sa sealed at, rd digest,
 * rn entries, rc/rk its chunks; of the outcome da drawn at, bs beacon's value, pc/pn chunks of the record;
 * fi when everything was done, lo who has the lease.
 */
export interface DrawsStore extends WinsStore {
  /** Strongly consistent. */
  read(drawId: string): Promise<StoredDraw | undefined>;
  /** For whoever holds the draw: before it is over nobody else may know it. */
  secret(drawId: string): Promise<DrawSecret>;
  roll(drawId: string): Promise<RollEntry[]>;
  /** Nothing before the draw is over. */
  record(drawId: string): Promise<PublishedDraw | undefined>;
  /**
   * One conditional write: nobody else begins until a time. From the first on the draw is closed. The fence grows every time.
   * The same run may ask again, as its answer may have been lost. It saves work, no more: every other write here stands on a condition of its own.
   */
  lease(
    drawId: string,
    lease: { runId: string; at: number; until: number },
  ): Promise<
    | { status: 'leased'; fence: number }
    | { status: 'busy'; until: number }
    | { status: 'over' }
    | { status: 'unsure' }
  >;
  /** Best effort: a lease ends by itself. */
  endLease(drawId: string, fence: number): Promise<void>;
  /** The roll under a name of its own, then one conditional write: from now on it is this one. */
  seal(stored: StoredDraw, roll: Roll): Promise<Answer>;
  /** The record under a name of its own, then one transaction: the draw is over, and unconfirmed wins fall due. */
  publish(stored: StoredDraw, outcome: Outcome): Promise<Answer>;
  /** One conditional write: nothing is left to be done after the draw. */
  settled(drawId: string, at: number): Promise<Answer>;
}

interface Roll {
  name: string;
  digest: string;
  entries: readonly RollEntry[];
  sealedAt: number;
}

interface Outcome {
  name: string;
  published: PublishedDraw;
  beaconSignature: string;
  drawnAt: number;
  confirmBy?: number | undefined;
}

type RollRow = [driverId: string, choices: readonly number[], flags: number];
const toRow = ({ driverId, choices, behind, asked }: RollEntry): RollRow => [
  driverId,
  choices,
  (behind ? 1 : 0) + (asked ? 2 : 0),
];
const toRollEntry = ([driverId, choices, flags]: RollRow): RollEntry => ({
  driverId,
  choices,
  behind: (flags & 1) !== 0,
  asked: (flags & 2) !== 0,
});

const toStored = (item: Item): StoredDraw => ({
  draw: JSON.parse(item.d?.S ?? '') as Draw,
  state: item.st?.S as DrawState,
  ...(item.rd?.S !== undefined && {
    roll: { digest: item.rd.S, entries: Number(item.rn?.N), sealedAt: Number(item.sa?.N) },
  }),
  ...(item.bs?.S !== undefined && {
    drawn: { at: Number(item.da?.N), beaconSignature: item.bs.S, secret: item.se?.S ?? '' },
  }),
  isSettled: item.fi !== undefined,
  expiresAt: Number(item.ttl?.N) * 1_000,
});

const number = (value: number) => ({ N: String(value) });

export const drawsStore = (database: Database, TableName: string): DrawsStore => {
  const chunks = chunksStore(database, TableName);
  const get = async (drawId: string): Promise<Item | undefined> =>
    (await database.send(new GetItemCommand({ TableName, Key: drawKey(drawId), ConsistentRead: true }))).Item;
  const answered = async (command: unknown): Promise<Answer> => {
    try {
      await database.send(command);
      return { status: 'done' };
    } catch (error) {
      const failure = writeFailure(error);
      return failure.status === 'refused' ? { status: 'refused' } : failure;
    }
  };
  const itemOf = (drawId: string) => ({ TableName, Key: drawKey(drawId) });
  const chunksOf = (kind: ChunkKind, drawId: string, name?: string, count?: string) =>
    name === undefined ? undefined : chunks.read({ kind, drawId, name, count: Number(count) });
  return {
    ...winsStore(database, TableName),
    read: async (drawId) => {
      const item = await get(drawId);
      return item && toStored(item);
    },
    secret: async (drawId) => (await get(drawId))?.se?.S ?? '',
    roll: async (drawId) => {
      const item = await get(drawId);
      const rows = await chunksOf('roll', drawId, item?.rc?.S, item?.rk?.N);
      return ((rows ?? []) as RollRow[]).map(toRollEntry);
    },
    record: async (drawId) => {
      const item = await get(drawId);
      return (await chunksOf('record', drawId, item?.pc?.S, item?.pn?.N)) as PublishedDraw | undefined;
    },
    lease: async (drawId, { runId, at, until }) => {
      try {
        const { Attributes } = await database.send(
          new UpdateItemCommand({
            ...itemOf(drawId),
            ConditionExpression: 'st <> :over AND (attribute_not_exists(lu) OR lu <= :at OR lo = :run)',
            UpdateExpression: 'SET lu = :until, lo = :run ADD #fence :one',
            ExpressionAttributeNames: { '#fence': fenceAttribute },
            ExpressionAttributeValues: {
              ':over': { S: drawTransitions.publish.to },
              ':at': number(at),
              ':until': number(until),
              ':run': { S: runId },
              ':one': number(1),
            },
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return { status: 'leased', fence: Number(Attributes?.[fenceAttribute]?.N) };
      } catch (error) {
        const failure = writeFailure(error);
        if (failure.status !== 'refused') return { status: 'unsure' };
        const item = failure.reasons[0]?.Item;
        return item?.st?.S === drawTransitions.publish.to
          ? { status: 'over' }
          : { status: 'busy', until: Number(item?.lu?.N ?? until) };
      }
    },
    endLease: async (drawId, fence) => {
      await answered(
        new UpdateItemCommand({
          ...itemOf(drawId),
          ConditionExpression: '#fence = :fence',
          UpdateExpression: 'REMOVE lu, lo',
          ExpressionAttributeNames: { '#fence': fenceAttribute },
          ExpressionAttributeValues: { ':fence': number(fence) },
        }),
      );
    },
    seal: async ({ draw: { drawId, closesAt }, expiresAt }, { name, digest, entries, sealedAt }) => {
      const until = Math.min(expiresAt, closesAt + namedDays * 86_400_000);
      const count = await chunks.write({ kind: 'roll', drawId, name }, entries.map(toRow), until);
      return answered(
        new UpdateItemCommand({
          ...itemOf(drawId),
          ConditionExpression: 'st = :from',
          UpdateExpression: 'SET st = :to, sa = :at, rd = :digest, rn = :entries, rc = :name, rk = :count',
          ExpressionAttributeValues: {
            ':from': { S: drawTransitions.seal.from },
            ':to': { S: drawTransitions.seal.to },
            ':at': number(sealedAt),
            ':digest': { S: digest },
            ':entries': number(entries.length),
            ':name': { S: name },
            ':count': number(count),
          },
        }),
      );
    },
    publish: async (
      { draw: { drawId }, expiresAt },
      { name, published, beaconSignature, drawnAt, confirmBy },
    ) => {
      const count = await chunks.write({ kind: 'record', drawId, name }, published, expiresAt);
      const Update = {
        ...itemOf(drawId),
        ConditionExpression: 'st = :from',
        UpdateExpression: 'SET st = :to, da = :at, bs = :beacon, pc = :name, pn = :count',
        ExpressionAttributeValues: {
          ':from': { S: drawTransitions.publish.from },
          ':to': { S: drawTransitions.publish.to },
          ':at': number(drawnAt),
          ':beacon': { S: beaconSignature },
          ':name': { S: name },
          ':count': number(count),
        },
      };
      const falls =
        confirmBy === undefined ? [] : [putDue(TableName, { at: confirmBy, kind: 'confirm', id: drawId })];
      return answered(new TransactWriteItemsCommand({ TransactItems: [{ Update }, ...falls] }));
    },
    settled: (drawId, at) =>
      answered(
        new UpdateItemCommand({
          ...itemOf(drawId),
          ConditionExpression: 'st = :over',
          UpdateExpression: 'SET fi = if_not_exists(fi, :at)',
          ExpressionAttributeValues: { ':over': { S: drawTransitions.publish.to }, ':at': number(at) },
        }),
      ),
  };
};
