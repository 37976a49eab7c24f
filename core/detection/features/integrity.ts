import { type LoggedEvent, routes, verdicts } from '../activity/logged-event.ts';
import { type Look, ofRoute, wholeSince } from './look.ts';
import { measured } from './measured.ts';
import { leastClaims, quantile, smoothedShare, standardDeviation } from './statistics.ts';

const leastEvents = 8;
const leastPointers = 10;
/** A claim follows something that was touched or opened so shortly before. */
const touchedWithinMs = 120_000;
/** Another phone within this time is not a change of phones but two at work. */
const switchWithinMs = 600_000;
/** A clock coarser than this cannot tell how long after a touch a claim came. */
const coarsestClockMs = 100;

const capacity = 512;
const values = new Float64Array(capacity);
const logs = new Float64Array(capacity);
const byVerdict = new Uint32Array(4);

const countVerdicts = (look: Look): number => {
  byVerdict.fill(0);
  let all = 0;
  for (const events of look.events)
    for (const { verdict } of events) {
      byVerdict[verdict] = (byVerdict[verdict] as number) + 1;
      all += 1;
    }
  return all;
};

const keysSeen = new Set<number>();
const devicesSeen = new Set<number>();

/** Keys and phones that occur, and how often another phone follows within a short time. */
const countPhones = (events: readonly LoggedEvent[]) => {
  keysSeen.clear();
  devicesSeen.clear();
  let keyed = 0;
  let known = 0;
  let switches = 0;
  let [lastKey, lastDevice, lastAt] = [0, 0, 0];
  for (const { at, key, device } of events) {
    if (key !== 0) {
      keyed += 1;
      if (key !== lastKey) keysSeen.add(key);
      lastKey = key;
    }
    if (device === 0) continue;
    known += 1;
    if (device !== lastDevice) {
      devicesSeen.add(device);
      if (lastDevice !== 0 && at - lastAt < switchWithinMs) switches += 1;
    }
    lastDevice = device;
    lastAt = at;
  }
  return { keyed, known, switches };
};

/** Claims with nothing opened or touched before, of those since the app first told such things. */
const silentShare = (look: Look, claims: readonly LoggedEvent[]): number => {
  const views = ofRoute(look, routes.view);
  const pointers = ofRoute(look, routes.pointer);
  const told = Math.min(views[0]?.at ?? Infinity, pointers[0]?.at ?? Infinity);
  const since = Math.max(told, wholeSince(look, routes.view, routes.pointer) + touchedWithinMs);
  let [view, pointer, silent, all] = [0, 0, 0, 0];
  for (const { at } of claims) {
    if (!(at >= since)) continue;
    while (view < views.length && (views[view] as LoggedEvent).at <= at) view += 1;
    while (pointer < pointers.length && (pointers[pointer] as LoggedEvent).at <= at) pointer += 1;
    const latest = Math.max(views[view - 1]?.at ?? -Infinity, pointers[pointer - 1]?.at ?? -Infinity);
    all += 1;
    if (at - latest > touchedWithinMs) silent += 1;
  }
  return all < leastClaims ? Number.NaN : smoothedShare(silent, all, 0.1, 10);
};

/** Fills `values` with the time from the last touch to each claim; returns how many there are. */
const gatherLags = (look: Look, claims: readonly LoggedEvent[]): number => {
  if (look.clockMs > coarsestClockMs) return 0;
  const pointers = ofRoute(look, routes.pointer);
  let [pointer, n] = [0, 0];
  for (const { at } of claims) {
    while (pointer < pointers.length && (pointers[pointer] as LoggedEvent).at <= at) pointer += 1;
    const lag = at - (pointers[pointer - 1]?.at ?? -Infinity);
    if (lag > touchedWithinMs) continue;
    values[n] = lag;
    n += 1;
  }
  return n;
};

const gatherHolds = (pointers: readonly LoggedEvent[]): number => {
  let n = 0;
  for (const { holdMs } of pointers) {
    if (Number.isNaN(holdMs)) continue;
    values[n] = holdMs;
    logs[n] = Math.log(Math.max(1, holdMs));
    n += 1;
  }
  return n;
};

/** A place as one number: no screen has a billion points. */
const row = 1e9;
const distinctPlaces = (pointers: readonly LoggedEvent[]): number => {
  let known = 0;
  for (const { x, y } of pointers) {
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    values[known] = x * row + y;
    known += 1;
  }
  if (known < leastPointers) return Number.NaN;
  values.subarray(0, known).sort();
  let distinct = 1;
  for (let index = 1; index < known; index += 1) if (values[index] !== values[index - 1]) distinct += 1;
  return distinct / known;
};

/** Whether a genuine phone with the genuine app is at work, in a hand. */
export const integrity = measured(
  'integrity',
  {
    'failed-share': [1, 'share of attestations that failed'],
    'basic-share': [0, 'share of attestations of a basic kind'],
    'unknown-share': [0, 'share of events without an attestation, of an account that has some'],
    keys: [0, 'attested keys in use'],
    devices: [0, 'phones in use'],
    'device-switches': [0, 'changes between phones within 10 minutes, per 100 events'],
    'silent-share': [0, 'share of claims with nothing opened or touched in the 2 minutes before'],
    'hold-q05': [0, 'touch that 5 % of touches are shorter than, ms'],
    'hold-median': [0, 'median length of a touch, ms'],
    'hold-spread': [0, 'how much the length of touches varies (standard deviation of the logarithm)'],
    'distinct-places': [0, 'share of touches at a place of their own'],
    'touch-lag': [0, 'median time from a touch to the claim, ms'],
  },
  (look, put) => {
    const all = countVerdicts(look);
    const known = all - (byVerdict[verdicts.unknown] as number);
    if (known >= leastEvents) {
      put('failed-share', smoothedShare(byVerdict[verdicts.failed] as number, known, 0.02, 10));
      put('basic-share', smoothedShare(byVerdict[verdicts.basic] as number, known, 0.2, 5));
      put('unknown-share', smoothedShare(all - known, all, 0.1, 5));
    }
    const phones = countPhones(look.timeline());
    if (phones.keyed >= leastEvents) put('keys', keysSeen.size);
    if (phones.known >= leastEvents) {
      put('devices', devicesSeen.size);
      put('device-switches', (100 * phones.switches) / phones.known);
    }
    const claims = ofRoute(look, routes.claim);
    put('silent-share', silentShare(look, claims));
    const lags = gatherLags(look, claims);
    if (lags >= leastClaims) put('touch-lag', quantile(values.subarray(0, lags).sort(), lags, 0.5));
    const pointers = ofRoute(look, routes.pointer);
    put('distinct-places', distinctPlaces(pointers));
    const holds = gatherHolds(pointers);
    if (holds < leastPointers) return;
    put('hold-spread', standardDeviation(logs, holds));
    values.subarray(0, holds).sort();
    put('hold-q05', quantile(values, holds, 0.05));
    put('hold-median', quantile(values, holds, 0.5));
  },
);
