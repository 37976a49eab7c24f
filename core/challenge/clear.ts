import type { HoldPolicy } from '#contract/risk-policy.ts';
import type { KeyGenerations } from '#core/shared/key-generations.ts';
import type { Challenge } from './challenge.ts';
import { signClearance } from './clearance.ts';
import type { Clearance } from './risk/decide.ts';

/** So long a clearance may wait to be used, in milliseconds: the hold is over by then, an open block may still be had. */
const clearanceMs = 600_000;

/** So many passes are remembered. */
const mostCovered = 8;

/** What this pass and the ones before it cover from now on, newest first. */
export const coverOf = (
  { points, reasons, covered }: Challenge,
  { clearanceHours }: HoldPolicy,
  now: number,
): Clearance[] =>
  [
    { until: now + clearanceHours * 3_600_000, points, reasons },
    ...covered.filter(({ until }) => until > now),
  ].slice(0, mostCovered);

/** The clearance of a challenge that was passed at that time: the same text whenever it is asked for. */
export const clearanceOf = (keys: KeyGenerations, challenge: Challenge, passedAt: number) => {
  const { challengeId, driverId, deviceId, blockId, version } = challenge;
  const expiresAt = passedAt + clearanceMs;
  const facts = { challengeId, driverId, ...(deviceId && { deviceId }), blockId, version, expiresAt };
  return { clearance: signClearance(keys, facts), expiresAt };
};
