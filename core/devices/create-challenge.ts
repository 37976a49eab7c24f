import type { Platform } from '#contract/primitives.ts';
import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import type { Limit } from '#core/shared/limit.ts';
import type { ChallengesStore, DeviceChallenge } from './challenges-store.ts';
import type { LimitsStore, TakeRefusal } from './limits-store.ts';

export interface CreateChallengeDeps {
  challenges: ChallengesStore;
  limits: LimitsStore;
  now: () => number;
  /** Random bytes in base64url. */
  randomText: (bytes: number) => string;
}

type Unsure = { status: 'refused'; code: 'try-again' };

/** G4. */
const lifetimeMs = 300_000;
/** E7. */
const perAccount: Limit = { name: 'challenges', most: 30, windowMs: 3_600_000 };

export const createChallenge = async (
  { challenges, limits, now, randomText }: CreateChallengeDeps,
  { accountId, platform }: { accountId: string; platform: Platform },
): Promise<{ status: 'created'; challenge: DeviceChallenge } | TakeRefusal | Unsure> => {
  const at = now();
  const taken = await limits.take(perAccount, accountId, at);
  if (taken.status === 'refused') return taken;
  const challenge: DeviceChallenge = {
    challengeId: randomText(16),
    challenge: randomText(32),
    accountId,
    platform,
    purpose: 'enrol',
    expiresAt: at + lifetimeMs,
  };
  const issued = await answeredOrUnread(challenges.issue(challenge));
  return issued === 'unread' ? { status: 'refused', code: 'try-again' } : { status: 'created', challenge };
};
