import type { Tier } from '#contract/primitives.ts';
import type { RecentAttempt } from './recent-attempts.ts';

/** What a claim looks like beside the driver's last ones. What is not known is absent: neither clean nor guilt. */
export interface Signals {
  quickClaims: number;
  attemptsPerMinute: number;
  misses: number;
  regularIntervals: number;
  devices: number;
  tier?: Tier;
  deviceAgeMs?: number;
  /** From what the detector said of the account: friction for some days, never more. */
  accountPoints?: number;
}

/** Two intervals are as good as equal when they differ by less than this share: people vary by a multiple of it. */
const equalShare = 0.03;
/** Shorter intervals are one request sent twice, or two taps. */
const shortestIntervalMs = 250;
/** Longer ones are two visits. */
const longestIntervalMs = 120_000;

/** How many successive pairs of intervals are as good as equal. */
const regularIntervals = (times: readonly number[]): number => {
  const intervals = times
    .slice(1)
    .map((at, index) => at - (times[index] ?? at))
    .filter((interval) => interval >= shortestIntervalMs && interval <= longestIntervalMs);
  return intervals
    .slice(1)
    .filter((interval, index) => Math.abs(interval / (intervals[index] ?? 0) - 1) < equalShare).length;
};

/** Counters over the attempts so far and the one at hand. */
export const signalsOf = (
  earlier: readonly RecentAttempt[],
  current: RecentAttempt,
  quickMs: number,
  known: { tier?: Tier; enrolledAt?: number; accountPoints?: number },
): Signals => {
  // What comes with a password alone says nothing about the driver's phone, and the other way round.
  const isAlike = ({ deviceId }: RecentAttempt) =>
    (deviceId === undefined) === (current.deviceId === undefined);
  const attempts = [...earlier.filter(isAlike), current];
  const within = (ms: number) => attempts.filter(({ at }) => at > current.at - ms);
  const devices = new Set(within(10 * 60_000).flatMap(({ deviceId }) => deviceId ?? []));
  return {
    quickClaims: attempts.filter(({ latencyMs }) => latencyMs < quickMs).length,
    attemptsPerMinute: within(60_000).length,
    misses: within(10 * 60_000).filter(({ missed }) => missed).length,
    regularIntervals: regularIntervals(attempts.map(({ at }) => at)),
    devices: devices.size,
    ...(known.tier && { tier: known.tier }),
    ...(known.enrolledAt !== undefined && { deviceAgeMs: current.at - known.enrolledAt }),
    ...(known.accountPoints && { accountPoints: known.accountPoints }),
  };
};
