import { createHash } from 'node:crypto';
import {
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { putDue } from '#core/draws/due-store.ts';
import { type Database, type Item, type WriteFailure, writeFailure } from '#core/shared/dynamodb-store.ts';
import { type Block, blockTransitions } from './block.ts';
import { blockKey, readBlock, toBlock } from './blocks-store.ts';
import type { WeekShare } from './calendar.ts';
import { endHoldUpdate, holdUpdate, isFree } from './holds.ts';

/** A claim or release of one version of a block by one driver. */
export interface Commitment {
  /** Of the request that this is part of: its tries are one to DynamoDB, other requests are not. */
  requestId: string;
  driverId: string;
  /** Of a claim, where a phone was shown: check-in asks for the same one. */
  deviceId?: string;
  blockId: string;
  version: number;
  /** When the request came, in milliseconds since the epoch; the same for all its tries. */
  at: number;
  weeks: readonly WeekShare[];
  /** Of a claim: only whom it is kept for takes the block. */
  reserved?: boolean;
  /** Of a claim: the block waits, and is given to whom it was taken from. */
  restores?: boolean;
  /** What is written with it, or none of it is. */
  alongside?: readonly TransactWriteItem[];
}

export interface WeekAsIs {
  slots: ReadonlySet<number>;
  blocks: ReadonlySet<string>;
}

export type CommitAnswer =
  | { status: 'done' }
  /** The items whose condition failed, as they are: the block, or some weeks in the order sent; behind them what went along. */
  | { status: 'refused'; block?: Block; weeks: (WeekAsIs | undefined)[] }
  | Exclude<WriteFailure, { status: 'refused' }>;

export interface ClaimsStore {
  /** One transaction: the block becomes the driver's and the driver's weeks take it in. */
  commitClaim(claim: Commitment, maxWeeklyMinutes: number): Promise<CommitAnswer>;
  /** One transaction: the block waits in a new version, is due to be offered again, and leaves the driver's weeks. */
  commitRelease(release: Commitment): Promise<CommitAnswer>;
  /** One conditional write: keeps an open block for one driver until a time. */
  hold(claim: Commitment, until: number): Promise<CommitAnswer>;
  /** Gives a hold back early. Best effort: a hold ends by itself. */
  endHold(claim: Commitment): Promise<void>;
  read(blockId: string): Promise<Block | undefined>;
}

/**
 * Names a commitment for DynamoDB's idempotency (10 minutes): a try after a lost answer is the same write.
 * Only the tries of one request share it. A token that a driver's later request shared would be answered with
 * the success of the first, even after a release. The version stands in it as in the conditions.
 */
export const requestToken = ({ requestId, driverId, blockId, version }: Commitment) =>
  createHash('sha256')
    .update(`${requestId}|${driverId}|${blockId}|${version}`)
    .digest('base64url')
    .slice(0, 36);

export const weekKey = (driverId: string, week: string): Item => ({
  pk: { S: `D#${driverId}` },
  sk: { S: `W#${week}` },
});

const numberSet = (numbers: readonly number[]) => ({ NS: numbers.map(String) });

const toWeek = (item: Item | undefined): WeekAsIs | undefined =>
  item && { slots: new Set((item.sl?.NS ?? []).map(Number)), blocks: new Set(item.bl?.SS ?? []) };

/** Condition of a write or a check: the week has room for the block. */
export const roomIn = (share: WeekShare, maxWeeklyMinutes: number) => ({
  ConditionExpression: [
    ...share.slots.map((_, index) => `NOT contains(sl, :s${index})`),
    '(attribute_not_exists(mn) OR mn <= :room)',
  ].join(' AND '),
  ExpressionAttributeValues: {
    ...Object.fromEntries(share.slots.map((slot, index) => [`:s${index}`, { N: String(slot) }])),
    ':room': { N: String(maxWeeklyMinutes - share.minutes) },
  },
});

/** Of a write about a block first, then about weeks. */
export const commitAnswerOf = (error: unknown): CommitAnswer => {
  const failure = writeFailure(error);
  if (failure.status !== 'refused') return failure;
  const [block, ...weeks] = failure.reasons.map(({ Code, Item }) =>
    Code === 'ConditionalCheckFailed' ? (Item ?? {}) : undefined,
  );
  return { status: 'refused', ...(block && { block: toBlock(block) }), weeks: weeks.map(toWeek) };
};

export const claimsStore = (database: Database, table: string, recordRetentionDays: number): ClaimsStore => {
  const claimBlock = ({ driverId, deviceId, blockId, version, at, restores, reserved }: Commitment) => ({
    Update: {
      TableName: table,
      Key: blockKey(blockId),
      ConditionExpression: `st = :from AND ver = :ver AND ${reserved ? 'h = :driver' : isFree}`,
      UpdateExpression: `SET st = :to, ow = :driver, ca = :at${deviceId ? ', dv = :device REMOVE' : ' REMOVE dv,'} h, hx`,
      ExpressionAttributeValues: {
        ':from': { S: blockTransitions[restores ? 'restore' : 'claim'].from },
        ':to': { S: blockTransitions.claim.to },
        ':ver': { N: String(version) },
        ':driver': { S: driverId },
        ':at': { N: String(at) },
        ...(deviceId && { ':device': { S: deviceId } }),
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    },
  });

  const claimWeek = (
    { driverId, blockId }: Commitment,
    share: WeekShare,
    room: ReturnType<typeof roomIn>,
  ) => ({
    Update: {
      TableName: table,
      Key: weekKey(driverId, share.week),
      ConditionExpression: room.ConditionExpression,
      UpdateExpression: 'ADD sl :slots, bl :block, mn :minutes SET #ttl = :ttl',
      ExpressionAttributeNames: { '#ttl': 'ttl' },
      ExpressionAttributeValues: {
        ...room.ExpressionAttributeValues,
        ':slots': numberSet(share.slots),
        ':block': { SS: [blockId] },
        ':minutes': { N: String(share.minutes) },
        ':ttl': { N: String(Math.floor(share.endsAt / 1000) + recordRetentionDays * 86_400) },
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    },
  });

  const releaseBlock = ({ driverId, blockId, version, at }: Commitment) => ({
    Update: {
      TableName: table,
      Key: blockKey(blockId),
      ConditionExpression: 'st = :from AND ver = :ver AND ow = :driver',
      // Whatever it was before, it comes back by lot: a release tells nobody but its driver when to be quick.
      UpdateExpression:
        'SET st = :to, ver = :next, rb = :driver, op = :at, md = :draw REMOVE ow, ca, dv, hs, di, cl, cm, pa',
      ExpressionAttributeValues: {
        ':from': { S: blockTransitions.release.from },
        ':to': { S: blockTransitions.release.to },
        ':ver': { N: String(version) },
        ':next': { N: String(version + 1) },
        ':driver': { S: driverId },
        ':at': { N: String(at) },
        ':draw': { S: 'draw' },
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    },
  });

  const releaseWeek = ({ driverId, blockId }: Commitment, share: WeekShare) => ({
    Update: {
      TableName: table,
      Key: weekKey(driverId, share.week),
      ConditionExpression: 'contains(bl, :id)',
      UpdateExpression: 'DELETE sl :slots, bl :block ADD mn :minutes',
      ExpressionAttributeValues: {
        ':id': { S: blockId },
        ':slots': numberSet(share.slots),
        ':block': { SS: [blockId] },
        ':minutes': { N: String(-share.minutes) },
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    },
  });

  const transact = async (token: string, writes: TransactWriteItem[]): Promise<CommitAnswer> => {
    try {
      await database.send(
        new TransactWriteItemsCommand({ ClientRequestToken: token, TransactItems: writes }),
      );
      return { status: 'done' };
    } catch (error) {
      return commitAnswerOf(error);
    }
  };

  return {
    commitClaim: (claim, maxWeeklyMinutes) =>
      transact(requestToken(claim), [
        claimBlock(claim),
        ...claim.weeks.map((share) => claimWeek(claim, share, roomIn(share, maxWeeklyMinutes))),
        ...(claim.alongside ?? []),
      ]),
    commitRelease: (release) =>
      transact(requestToken(release), [
        releaseBlock(release),
        ...release.weeks.map((share) => releaseWeek(release, share)),
        putDue(table, { at: release.at, kind: 'offer', id: release.blockId }),
        ...(release.alongside ?? []),
      ]),
    hold: async (claim, until) => {
      try {
        await database.send(new UpdateItemCommand(holdUpdate(table, claim, until)));
        return { status: 'done' };
      } catch (error) {
        return commitAnswerOf(error);
      }
    },
    endHold: async (claim) => {
      try {
        await database.send(new UpdateItemCommand(endHoldUpdate(table, claim)));
      } catch (error) {
        writeFailure(error);
      }
    },
    read: (blockId) => readBlock(database, table, blockId),
  };
};
