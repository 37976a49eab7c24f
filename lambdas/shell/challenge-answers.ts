import type * as contract from '#contract/challenges.ts';
import type { AnswerOf, Route } from '#contract/route.ts';
import type { AttemptOutcome } from '#core/challenge/attempt-challenge.ts';
import type { Challenge } from '#core/challenge/challenge.ts';
import { summaryOf } from '#core/challenge/challenge-view.ts';
import type { ExtendOutcome } from '#core/challenge/extend-challenge.ts';
import type { askPerson, passByPerson } from '#core/challenge/pass-by-person.ts';
import type { ShowOutcome } from '#core/challenge/show-challenge.ts';
import type { listWaiting } from '#core/challenge/waiting-store.ts';
import { foreignCursor } from '#core/shared/page.ts';
import type { Call } from '../http.ts';
import { type Refusal, refusalOf } from './refusal.ts';

const instant = (at: number) => new Date(at).toISOString();
const heldOf = ({ heldUntil }: Challenge) =>
  heldUntil === undefined ? {} : { heldUntil: instant(heldUntil) };

/** Whose challenge, on which phone. */
export const challengeOf = <R extends Route>({ caller, params }: Call<R>) => ({
  driverId: caller.accountId,
  ...(caller.deviceId && { deviceId: caller.deviceId }),
  challengeId: (params as { challengeId: string }).challengeId,
});

export const shown = (outcome: ShowOutcome): AnswerOf<typeof contract.getChallenge> | Refusal => {
  if (outcome.status === 'refused') return refusalOf(outcome);
  const { challenge, task, clearance } = outcome;
  const body = {
    ...summaryOf(challenge),
    ...heldOf(challenge),
    ...(task && { task }),
    ...(clearance && { clearance }),
  };
  return { status: 200, body };
};

export const answered = (outcome: AttemptOutcome): AnswerOf<typeof contract.attemptChallenge> | Refusal => {
  if (outcome.status === 'passed') {
    const { clearance, expiresAt } = outcome;
    return { status: 200, body: { status: 'passed', clearance, expiresAt: instant(expiresAt) } };
  }
  if (outcome.status === 'continue')
    return { status: 200, body: { status: 'continue', attemptsLeft: outcome.attemptsLeft } };
  if (outcome.code === 'slow-down')
    return { ...refusalOf(outcome), headers: { 'retry-after': String(outcome.retryAfterSeconds) } };
  if (outcome.code !== 'challenge-failed') return refusalOf(outcome);
  const { attemptsLeft, otherWays } = outcome;
  return { ...refusalOf(outcome), attemptsLeft, otherWays };
};

export const extended = (outcome: ExtendOutcome): AnswerOf<typeof contract.extendChallenge> | Refusal => {
  if (outcome.status === 'refused') return refusalOf(outcome);
  const { challenge } = outcome;
  return { status: 200, body: { expiresAt: instant(challenge.expiresAt), ...heldOf(challenge) } };
};

export const waiting = (
  outcome: Awaited<ReturnType<typeof askPerson>>,
): AnswerOf<typeof contract.askPerson> | Refusal =>
  outcome.status === 'refused'
    ? refusalOf(outcome)
    : { status: 202, body: { status: 'waiting', askedAt: instant(outcome.askedAt) } };

export const passed = (
  outcome: Awaited<ReturnType<typeof passByPerson>>,
): AnswerOf<typeof contract.passChallenge> | Refusal => {
  if (outcome.status === 'refused') return refusalOf(outcome);
  const { challengeId, state } = outcome.challenge;
  return { status: 201, body: { challengeId, state } };
};

const position = /^\d{4}-[\d:.TZ-]+#[\w-]+#[\w-]+$/;

export const waitingList = async (
  cursor: string | undefined,
  list: (after?: string) => ReturnType<typeof listWaiting>,
): Promise<AnswerOf<typeof contract.listWaiting> | Refusal> => {
  const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString();
  if (after !== undefined && !position.test(after)) return refusalOf(foreignCursor);
  const { waiting, next } = await list(after);
  return {
    status: 200,
    body: {
      waiting: waiting.map(({ askedAt, reasons, ...driver }) => ({
        ...driver,
        reasons: [...reasons],
        askedAt: instant(askedAt),
      })),
      ...(next !== undefined && { cursor: Buffer.from(next).toString('base64url') }),
    },
  };
};
