import type { Pick, Point } from './read-trace.ts';
import { mean, spread } from './statistics.ts';

/** A movement is what is left of a way after its last rest: pages may report moves as rarely as ten times a second. */
const restMs = 250;
const fewestPoints = 6;
const shortestChord = 0.06;
/** Steps below this are mostly the rounding to pixels, which says nothing about direction. */
const shortestStep = 0.006;

interface Movement {
  tookMs: number;
  chord: number;
  length: number;
  /** Between points, in widths per second. */
  speeds: readonly number[];
  /** Where in the time of the movement its greatest speed lies, 0 to 1. */
  peakAt: number;
  /** Of the turns between long steps: how many are none, and how many go the other way than the one before. */
  straight: number | undefined;
  wavering: number | undefined;
  /** Greatest distance from the straight line, in chords. */
  bow: number;
}

const lastMovement = (way: readonly Point[], press: Point): readonly Point[] => {
  const points = [...way, press];
  let start = points.length - 1;
  while (start > 0 && (points[start]?.t ?? 0) - (points[start - 1]?.t ?? 0) <= restMs) start -= 1;
  return points.slice(start);
};

const measureTurns = (points: readonly Point[]) => {
  let previous: { dx: number; dy: number; size: number } | undefined;
  let [turns, none, flips, side] = [0, 0, 0, 0];
  let from = points[0];
  for (const point of points) {
    if (!from) break;
    const [dx, dy] = [point.x - from.x, point.y - from.y];
    const size = Math.hypot(dx, dy);
    if (size < shortestStep) continue;
    if (previous) {
      const sine = (previous.dx * dy - previous.dy * dx) / (previous.size * size);
      turns += 1;
      if (Math.abs(sine) < 0.02) none += 1;
      else {
        if (side !== 0 && Math.sign(sine) !== side) flips += 1;
        side = Math.sign(sine);
      }
    }
    previous = { dx, dy, size };
    from = point;
  }
  if (turns < 4) return { straight: undefined, wavering: undefined };
  return { straight: none / turns, wavering: flips / turns };
};

const measure = (points: readonly Point[]): Movement | undefined => {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < fewestPoints) return undefined;
  const chord = Math.hypot(last.x - first.x, last.y - first.y);
  const tookMs = last.t - first.t;
  if (chord < shortestChord || tookMs <= 0) return undefined;
  let [length, peak, peakAt, bow] = [0, 0, 0, 0];
  const speeds: number[] = [];
  for (const [index, point] of points.entries()) {
    const before = points[index - 1];
    if (!before) continue;
    const step = Math.hypot(point.x - before.x, point.y - before.y);
    const speed = (step / Math.max(1, point.t - before.t)) * 1_000;
    length += step;
    speeds.push(speed);
    if (speed > peak) [peak, peakAt] = [speed, (point.t - first.t) / tookMs];
    const across = (point.x - first.x) * (last.y - first.y) - (point.y - first.y) * (last.x - first.x);
    bow = Math.max(bow, Math.abs(across) / chord / chord);
  }
  return { tookMs, chord, length, speeds, peakAt, bow, ...measureTurns(points) };
};

/** Rises and falls of the speed that are more than noise. */
const countBursts = (speeds: readonly number[]): number => {
  const at = (index: number) => speeds[Math.min(speeds.length - 1, Math.max(0, index))] ?? 0;
  const smooth = speeds.map((speed, index) => (at(index - 1) + speed + at(index + 1)) / 3);
  const enough = 0.15 * Math.max(...smooth);
  let [bursts, low, high, rising] = [0, 0, 0, true];
  for (const speed of smooth) {
    if (rising) {
      high = Math.max(high, speed);
      if (speed < high - enough) [rising, low, bursts] = [false, speed, bursts + 1];
    } else {
      low = Math.min(low, speed);
      if (speed > low + enough) [rising, high] = [true, speed];
    }
  }
  return bursts;
};

const log = (value: number, floor: number) => Math.log(Math.max(value, floor));
const known = (values: readonly (number | undefined)[]) => values.filter((value) => value !== undefined);

/** How the pointer came to the picks: of the movements that are long enough to say something. */
export const wayFeatures = (picks: readonly Pick[]): Record<string, number | undefined> => {
  const reached = picks.flatMap(({ way, press }) => (press && way.length > 0 ? [{ way, press }] : []));
  if (reached.length === 0) return {};
  const movements = reached.flatMap(({ way, press }) => measure(lastMovement(way, press)) ?? []);
  const jumps = reached.map(({ way, press }) => {
    const last = way.at(-1) ?? press;
    return { far: Math.hypot(press.x - last.x, press.y - last.y), late: press.t - last.t };
  });
  const jump = {
    'way.jump': log(Math.max(...jumps.map(({ far }) => far)), 0.001),
    'way.rest': mean(jumps.map(({ late }) => log(late, 1))),
  };
  if (movements.length < 2) return jump;
  const of = (value: (movement: Movement) => number) => movements.map(value);
  return {
    ...jump,
    'way.length': mean(of(({ length, chord }) => log(length / chord - 1, 0.0005))),
    'way.bow': mean(of(({ bow }) => log(bow, 0.002))),
    'way.straight': mean(known(movements.map(({ straight }) => straight))),
    'way.wavering': mean(known(movements.map(({ wavering }) => wavering))),
    'way.peak': mean(of(({ peakAt }) => peakAt)),
    'way.evenness': mean(of(({ speeds }) => (mean(speeds) ?? 0) / Math.max(...speeds))),
    'way.bursts': log(mean(of(({ speeds }) => countBursts(speeds))) ?? 1, 0.5),
    'way.pace': mean(of(({ tookMs, chord }) => log(chord / tookMs, 1e-6))),
    'way.pace-spread': log(spread(of(({ tookMs, chord }) => log(chord / tookMs, 1e-6))) ?? 0, 0.01),
    'way.time-spread': log(spread(of(({ tookMs }) => log(tookMs, 1))) ?? 0, 0.01),
  };
};
