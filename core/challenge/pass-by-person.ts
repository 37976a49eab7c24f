import type { HoldPolicy } from '#contract/risk-policy.ts';
import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import { type Challenge, mayStep } from './challenge.ts';
import type { ChallengesStore } from './challenges-store.ts';
import { coverOf } from './clear.ts';

export interface PersonDeps extends Surroundings {
  store: ChallengesStore;
  holds: HoldPolicy;
}

type Refused<Code extends string> = { status: 'refused'; code: Code };

/** The last step of the ladder: nothing has to be solved, and solving goes on for whoever wants. */
export const askPerson = async (
  deps: PersonDeps,
  { driverId, deviceId, challengeId }: { driverId: string; deviceId?: string; challengeId: string },
): Promise<
  { status: 'waiting'; askedAt: number } | Refused<'unknown-challenge' | 'challenge-spent' | 'try-again'>
> => {
  const now = deps.now();
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const challenge = await answeredOrUnread(deps.store.find(driverId, challengeId));
    if (challenge === 'unread') break;
    if (!challenge || challenge.deviceId !== deviceId)
      return { status: 'refused', code: 'unknown-challenge' };
    if (challenge.askedAt !== undefined) return { status: 'waiting', askedAt: challenge.askedAt };
    if (!mayStep('passByPerson', challenge.state)) return { status: 'refused', code: 'challenge-spent' };
    const answer = await deps.store.askPerson(challenge, now);
    if (answer.status === 'asked') return { status: 'waiting', askedAt: now };
    if (attempt < maxTries) await pause(deps);
  }
  return { status: 'refused', code: 'try-again' };
};

/** A named person's word for a driver: the challenge counts as passed, with who said so and why. */
export const passByPerson = async (
  deps: PersonDeps,
  {
    driverId,
    challengeId,
    ...by
  }: {
    driverId: string;
    challengeId: string;
    reviewerId: string;
    rationale: string;
  },
): Promise<{ status: 'passed'; challenge: Challenge } | Refused<'unknown-challenge' | 'try-again'>> => {
  const now = deps.now();
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const challenge = await answeredOrUnread(deps.store.find(driverId, challengeId));
    if (challenge === 'unread') break;
    if (!challenge) return { status: 'refused', code: 'unknown-challenge' };
    if (challenge.state === 'passed') {
      await deps.store.forgetWaiting(challenge);
      return { status: 'passed', challenge };
    }
    const covered = coverOf(challenge, deps.holds, now);
    const answer = await deps.store.passByPerson(challenge, { ...by, covered }, now);
    if (answer.status === 'passed') return { status: 'passed', challenge: { ...challenge, state: 'passed' } };
    if (attempt < maxTries) await pause(deps);
  }
  return { status: 'refused', code: 'try-again' };
};
