import type { Trace } from '#contract/challenge-trace.ts';
import type { TaskFacts } from '../task-facts.ts';
import { firstShown, type InputKind, type Pick, readTrace, type TraceReading } from './read-trace.ts';
import { gaps, mean, spread } from './statistics.ts';
import { wayFeatures } from './way-features.ts';

/** By name; what the trace does not show is absent. The part of a name before the dot is its group. */
export type Features = Readonly<Record<string, number>>;

type Group = Record<string, number | undefined>;

const log = (value: number, floor: number) => Math.log(Math.max(value, floor));
/** Seconds on a logarithmic scale, below 30 ms all alike. */
const logSeconds = (ms: number) => log(ms / 1_000, 0.03);
const meanOf = <T>(list: readonly T[], value: (item: T) => number) => mean(list.map(value));
const shareOf = <T>(list: readonly T[], test: (item: T) => boolean) =>
  list.length === 0 ? undefined : list.filter(test).length / list.length;

/**
 * A pick so long before its moment cannot follow from it. People do see where a van is going and know a sound before it
 * has ended; a right answer further ahead than that was not found by watching.
 */
const mostAheadMs = 350;

/**
 * Between moments that come at even times anybody's picks at an even pace fit as well as those of somebody who watched,
 * and so does a copy of another task's. Only times that vary so much (standard deviation) bind a trace to its task.
 */
const leastVarietyMs = 200;

const bindsTraces = ({ moments }: TaskFacts) => (spread(gaps(moments)) ?? 0) >= leastVarietyMs;

/** When each pick came, against when its answer could first be known. */
const knowingFeatures = ({ runs }: TraceReading, held: readonly Pick[], facts: TaskFacts): Group => {
  const end = firstShown(runs, facts.durationMs - 1, facts.durationMs) ?? Number.POSITIVE_INFINITY;
  const lags = held.flatMap(({ n, t }, index) => {
    const moment = facts.moments[index];
    if (n !== facts.answer[index] || moment === undefined) return [];
    const shown = firstShown(runs, moment, facts.durationMs);
    return shown === undefined ? [] : [{ lag: t - shown, moment, isLive: t < end }];
  });
  const isEarly = ({ lag }: { lag: number }) => lag < -mostAheadMs;
  // Where nothing says when the clip ran, it ran at the earliest when the task was shown.
  if (runs.length === 0) {
    const atBest = held.map(({ t }, index) => ({ lag: t - (facts.moments[index] ?? 0) }));
    return { 'knowing.early': shareOf(atBest, isEarly) };
  }
  if (lags.length < 2) return {};
  const first = held[0];
  const knowing = {
    'knowing.early': shareOf(lags, isEarly),
    'knowing.live': shareOf(lags, ({ isLive }) => isLive),
    'knowing.after-end': first && first.t >= end ? logSeconds(first.t - end) : undefined,
  };
  if (!bindsTraces(facts)) return knowing;
  const followed = lags.filter((one) => one.isLive && !isEarly(one));
  const live = followed.map(({ lag }) => lag);
  const apart = spread(gaps(followed.map(({ moment }) => moment)));
  const astray = spread(gaps(live));
  const last = lags.at(-1)?.lag ?? 0;
  return {
    ...knowing,
    'knowing.lag': meanOf(live, logSeconds),
    'knowing.fastest': live.length > 0 ? logSeconds(Math.min(...live)) : undefined,
    'knowing.slowest': live.length > 0 ? logSeconds(Math.max(...live)) : undefined,
    'knowing.steadiness': live.length > 2 ? logSeconds(spread(live) ?? 0) : undefined,
    'knowing.astray': apart && astray !== undefined ? log(astray / apart, 0.02) : undefined,
    'knowing.last': last >= -mostAheadMs ? logSeconds(last) : undefined,
  };
};

/** A run from the start to the end takes as long as the clip, or longer on a slow phone. */
const clipFeatures = ({ runs }: TraceReading, { durationMs }: TaskFacts): Group => {
  const whole = runs.find(({ ended, position }) => ended && position === 0);
  if (!whole) return {};
  const over = whole.to - whole.from - durationMs;
  return { 'clip.over': Math.sign(over) * Math.log1p(Math.abs(over) / 20) };
};

/** Timers of programs are set in round numbers, and screens show 60 pictures a second. */
const grids = [10, 16, 20, 25, 50, 100];

