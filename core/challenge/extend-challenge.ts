import type { HoldPolicy } from '#contract/risk-policy.ts';
import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import { type Challenge, isExpired } from './challenge.ts';
import type { ChallengesStore } from './challenges-store.ts';

export interface ExtendDeps extends Surroundings {
  store: ChallengesStore;
  holds: HoldPolicy;
}

export type ExtendOutcome =
  | { status: 'done'; challenge: Challenge }
  | {
      status: 'refused';
      code: 'unknown-challenge' | 'challenge-expired' | 'challenge-spent' | 'try-again';
    };

/** More time, once. Where no more is to be had the times stay as they are: nobody is refused for asking. */
export const extendChallenge = async (
  deps: ExtendDeps,
  { driverId, deviceId, challengeId }: { driverId: string; deviceId?: string; challengeId: string },
): Promise<ExtendOutcome> => {
  const now = deps.now();
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const challenge = await answeredOrUnread(deps.store.find(driverId, challengeId));
    if (challenge === 'unread') break;
    if (!challenge || challenge.deviceId !== deviceId)
      return { status: 'refused', code: 'unknown-challenge' };
    if (challenge.state === 'passed') return { status: 'refused', code: 'challenge-spent' };
    if (isExpired(challenge, now)) return { status: 'refused', code: 'challenge-expired' };
    const { heldUntil } = challenge;
    if (heldUntil === undefined || heldUntil <= now || challenge.extended || challenge.state !== 'open')
      return { status: 'done', challenge };
    const until = heldUntil + deps.holds.seconds * 1_000;
    const answer = await deps.store.extend(challenge, until, now);
    if (answer.status === 'kept') return { status: 'done', challenge };
    // Also after a lost answer: what is stored says whether it was extended.
    if (answer.status !== 'extended') await pause(deps);
  }
  return { status: 'refused', code: 'try-again' };
};
