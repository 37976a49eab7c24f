import { blockTransitions } from './block.ts';
import { blockKey } from './blocks-store.ts';

/** One version of a block, wanted by one driver at one time (milliseconds since the epoch). */
export interface Wish {
  driverId: string;
  blockId: string;
  version: number;
  at: number;
}

/** Who may take an open block: anybody, unless it is kept for another. */
export const isFree = '(attribute_not_exists(h) OR h = :driver OR hx < :at)';

const open = ({ driverId, version }: Pick<Wish, 'driverId' | 'version'>) => ({
  ':open': { S: blockTransitions.claim.from },
  ':ver': { N: String(version) },
  ':driver': { S: driverId },
});

/** Keeps an open block for one driver until a time: one conditional update. */
export const holdUpdate = (TableName: string, wish: Wish, until: number) => ({
  TableName,
  Key: blockKey(wish.blockId),
  ConditionExpression: `st = :open AND ver = :ver AND ${isFree}`,
  UpdateExpression: 'SET h = :driver, hx = :until',
  ExpressionAttributeValues: {
    ...open(wish),
    ':at': { N: String(wish.at) },
    ':until': { N: String(until) },
  },
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
});

/**
 * The same for a driver who solves a puzzle, as long as all such holds of this version together stay within a budget:
 * whoever they are for, the block cannot be parked for longer.
 */
export const challengeHoldUpdate = (
  TableName: string,
  wish: Wish,
  { until, budgetMs }: { until: number; budgetMs: number },
) => {
  const update = holdUpdate(TableName, wish, until);
  const heldMs = until - wish.at;
  return {
    ...update,
    ConditionExpression: `${update.ConditionExpression} AND (attribute_not_exists(hs) OR hs <= :room)`,
    UpdateExpression: `${update.UpdateExpression} ADD hs :held`,
    ExpressionAttributeValues: {
      ...update.ExpressionAttributeValues,
      ':room': { N: String(budgetMs - heldMs) },
      ':held': { N: String(heldMs) },
    },
  };
};

/** More time for whom the block is kept already: `heldUntil` moves on within the same budget. */
export const extendHoldUpdate = (
  TableName: string,
  wish: Wish,
  { from, until, budgetMs }: { from: number; until: number; budgetMs: number },
) => ({
  TableName,
  Key: blockKey(wish.blockId),
  ConditionExpression: 'st = :open AND ver = :ver AND h = :driver AND hx = :from AND hs <= :room',
  UpdateExpression: 'SET hx = :until ADD hs :held',
  ExpressionAttributeValues: {
    ...open(wish),
    ':from': { N: String(from) },
    ':until': { N: String(until) },
    ':room': { N: String(budgetMs - (until - from)) },
    ':held': { N: String(until - from) },
  },
});

/** Gives a hold back early: one conditional update. */
export const endHoldUpdate = (TableName: string, wish: Pick<Wish, 'driverId' | 'blockId' | 'version'>) => ({
  TableName,
  Key: blockKey(wish.blockId),
  ConditionExpression: 'h = :driver AND ver = :ver',
  UpdateExpression: 'REMOVE h, hx',
  ExpressionAttributeValues: { ':driver': { S: wish.driverId }, ':ver': { N: String(wish.version) } },
});
