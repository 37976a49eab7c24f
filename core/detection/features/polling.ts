import type { LoggedEvent } from '../activity/logged-event.ts';
import { routes } from '../activity/logged-event.ts';
import { conditionalEntropy, intervalEntropy } from './entropy.ts';
import { countWithin, type Look, ofRoute, windowNames, windows } from './look.ts';
import { measured } from './measured.ts';
import { harmonicPeak, phaseConcentration } from './rhythm.ts';
import {
  daySpread,
  lagOne,
  leastIntervals,
  mean,
  quantile,
  skewness,
  smoothedShare,
  standardDeviation,
} from './statistics.ts';

/** A longer pause ends a session. */
const sessionGapMs = 600_000;
/** An interval is told by its clock only when it is so many ticks long. */
const leastTicks = 30;
/** Intervals of a program that sleeps a fixed time differ by its network's delay: half a percent. */
const sameShare = 0.005;
const nearShare = 0.05;

const capacity = 1_024;
/** An interval in ms, and its logarithm. */
interface Intervals {
  n: number;
  readonly ms: Float64Array;
  readonly log: Float64Array;
  readonly logTwo: Float64Array;
  /** Time from the interval's end to the look. */
  readonly age: Float64Array;
}
const intervals = (): Intervals => ({
  n: 0,
  ms: new Float64Array(capacity),
  log: new Float64Array(capacity),
  logTwo: new Float64Array(capacity),
  age: new Float64Array(capacity),
});
/** All of them, and those inside sessions. */
const all = intervals();
const inside = intervals();
const sorted = new Float64Array(capacity);

const add = (to: Intervals, ms: number, age: number): void => {
  const log = Math.log(ms);
  to.ms[to.n] = ms;
  to.log[to.n] = log;
  to.logTwo[to.n] = log * Math.LOG2E;
  to.age[to.n] = age;
  to.n += 1;
};

interface Sessions {
  longestMs: number;
  /** Time in sessions, and the polls that follow another in one. */
  wholeMs: number;
  polls: number;
}

const gather = (lists: readonly LoggedEvent[], look: Look): Sessions => {
  all.n = 0;
  inside.n = 0;
  let [longestMs, wholeMs, polls, sessionMs] = [0, 0, 0, 0];
  for (let index = 1; index < lists.length; index += 1) {
    const { at } = lists[index] as LoggedEvent;
    const ms = at - (lists[index - 1] as LoggedEvent).at;
    const isInside = ms < sessionGapMs;
    sessionMs = isInside ? sessionMs + ms : 0;
    if (isInside) {
      wholeMs += ms;
      polls += 1;
      longestMs = Math.max(longestMs, sessionMs);
    }
    if (ms < leastTicks * look.clockMs) continue;
    add(all, ms, look.at - at);
    if (isInside) add(inside, ms, look.at - at);
  }
  return { longestMs, wholeMs, polls };
};

/** Share of intervals like the one before, of those that ended within a time. */
const repeatedShare = (clockMs: number, withinMs: number): number => {
  let [same, of] = [0, 0];
  for (let index = 1; index < inside.n; index += 1) {
    if ((inside.age[index] as number) >= withinMs) continue;
    const ms = inside.ms[index] as number;
    of += 1;
    if (Math.abs(ms - (inside.ms[index - 1] as number)) <= Math.max(clockMs, ms * sameShare)) same += 1;
  }
  return of < leastIntervals ? Number.NaN : smoothedShare(same, of, 0.02, 10);
};

/** How often intervals are nearly like the one before, and the longest time during which all are. */
const nearRuns = (clockMs: number): { share: number; longestMs: number } => {
  let [near, runMs, longestMs] = [0, 0, 0];
  for (let index = 1; index < inside.n; index += 1) {
    const ms = inside.ms[index] as number;
    const isNear = Math.abs(ms - (inside.ms[index - 1] as number)) <= Math.max(2 * clockMs, ms * nearShare);
    runMs = isNear ? runMs + ms : 0;
    if (isNear) near += 1;
    longestMs = Math.max(longestMs, runMs);
  }
  return { share: smoothedShare(near, inside.n - 1, 0.1, 10), longestMs };
};

/** (s - m) / (s + m): -1 for a clock, 0 for chance, towards 1 for bursts (Goh and Barabasi 2008). */
const burstiness = (values: Float64Array, n: number): number => {
  const deviation = standardDeviation(values, n);
  const average = mean(values, n);
  return (deviation - average) / (deviation + average);
};

