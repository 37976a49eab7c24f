import type { Task, TaskMode } from '#contract/challenges.ts';
import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import type { KeyGenerations } from '#core/shared/key-generations.ts';
import { type Challenge, isExpired } from './challenge.ts';
import type { ChallengesStore } from './challenges-store.ts';
import { clearanceOf } from './clear.ts';

export interface ShowDeps {
  store: ChallengesStore;
  keys: () => Promise<KeyGenerations>;
  /** The task that is due: of the mode asked for, else of the challenge's rung. */
  show: (challenge: Challenge, mode: TaskMode | undefined) => Promise<Task>;
  now: () => number;
}

export type ShowOutcome =
  | { status: 'shown'; challenge: Challenge; task?: Task; clearance?: string }
  | { status: 'refused'; code: 'unknown-challenge' | 'challenge-expired' | 'try-again' };

/** Gives the task of a challenge: the same one until it is answered, so that a lost answer costs nothing. */
export const showChallenge = async (
  deps: ShowDeps,
  {
    driverId,
    deviceId,
    challengeId,
    mode,
  }: {
    driverId: string;
    deviceId?: string;
    challengeId: string;
    mode?: TaskMode | undefined;
  },
): Promise<ShowOutcome> => {
  const now = deps.now();
  const challenge = await answeredOrUnread(deps.store.find(driverId, challengeId));
  if (challenge === 'unread') return { status: 'refused', code: 'try-again' };
  if (!challenge || challenge.deviceId !== deviceId) return { status: 'refused', code: 'unknown-challenge' };
  if (challenge.passedAt !== undefined) {
    const { clearance, expiresAt } = clearanceOf(await deps.keys(), challenge, challenge.passedAt);
    return { status: 'shown', challenge, ...(expiresAt > now && { clearance }) };
  }
  // Who asked a person goes on waiting when there is nothing left to solve.
  const isOver = isExpired(challenge, now);
  if (isOver && challenge.askedAt === undefined) return { status: 'refused', code: 'challenge-expired' };
  if (isOver || challenge.state === 'failed') return { status: 'shown', challenge };
  const task = await deps.show(challenge, mode);
  if (challenge.shownAt[task.taskId] === undefined) {
    const marked = await answeredOrUnread(deps.store.markShown(challenge, task.taskId, now));
    if (marked === 'unread') return { status: 'refused', code: 'try-again' };
  }
  return { status: 'shown', challenge, task };
};
