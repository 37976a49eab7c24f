import type { Rung } from '#contract/challenges.ts';
import type { RiskPolicy } from '#contract/risk-policy.ts';
import type { Signals } from './signals.ts';

/** What the driver showed when a challenge was passed: as long as nothing is added to it, it is not asked again. */
export interface Clearance {
  /** Milliseconds since the epoch. */
  until: number;
  points: number;
  reasons: readonly string[];
}

export type RiskDecision = { points: number; reasons: readonly string[] } & (
  | { decision: 'go' }
  | { decision: 'challenge'; rung: Rung }
  | { decision: 'selfie' }
  | { decision: 'refuse' }
);

const stepsReached = (steps: readonly number[], value: number): number =>
  steps.filter((step) => value >= step).length;

const hour = 3_600_000;

/**
 * The one policy of friction in a claim: pure, and every decision says why. It never restricts: what it asks for, a
 * person can give, and what it refuses may be sent again in a minute. `shift` moves the lines of the ladder.
 */
export const decide = (policy: RiskPolicy, signals: Signals, shift = 0): RiskDecision => {
  const behaviour = Object.entries({
    'quick-claims': stepsReached(policy.quickClaims, signals.quickClaims),
    'many-attempts': stepsReached(policy.attemptsPerMinute, signals.attemptsPerMinute),
    'many-misses': stepsReached(policy.misses, signals.misses),
    'regular-cadence': stepsReached(policy.regularIntervals, signals.regularIntervals),
    'several-phones': stepsReached(policy.devices, signals.devices),
    'account-record': signals.accountPoints ?? 0,
  }).filter(([, points]) => points > 0);
  // What a phone is says nothing about a claim; beside behaviour it weighs.
  const circumstances = Object.entries({
    'new-phone': signals.deviceAgeMs !== undefined && signals.deviceAgeMs < policy.newDeviceHours * hour,
    'weak-phone': signals.tier === 'B',
  }).filter(([, holds]) => holds && behaviour.length > 0);

  const points = behaviour.reduce((sum, [, given]) => sum + given, 0) + circumstances.length;
  const reasons = [...behaviour, ...circumstances].map(([reason]) => reason);
  const found = { points, reasons };
  if (signals.attemptsPerMinute > policy.mostPerMinute) return { ...found, decision: 'refuse' };
  const height = points > 0 ? points + shift : 0;
  if (policy.selfieAt !== undefined && height >= policy.selfieAt) return { ...found, decision: 'selfie' };
  if (height >= policy.taskAt) return { ...found, decision: 'challenge', rung: 'task' };
  if (height >= policy.unlockAt) return { ...found, decision: 'challenge', rung: 'unlock' };
  if (height >= policy.workAt) return { ...found, decision: 'challenge', rung: 'work' };
  return { ...found, decision: 'go' };
};

/** Whether an earlier pass covers what is seen now: nothing new, and no more of it. */
export const isCovered = (
  { points, reasons }: Pick<RiskDecision, 'points' | 'reasons'>,
  clearances: readonly Clearance[],
  now: number,
): boolean =>
  clearances.some(
    (clearance) =>
      clearance.until > now &&
      points <= clearance.points &&
      reasons.every((reason) => clearance.reasons.includes(reason)),
  );