const minuteMs = 60_000;

/** When the account asks for offers: by habit and impulse, or by a loop. */
export const polling = measured(
  'polling',
  {
    'lists.1h': [0, 'requests for offers, last hour'],
    'lists.24h': [0, 'requests for offers, last 24 hours'],
    'lists.7d': [0, 'requests for offers, last 7 days'],
    rate: [0, 'requests for offers per minute while at it'],
    'session-minutes': [0, 'longest time of asking for offers without a break of 10 minutes, minutes'],
    q10: [0, 'pause between requests that a tenth stays under, ms'],
    median: [0, 'median pause between requests, ms'],
    q90: [0, 'pause between requests that a tenth exceeds, ms'],
    spread: [0, 'how much pauses between requests vary (standard deviation of their logarithm)'],
    skew: [0, 'how lopsided pauses between requests are (skewness of their logarithm)'],
    'repeated-share': [1, 'share of pauses exactly like the one before'],
    'repeated-share.1h': [1, 'share of pauses exactly like the one before, last hour'],
    'repeated-share.24h': [1, 'share of pauses exactly like the one before, last 24 hours'],
    'repeated-share.7d': [1, 'share of pauses exactly like the one before, last 7 days'],
    'near-share': [0, 'share of pauses within 5 % of the one before'],
    'steady-minutes': [0, 'longest time with every pause within 5 % of the one before, minutes'],
    entropy: [0, 'variety of pauses over the month, bits'],
    'session-entropy': [0, 'variety of pauses while at it, bits'],
    ce: [0, 'what a pause leaves open about the next, bits'],
    cce: [0, 'what pauses leave open about the next, corrected for few data, bits'],
    phase: [0, 'how much requests keep to round times (0 not at all, 1 always)'],
    harmonic: [0, 'how well pauses keep to multiples of the commonest one (1 exactly)'],
    'lag-1': [0, 'how like each pause is to the next (correlation)'],
    burstiness: [0, 'burstiness of requests (-1 a clock, 0 chance, 1 bursts)'],
    memory: [0, 'memory of pauses over the month (correlation of each with the next)'],
    'day-spread': [0, 'how much days differ in pauses (standard deviation of the logarithm)'],
  },
  (look, put) => {
    const lists = ofRoute(look, routes.list);
    if (lists.length === 0) return;
    for (const name of windowNames) put(`lists.${name}`, countWithin(look, routes.list, windows[name]));
    const sessions = gather(lists, look);
    if (sessions.polls >= leastIntervals) {
      put('rate', (sessions.polls * minuteMs) / Math.max(1, sessions.wholeMs));
      put('session-minutes', sessions.longestMs / minuteMs);
    }
    put('phase', phaseConcentration(lists, look.clockMs));
    if (all.n >= leastIntervals) {
      const { ce, cce } = conditionalEntropy(all.logTwo, all.n);
      put('ce', ce);
      put('cce', cce);
      put('entropy', intervalEntropy(all.logTwo, all.n));
      put('burstiness', burstiness(all.ms, all.n));
      put('memory', lagOne(all.ms, all.n));
    }
    if (inside.n < leastIntervals) return;
    put('repeated-share', repeatedShare(look.clockMs, Number.POSITIVE_INFINITY));
    for (const name of windowNames) put(`repeated-share.${name}`, repeatedShare(look.clockMs, windows[name]));
    const runs = nearRuns(look.clockMs);
    put('near-share', runs.share);
    put('steady-minutes', runs.longestMs / minuteMs);
    sorted.set(inside.ms.subarray(0, inside.n));
    sorted.subarray(0, inside.n).sort();
    put('q10', quantile(sorted, inside.n, 0.1));
    put('median', quantile(sorted, inside.n, 0.5));
    put('q90', quantile(sorted, inside.n, 0.9));
    put('spread', standardDeviation(inside.log, inside.n));
    put('skew', skewness(inside.log, inside.n));
    put('lag-1', lagOne(inside.log, inside.n));
    put('session-entropy', intervalEntropy(inside.logTwo, inside.n));
    put('harmonic', harmonicPeak(sorted, inside.n));
    put('day-spread', daySpread(inside.age, inside.log, inside.n, leastIntervals));
  },
);
