import {
  DeleteItemCommand,
  GetItemCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { HoldPolicy } from '#contract/risk-policy.ts';
import { endHoldUpdate, extendHoldUpdate } from '#core/offers/holds.ts';
import { type Database, type Item, type WriteFailure, writeFailure } from '#core/shared/dynamodb-store.ts';
import { limitUpdate } from '#core/shared/limit.ts';
import { type Attempt, type Challenge, type ChallengeStep, challengeTransitions } from './challenge.ts';
import { toChallenge } from './challenge-item.ts';
import { attemptLimits, holdLimits } from './hold-limits.ts';
import { challengeKey, clearanceKey, passKey, traceKey, waitingKey } from './keys.ts';
import type { Clearance } from './risk/decide.ts';

type Unwritten = Exclude<WriteFailure, { status: 'refused' }>;

export interface Step {
  step: Extract<ChallengeStep, 'attempt' | 'pass' | 'fail'>;
  attempt: Attempt;
  /** Of the trace, so that it is not used a second time. */
  traceDigests: readonly string[];
  /** With `pass`: what it covers, with what was covered before. */
  covered?: readonly Clearance[];
}

/** The conditional writes that a challenge lives by. What a write found otherwise is told, never overwritten. */
export interface ChallengesStore {
  find(driverId: string, challengeId: string): Promise<Challenge | undefined>;
  /** Notes when a task was shown first. */
  markShown(challenge: Challenge, taskId: string, now: number): Promise<void>;
  /**
   * One transaction spends an answer: the challenge moves on, the answer is counted for driver and phone, the trace
   * is remembered, and a pass is written down. `moved`: another answer came first.
   */
  recordAttempt(
    challenge: Challenge,
    step: Step,
    now: number,
  ): Promise<{ status: 'recorded' | 'moved' | 'slow-down' | 'copied' } | Unwritten>;
  /** One transaction: the challenge and its hold get more time, counted like a hold. `kept`: there is none to give. */
  extend(
    challenge: Challenge,
    heldUntil: number,
    now: number,
  ): Promise<{ status: 'extended' | 'kept' } | Unwritten>;
  /** One transaction: the driver waits for a person. */
  askPerson(challenge: Challenge, now: number): Promise<{ status: 'asked' | 'moved' } | Unwritten>;
  /** Takes a driver off the list who passed meanwhile. */
  forgetWaiting(challenge: Challenge): Promise<void>;
  /** Gives the block back early. Best effort: a hold ends by itself. */
  endHold(challenge: Challenge): Promise<void>;
  /** One transaction: a person's word passes the challenge and is kept with the person's name. */
  passByPerson(
    challenge: Challenge,
    by: { reviewerId: string; rationale: string; covered: readonly Clearance[] },
    now: number,
  ): Promise<{ status: 'passed' | 'moved' } | Unwritten>;
}

/** So long somebody may wait for a person, and is found. */
const waitingDays = 7;
/** As long as anybody would keep a recorded trace for another try. */
const traceDays = 90;

const seconds = (ms: number) => Math.floor(ms / 1_000);

export const challengesStore = (
  database: Database,
  tables: { challenges: string; offers: string },
  policy: HoldPolicy,
  recordRetentionDays: number,
): ChallengesStore => {
  const { challenges: TableName } = tables;

  /** Moves a challenge from the states that the step allows; `extra` adds to condition and change. */
  const stepUpdate = (
    { driverId, challengeId, attempts }: Challenge,
    step: ChallengeStep,
    set: Record<string, Item[string]>,
  ) => {
    const { from, to } = challengeTransitions[step];
    const names = Object.keys(set);
    return {
      Update: {
        TableName,
        Key: challengeKey(driverId, challengeId),
        ConditionExpression: `st IN (${from.map((_, index) => `:f${index}`)}) AND rn = :rn`,
        UpdateExpression: `SET ${['st = :to', ...names.map((name) => `${name} = :set_${name}`)]}`,
        ExpressionAttributeValues: {
          ...Object.fromEntries(from.map((state, index) => [`:f${index}`, { S: state }])),
          ...Object.fromEntries(names.map((name) => [`:set_${name}`, set[name] as Item[string]])),
          ':to': { S: to },
          ':rn': { N: String(attempts.length) },
        },
      },
    };
  };

  const clearancePut = ({ driverId, deviceId }: Challenge, covered: readonly Clearance[]) => ({
    Put: {
      TableName,
      Item: {
        ...clearanceKey(driverId, deviceId),
        d: { S: JSON.stringify(covered) },
        ttl: { N: String(seconds(Math.max(...covered.map(({ until }) => until)))) },
      },
    },
  });
  /** Who passed waits for nobody any more. */
  const waitingDelete = ({ driverId, challengeId, askedAt }: Challenge) =>
    askedAt === undefined ? [] : [{ Delete: { TableName, Key: waitingKey(driverId, challengeId, askedAt) } }];

  const transact = async (TransactItems: TransactWriteItem[]): Promise<WriteFailure | { status: 'done' }> => {
    try {
      await database.send(new TransactWriteItemsCommand({ TransactItems }));
      return { status: 'done' };
    } catch (error) {
      return writeFailure(error);
    }
  };
  const failedAt = (failure: Extract<WriteFailure, { status: 'refused' }>): number =>
    failure.reasons.findIndex(({ Code }) => Code === 'ConditionalCheckFailed');

  return {
    find: async (driverId, challengeId) => {
      const { Item } = await database.send(
        new GetItemCommand({ TableName, Key: challengeKey(driverId, challengeId), ConsistentRead: true }),
      );
      return Item && toChallenge(Item);
    },
    markShown: async ({ driverId, challengeId }, taskId, now) => {
      await database.send(
        new UpdateItemCommand({
          TableName,
          Key: challengeKey(driverId, challengeId),
          ConditionExpression: 'attribute_exists(pk)',
          UpdateExpression: 'SET sh.#task = if_not_exists(sh.#task, :now)',
          ExpressionAttributeNames: { '#task': taskId },
          ExpressionAttributeValues: { ':now': { N: String(now) } },
        }),
      );
    },
    recordAttempt: async (challenge, { step, attempt, traceDigests, covered }, now) => {
      const { challengeId, attempts } = challenge;
      const limits = attemptLimits(challenge, policy);
      const answer = await transact([
        stepUpdate(challenge, step, {
          an: { S: JSON.stringify([...attempts, attempt]) },
          rn: { N: String(attempts.length + 1) },
          ...(step === 'pass' && { pa: { N: String(now) } }),
        }),
        ...limits.map(({ limit, subject }) => ({ Update: limitUpdate(TableName, limit, subject, now) })),
        ...traceDigests.map((digest) => ({
          Put: {
            TableName,
            Item: {
              ...traceKey(digest),
              ch: { S: challengeId },
              ttl: { N: String(seconds(now) + traceDays * 86_400) },
            },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        })),
        ...(covered ? [clearancePut(challenge, covered), ...waitingDelete(challenge)] : []),
      ]);
      if (answer.status === 'done') return { status: 'recorded' };
      if (answer.status !== 'refused') return answer;
      const index = failedAt(answer);
      if (index === 0) return { status: 'moved' };
      return { status: index <= limits.length ? 'slow-down' : 'copied' };
    },
    extend: async (challenge, heldUntil, now) => {
      const { driverId, challengeId, heldUntil: from = 0, expiresAt } = challenge;
      const budgetMs = policy.perBlockSeconds * 1_000;
      const until = Math.max(expiresAt, heldUntil);
      const answer = await transact([
        {
          Update: {
            TableName,
            Key: challengeKey(driverId, challengeId),
            ConditionExpression: 'st = :open AND attribute_not_exists(xt) AND hu = :from',
            UpdateExpression: 'SET xt = :yes, hu = :until, ex = :ex',
            ExpressionAttributeValues: {
              ':open': { S: 'open' },
              ':from': { N: String(from) },
              ':yes': { BOOL: true },
              ':until': { N: String(heldUntil) },
              ':ex': { N: String(until) },
            },
          },
        },
        {
          Update: extendHoldUpdate(
            tables.offers,
            { ...challenge, at: now },
            { from, until: heldUntil, budgetMs },
          ),
        },
        ...holdLimits(challenge, policy).map(({ limit, subject }) => ({
          Update: limitUpdate(TableName, limit, subject, now),
        })),
      ]);
      if (answer.status === 'done') return { status: 'extended' };
      return answer.status === 'refused' ? { status: 'kept' } : answer;
    },
    askPerson: async ({ driverId, challengeId, blockId, reasons }, now) => {
      const answer = await transact([
        {
          Update: {
            TableName,
            Key: challengeKey(driverId, challengeId),
            ConditionExpression: 'st IN (:open, :failed) AND attribute_not_exists(ask)',
            UpdateExpression: 'SET ask = :now, #ttl = :ttl',
            ExpressionAttributeNames: { '#ttl': 'ttl' },
            ExpressionAttributeValues: {
              ':ttl': { N: String(seconds(now) + waitingDays * 86_400) },
              ':open': { S: 'open' },
              ':failed': { S: 'failed' },
              ':now': { N: String(now) },
            },
          },
        },
        {
          Put: {
            TableName,
            Item: {
              ...waitingKey(driverId, challengeId, now),
              d: { S: JSON.stringify({ driverId, challengeId, blockId, askedAt: now, reasons }) },
              ttl: { N: String(seconds(now) + waitingDays * 86_400) },
            },
          },
        },
      ]);
      if (answer.status === 'done') return { status: 'asked' };
      return answer.status === 'refused' ? { status: 'moved' } : answer;
    },
    forgetWaiting: async ({ driverId, challengeId, askedAt }) => {
      if (askedAt === undefined) return;
      const Key = waitingKey(driverId, challengeId, askedAt);
      await database.send(new DeleteItemCommand({ TableName, Key }));
    },
    endHold: async (challenge) => {
      try {
        await database.send(new UpdateItemCommand(endHoldUpdate(tables.offers, challenge)));
      } catch (error) {
        writeFailure(error);
      }
    },
    passByPerson: async (challenge, { reviewerId, rationale, covered }, now) => {
      const { driverId, challengeId } = challenge;
      const answer = await transact([
        stepUpdate(challenge, 'passByPerson', { pa: { N: String(now) } }),
        clearancePut(challenge, covered),
        {
          Put: {
            TableName,
            Item: {
              ...passKey(driverId, challengeId),
              by: { S: reviewerId },
              why: { S: rationale },
              at: { N: String(now) },
              ttl: { N: String(seconds(now) + recordRetentionDays * 86_400) },
            },
          },
        },
        ...waitingDelete(challenge),
      ]);
      if (answer.status === 'done') return { status: 'passed' };
      return answer.status === 'refused' ? { status: 'moved' } : answer;
    },
  };
};
