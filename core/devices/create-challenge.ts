import type { Platform } from '#contract/primitives.ts';
import type { ChallengesStore, DeviceChallenge } from './challenges-store.ts';
import type { Limit, LimitsStore } from './limits-store.ts';

export interface CreateChallengeDeps {
  challenges: ChallengesStore;
  limits: LimitsStore;
  now: () => number;
  /** Random bytes in base64url. */
  randomText: (bytes: number) => string;
}

/** G4. */
const lifetimeMs = 300_000;
/** E7. */
const perAccount: Limit = { name: 'challenges', most: 30, windowMs: 3_600_000 };

export const createChallenge = async (
  { challenges, limits, now, randomText }: CreateChallengeDeps,
  { accountId, platform }: { accountId: string; platform: Platform },
): Promise<{ status: 'created'; challenge: DeviceChallenge } | { status: 'refused'; code: 'slow-down' }> => {
  const at = now();
  if (!(await limits.take(perAccount, accountId, at))) return { status: 'refused', code: 'slow-down' };
  const challenge: DeviceChallenge = {
    challengeId: randomText(16),
    challenge: randomText(32),
    accountId,
    platform,
    purpose: 'enrol',
    expiresAt: at + lifetimeMs,
  };
  await challenges.issue(challenge);
  return { status: 'created', challenge };
};