/** How much more often than by chance the times lie on a round grid, in standard deviations. */
const gridScore = (times: readonly number[]): number =>
  Math.max(
    ...grids.map((grid) => {
      const hits = times.filter((time) => time % grid === 0).length;
      const chance = 1 / grid;
      return (hits - times.length * chance) / Math.sqrt(times.length * chance * (1 - chance));
    }),
  );

const rhythmFeatures = ({ acts }: TraceReading): Group => {
  const between = gaps(acts);
  if (between.length < 2) return {};
  const logs = between.map(logSeconds);
  const pairs = between.flatMap((gap, index) =>
    between.slice(index + 1).map((other) => Math.abs(gap - other)),
  );
  return {
    'rhythm.gap': mean(logs),
    'rhythm.gap-spread': log(spread(logs) ?? 0, 0.01),
    'rhythm.shortest': logSeconds(Math.min(...between)),
    'rhythm.repeated': shareOf(pairs, (difference) => difference <= 2),
    'rhythm.grid': gridScore([...acts, ...between]),
  };
};

const pressFeatures = (picks: readonly Pick[]): Group => {
  const holds = picks.flatMap(({ held }) => held ?? []);
  if (holds.length < 3) return {};
  const logs = holds.map((hold) => log(hold / 1_000, 0.003));
  return {
    'press.hold': mean(logs),
    'press.hold-spread': log(spread(logs) ?? 0, 0.02),
    'press.grid': gridScore(holds),
  };
};

/** Where presses hit, against the place that they picked. */
const aimFeatures = (picks: readonly Pick[], places: TaskFacts['places']): Group => {
  if (!places) return {};
  const hits = picks.flatMap(({ n, press }) => {
    const place = n === undefined ? undefined : places[n];
    if (!press || !place) return [];
    const [dx, dy] = [press.x - place.x, press.y - place.y];
    const far = Math.hypot(dx, dy);
    const nearer = places.some(({ x, y }) => Math.hypot(press.x - x, press.y - y) < far * 0.8);
    return [{ dx, dy, far, missed: nearer || far > 0.25 }];
  });
  if (hits.length < 2) return {};
  const across = spread(hits.map(({ dx }) => dx)) ?? 0;
  const down = spread(hits.map(({ dy }) => dy)) ?? 0;
  return {
    'aim.missed': shareOf(hits, ({ missed }) => missed),
    'aim.off-centre': meanOf(hits, ({ far }) => log(far, 0.0005)),
    'aim.spread': log(Math.hypot(across, down), 0.0005),
  };
};

const keyFeatures = ({ keys, picks }: TraceReading): Group => {
  // A key that is held down repeats by itself, about 30 times a second.
  const between = gaps(keys).filter((gap) => gap > 60 && gap < 3_000);
  const focused = picks.filter(({ focus }) => focus !== undefined);
  const logs = between.map(logSeconds);
  return {
    'keys.gap': logs.length > 3 ? mean(logs) : undefined,
    'keys.gap-spread': logs.length > 3 ? log(spread(logs) ?? 0, 0.01) : undefined,
    'keys.shortest': logs.length > 3 ? Math.min(...logs) : undefined,
    'keys.strayed': focused.length > 1 ? shareOf(focused, ({ n, focus }) => n !== focus) : undefined,
  };
};

export interface TraceShape {
  kind: InputKind;
  /** Whether the task's moments are such that a trace of another task would not fit them. */
  binds: boolean;
  features: Features;
}

/** What a trace shows of how a task was solved: the same for training and for grading. */
export const traceFeatures = (facts: TaskFacts, trace: Trace): TraceShape => {
  const reading = readTrace(trace);
  const { kind, picks } = reading;
  const held = picks.filter(({ undone }) => !undone);
  const features: Record<string, number> = {};
  const add = (group: Group, suffix = '') => {
    for (const [name, value] of Object.entries(group))
      if (value !== undefined) features[`${name}${suffix}`] = value;
  };
  // What means something else with another kind of input is a feature of its own for each.
  const own = `/${kind}`;
  add(clipFeatures(reading, facts));
  add(knowingFeatures(reading, held, facts), own);
  add(rhythmFeatures(reading), own);
  if (kind === 'pointer' || kind === 'touch') {
    add(pressFeatures(picks), own);
    add(aimFeatures(picks, facts.places), own);
  }
  if (kind === 'pointer') add(wayFeatures(picks));
  if (kind === 'keys') add(keyFeatures(reading));
  return { kind, binds: bindsTraces(facts), features };
};
