import { type LoggedEvent, outcomes, routes } from '../activity/logged-event.ts';
import { countWithin, ofRoute, windows } from './look.ts';
import { measured } from './measured.ts';
import { quantile, smoothedShare, standardDeviation } from './statistics.ts';

const leastChallenges = 3;
/** Sent away, solved by somebody else and sent back. */
const relayMs = { from: 10_000, to: 30_000 };

const capacity = 128;
const times = new Float64Array(capacity);
const logs = new Float64Array(capacity);

const gatherTimes = (challenges: readonly LoggedEvent[]): number => {
  let n = 0;
  for (const { durationMs, latencyMs } of challenges) {
    const ms = Number.isNaN(durationMs) ? latencyMs : durationMs;
    if (Number.isNaN(ms)) continue;
    times[n] = ms;
    logs[n] = Math.log(Math.max(1, ms));
    n += 1;
  }
  return n;
};

const failedShare = (challenges: readonly LoggedEvent[]): number => {
  let [failed, known] = [0, 0];
  for (const { outcome } of challenges) {
    if (outcome === outcomes.unknown) continue;
    known += 1;
    if (outcome !== outcomes.ok && outcome !== outcomes.won) failed += 1;
  }
  return known < leastChallenges ? Number.NaN : smoothedShare(failed, known, 0.15, 4);
};

/** How challenges are answered. */
export const challenge = measured(
  'challenge',
  {
    'count.7d': [0, 'challenges answered, last 7 days'],
    'failed-share': [0, 'share of challenges not passed'],
    'solve-median': [0, 'median time to solve a challenge, ms'],
    'solve-spread': [0, 'how much times to solve vary (standard deviation of the logarithm)'],
    'relay-share': [0, 'share of challenges solved after 10 to 30 seconds'],
  },
  (look, put) => {
    const challenges = ofRoute(look, routes.challenge);
    if (challenges.length === 0) return;
    put('count.7d', countWithin(look, routes.challenge, windows['7d']));
    put('failed-share', failedShare(challenges));
    const n = gatherTimes(challenges);
    if (n < leastChallenges) return;
    let relayed = 0;
    for (let index = 0; index < n; index += 1) {
      const ms = times[index] as number;
      if (ms >= relayMs.from && ms <= relayMs.to) relayed += 1;
    }
    put('relay-share', smoothedShare(relayed, n, 0.3, 4));
    put('solve-spread', standardDeviation(logs, n));
    put('solve-median', quantile(times.subarray(0, n).sort(), n, 0.5));
  },
);
