import type { Trace, TraceEvent } from '#contract/challenge-trace.ts';
import type { TraceAdversary, TraceTask } from './trace-adversaries.ts';

type Chance = () => number;

const normal = (chance: Chance) => Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
const logNormal = (chance: Chance, median: number, sigma: number) =>
  median * Math.exp(sigma * normal(chance));

interface Script {
  input: Trace['input'];
  /** When the first pick is begun, given the length of the clip. */
  begin: number;
  pause: () => number;
  hold: () => number;
  /** Around the centre of a place, in widths of the picture. */
  scatter: number;
  /** Milliseconds of one movement; none: the pointer is suddenly there. */
  travel: (() => number) | undefined;
}

/** A trace out of nothing: no person was recorded, and what the clip shows is not known. */
const made = (task: TraceTask, picks: readonly number[], chance: Chance, script: Script): Trace => {
  const events: TraceEvent[] = [
    { t: 60, e: 'play' },
    { t: 60 + task.durationMs + Math.round(30 * chance()), e: 'end' },
  ];
  let t = script.begin;
  let [x, y] = [chance(), chance()];
  for (const n of picks) {
    t += script.pause();
    const place = task.places?.[n];
    const goal = place && {
      x: place.x + script.scatter * normal(chance),
      y: place.y + script.scatter * normal(chance),
    };
    if (goal && script.travel) {
      // Quadratic Bezier with one control point beside the line, slow at both ends.
      const took = script.travel();
      const side = 0.25 * normal(chance);
      const middle = { x: (x + goal.x) / 2 - side * (goal.y - y), y: (y + goal.y) / 2 + side * (goal.x - x) };
      for (let passed = 16; passed < took; passed += 16) {
        const s = (1 - Math.cos((Math.PI * passed) / took)) / 2;
        const at = (from: number, by: number, to: number) =>
          (1 - s) ** 2 * from + 2 * (1 - s) * s * by + s * s * to;
        events.push({ t: t + passed, e: 'move', x: at(x, middle.x, goal.x), y: at(y, middle.y, goal.y) });
      }
      t += took;
    }
    if (goal) [x, y] = [goal.x, goal.y];
    events.push({ t, e: script.input === 'keyboard' ? 'key' : 'down', ...goal });
    t += script.hold();
    if (script.input !== 'keyboard') events.push({ t, e: 'up', ...goal });
    events.push({ t, e: 'pick', n });
  }
  const inOrder = events
    .map((event) => ({ ...event, t: Math.round(event.t) }))
    .sort((a, b) => a.t - b.t)
    .slice(0, 600);
  return { v: 1, input: script.input, events: inOrder };
};

export const templateAdversaries: readonly TraceAdversary[] = [
  {
    name: 'click script',
    method: 'clicks the centres at even intervals, as a test framework does',
    trace: (task, picks, _recorded, _old, chance) =>
      made(task, picks, chance, {
        input: 'mouse',
        begin: 200,
        pause: () => 250,
        hold: () => 0,
        scatter: 0,
        travel: undefined,
      }),
  },
  {
    name: 'mouse template',
    method: 'Bezier curves and log-normal delays while the clip runs, without knowing its moments',
    trace: (task, picks, _recorded, _old, chance) =>
      made(task, picks, chance, {
        input: 'mouse',
        begin: logNormal(chance, 2_000, 0.4),
        pause: () => logNormal(chance, 700, 0.5),
        hold: () => logNormal(chance, 100, 0.35),
        scatter: 0.018,
        travel: () => logNormal(chance, 550, 0.25),
      }),
  },
  {
    name: 'patient mouse template',
    method: 'the same after the end of the clip',
    trace: (task, picks, _recorded, _old, chance) =>
      made(task, picks, chance, {
        input: 'mouse',
        begin: task.durationMs + logNormal(chance, 900, 0.5),
        pause: () => logNormal(chance, 700, 0.5),
        hold: () => logNormal(chance, 100, 0.35),
        scatter: 0.018,
        travel: () => logNormal(chance, 550, 0.25),
      }),
  },
  {
    name: 'patient touch template',
    method: 'taps with log-normal holds and delays after the end of the clip',
    trace: (task, picks, _recorded, _old, chance) =>
      made(task, picks, chance, {
        input: 'touch',
        begin: task.durationMs + logNormal(chance, 900, 0.5),
        pause: () => logNormal(chance, 1_200, 0.5),
        hold: () => logNormal(chance, 100, 0.35),
        scatter: 0.025,
        travel: undefined,
      }),
  },
  {
    name: 'key template',
    method: 'number keys with log-normal delays after the end of the clip',
    trace: (task, picks, _recorded, _old, chance) =>
      made(task, picks, chance, {
        input: 'keyboard',
        begin: task.durationMs + logNormal(chance, 900, 0.5),
        pause: () => logNormal(chance, 1_200, 0.5),
        hold: () => logNormal(chance, 20, 0.3),
        scatter: 0,
        travel: undefined,
      }),
  },
];
