import type { LoggedEvent } from '../activity/logged-event.ts';
import { routes } from '../activity/logged-event.ts';
import { type Look, ofRoute, wholeSince, windowNames, windows } from './look.ts';
import { measured } from './measured.ts';
import { daySpread, lagOne, leastClaims, quantile, smoothedShare, standardDeviation } from './statistics.ts';

/** Seeing, deciding and touching take a person longer: simple reactions alone are a quarter of a second. */
const fastMs = 350;
/** Later than so long after the account's last look at offers, a claim does not answer it. */
const seenWithinMs = 600_000;
/** A clock coarser than this cannot tell reactions. */
const coarsestClockMs = 100;

const capacity = 512;
const sinceSeen = new Float64Array(capacity);
const latency = new Float64Array(capacity);
const logLatency = new Float64Array(capacity);
const age = new Float64Array(capacity);
const sorted = new Float64Array(capacity);

/** Time from the last list or view to each claim; Infinity without one. */
const measureSinceSeen = (look: Look, claims: readonly LoggedEvent[]): void => {
  const lists = ofRoute(look, routes.list);
  const views = ofRoute(look, routes.view);
  let [list, view] = [0, 0];
  for (let index = 0; index < claims.length; index += 1) {
    const { at } = claims[index] as LoggedEvent;
    while (list < lists.length && (lists[list] as LoggedEvent).at <= at) list += 1;
    while (view < views.length && (views[view] as LoggedEvent).at <= at) view += 1;
    const listed = lists[list - 1]?.at ?? Number.NEGATIVE_INFINITY;
    sinceSeen[index] = at - Math.max(listed, views[view - 1]?.at ?? Number.NEGATIVE_INFINITY);
  }
};

/** Fills the buffers with latencies in the order of the claims; returns how many there are. */
const gather = (look: Look, claims: readonly LoggedEvent[]): number => {
  let told = 0;
  for (const { latencyMs } of claims) if (!Number.isNaN(latencyMs)) told += 1;
  const isTold = told * 2 >= claims.length;
  if (!isTold && look.clockMs > coarsestClockMs) return 0;
  let n = 0;
  for (let index = 0; index < claims.length; index += 1) {
    const claim = claims[index] as LoggedEvent;
    const ms = isTold ? claim.latencyMs : (sinceSeen[index] as number);
    if (!(ms <= seenWithinMs)) continue;
    latency[n] = ms;
    logLatency[n] = Math.log(Math.max(1, ms));
    age[n] = look.at - claim.at;
    n += 1;
  }
  return n;
};

const fastShare = (n: number, withinMs: number): number => {
  let [fast, all] = [0, 0];
  for (let index = 0; index < n; index += 1) {
    if ((age[index] as number) >= withinMs) continue;
    all += 1;
    if ((latency[index] as number) < fastMs) fast += 1;
  }
  return all < leastClaims ? Number.NaN : smoothedShare(fast, all, 0.02, 10);
};

/** Of the claims whose past is wholly kept, those that nobody looked at offers before. */
const unseenShare = (look: Look, claims: readonly LoggedEvent[]): number => {
  if (ofRoute(look, routes.list).length + ofRoute(look, routes.view).length === 0) return Number.NaN;
  const since = wholeSince(look, routes.list, routes.view) + seenWithinMs;
  let [unseen, all] = [0, 0];
  for (let index = 0; index < claims.length; index += 1) {
    if ((claims[index] as LoggedEvent).at < since) continue;
    all += 1;
    if ((sinceSeen[index] as number) > seenWithinMs) unseen += 1;
  }
  return all < leastClaims ? Number.NaN : smoothedShare(unseen, all, 0.05, 10);
};

/** How fast claims follow what the phone showed: as the app told it or, without that, from the account's last look. */
export const reaction = measured(
  'reaction',
  {
    'fast-share': [1, 'share of claims faster than 0.35 s after the offer appeared'],
    'fast-share.1h': [1, 'share of claims faster than 0.35 s, last hour'],
    'fast-share.24h': [1, 'share of claims faster than 0.35 s, last 24 hours'],
    'fast-share.7d': [1, 'share of claims faster than 0.35 s, last 7 days'],
    floor: [0, 'fastest claim, ms'],
    q05: [0, 'time to claim that 5 % of claims stay under, ms'],
    q25: [0, 'time to claim that a quarter of claims stay under, ms'],
    median: [0, 'median time to claim, ms'],
    spread: [0, 'how much times to claim vary (standard deviation of their logarithm)'],
    tail: [0, 'how slow the slowest claims are against the median (logarithm of the ratio)'],
    'lag-1': [0, 'how like each time to claim is to the next (correlation)'],
    'day-spread': [0, 'how much days differ in time to claim (standard deviation of the logarithm)'],
    'unseen-share': [0, 'share of claims without a look at offers in the 10 minutes before'],
  },
  (look, put) => {
    const claims = ofRoute(look, routes.claim);
    measureSinceSeen(look, claims);
    put('unseen-share', unseenShare(look, claims));
    const n = gather(look, claims);
    if (n < leastClaims) return;
    put('fast-share', fastShare(n, Number.POSITIVE_INFINITY));
    for (const name of windowNames) put(`fast-share.${name}`, fastShare(n, windows[name]));
    sorted.set(latency.subarray(0, n));
    sorted.subarray(0, n).sort();
    const median = quantile(sorted, n, 0.5);
    put('floor', sorted[0] as number);
    put('q05', quantile(sorted, n, 0.05));
    put('q25', quantile(sorted, n, 0.25));
    put('median', median);
    put('spread', standardDeviation(logLatency, n));
    put('tail', Math.log(Math.max(1, quantile(sorted, n, 0.95)) / Math.max(1, median)));
    put('lag-1', lagOne(logLatency, n));
    put('day-spread', daySpread(age, logLatency, n, 3));
  },
);
