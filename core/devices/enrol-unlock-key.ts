import type { UnlockPolicy } from '#contract/device-policy.ts';
import type { enrolUnlockKey as route } from '#contract/devices.ts';
import type { Tier } from '#contract/primitives.ts';
import type { BodyOf } from '#contract/route.ts';
import { hashOf } from '#core/attestation/dpop.ts';
import { verifyUnlock } from '#core/challenge/unlock/verify-unlock.ts';
import type { UnlockKeysStore } from './unlock-keys-store.ts';

export interface EnrolUnlockKeyDeps {
  unlockKeys: UnlockKeysStore;
  /** Left out on stages that ask for no unlock. */
  unlock?: UnlockPolicy;
}

export type EnrolUnlockKeyOutcome =
  | { status: 'enrolled'; deviceId: string }
  | { status: 'refused'; code: 'unknown-device' | 'try-again' }
  | { status: 'refused'; code: 'device-not-eligible' | 'attestation-rejected'; reason: string };

/** What the first assertion of a key signs: the request that brings it is fresh, so that this need not be. */
const challengeOf = (accountId: string, deviceId: string) =>
  hashOf(`evenfield unlock key|${accountId}|${deviceId}`);

/** Only where the app and the system are genuine does their word count that somebody was verified. */
const trusted: readonly (Tier | undefined)[] = ['A', 'B'];

/**
 * A phone enrols the key that it will unlock for a challenge: its own, proven by a first assertion, so that nobody
 * is asked later for what this phone cannot do.
 */
export const enrolUnlockKey = async (
  { unlockKeys, unlock }: EnrolUnlockKeyDeps,
  input: {
    accountId: string;
    deviceId: string;
    /** The phone that asks. */
    by: { deviceId?: string; tier?: Tier };
    body: BodyOf<typeof route>;
  },
): Promise<EnrolUnlockKeyOutcome> => {
  const { accountId, deviceId, by, body } = input;
  if (by.deviceId !== deviceId) return { status: 'refused', code: 'unknown-device' };
  if (!trusted.includes(by.tier)) return { status: 'refused', code: 'device-not-eligible', reason: 'tier' };
  if (!unlock) return { status: 'refused', code: 'device-not-eligible', reason: 'no-unlock-here' };
  const { publicKey, credentialId } = body;
  const challenge = challengeOf(accountId, deviceId);
  const verdict = verifyUnlock(body, { ...unlock, challenge, publicKey });
  if (verdict.status === 'refused')
    return { status: 'refused', code: 'attestation-rejected', reason: verdict.reason };
  const { x, y } = publicKey;
  const answer = await unlockKeys.put({ accountId, deviceId }, { credentialId, x, y });
  if (answer === 'unanswered') return { status: 'refused', code: 'try-again' };
  return answer === 'done' ? { status: 'enrolled', deviceId } : { status: 'refused', code: 'unknown-device' };
};
