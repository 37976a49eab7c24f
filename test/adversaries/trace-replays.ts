import type { Trace, TraceEvent } from '#contract/challenge-trace.ts';
import type { TraceAdversary, TraceTask } from './trace-adversaries.ts';

interface Spot {
  x: number;
  y: number;
}

const normal = (chance: () => number) =>
  Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());

/** The first old pick becomes the first new one; what was picked by mistake becomes another mistake. */
const renamed = (
  events: readonly TraceEvent[],
  task: TraceTask,
  picks: readonly number[],
  oldPicks: readonly number[],
) => {
  const mistakes = Array.from({ length: task.choices }, (_, n) => n).filter((n) => !picks.includes(n));
  return events.map((event) => {
    if (event.n === undefined) return event;
    const n = picks[oldPicks.indexOf(event.n)] ?? mistakes[event.n % Math.max(1, mistakes.length)] ?? 0;
    return { ...event, n };
  });
};

const located = (event: TraceEvent): event is TraceEvent & Spot =>
  event.x !== undefined && event.y !== undefined;

const inside = (value: number) => Math.min(2, Math.max(-1, value));

/** As the contract wants it: whole milliseconds in order, and nothing far outside of the picture. */
const sent = (recorded: Trace, events: readonly TraceEvent[]): Trace => {
  let latest = 0;
  const proper = events.map((event) => {
    latest = Math.max(latest, Math.round(event.t));
    return { ...event, t: latest, ...(located(event) && { x: inside(event.x), y: inside(event.y) }) };
  });
  return { ...recorded, events: proper };
};

/** Bends the way to each press so that the press lands in the new place; the further from it, the less it moves. */
const moved = (events: readonly TraceEvent[], places: TraceTask['places']): TraceEvent[] => {
  if (!places) return [...events];
  const presses = events.flatMap((event, index) => {
    if (event.e !== 'down' || !located(event)) return [];
    const next = events.slice(index).find(({ e }) => e === 'pick' || e === 'unpick' || e === 'move');
    const place = next?.n === undefined ? undefined : places[next.n];
    // People do not hit the centre: the new presses miss it by as much as these are apart from round coordinates.
    const [missX, missY] = [(event.x * 997) % 0.04, (event.y * 991) % 0.04];
    return place
      ? [{ t: event.t, x: place.x + missX - 0.02 - event.x, y: place.y + missY - 0.02 - event.y }]
      : [];
  });
  return events.map((event) => {
    if (!located(event) || presses.length === 0) return event;
    const after = presses.find(({ t }) => t >= event.t) ?? presses.at(-1);
    const before = presses.findLast(({ t }) => t < event.t) ?? after;
    if (!after || !before) return event;
    const share =
      after.t <= before.t ? 1 : Math.min(1, Math.max(0, (event.t - before.t) / (after.t - before.t)));
    const smooth = event.e === 'up' ? 0 : share * share * (3 - 2 * share);
    const shift = (from: number, to: number) => from + (to - from) * smooth;
    return {
      ...event,
      x: event.x + shift(before.x, after.x),
      y: event.y + shift(before.y, after.y),
    };
  });
};

const jittered = (events: readonly TraceEvent[], ms: number, space: number, chance: () => number) =>
  events.map((event) => ({
    ...event,
    t: Math.max(0, event.t + ms * normal(chance)),
    ...(located(event) && { x: event.x + space * normal(chance), y: event.y + space * normal(chance) }),
  }));

/** The clip ends when this one would; what came after its end comes as long after it. */
const fitted = (events: readonly TraceEvent[], durationMs: number): TraceEvent[] => {
  const [play, end] = [events.find(({ e }) => e === 'play'), events.find(({ e }) => e === 'end')];
  if (!play || !end) return [...events];
  const shift = play.t + durationMs + 20 - end.t;
  return events.map((event) =>
    event.t >= end.t ? { ...event, t: Math.max(play.t, event.t + shift) } : event,
  );
};

/** Every stretch between two presses takes a little longer or shorter, evenly. */
const warped = (events: readonly TraceEvent[], chance: () => number): TraceEvent[] => {
  let [clock, before, factor] = [0, 0, 1];
  return events.map((event) => {
    clock += (event.t - before) * factor;
    before = event.t;
    if (event.e === 'pick') factor = Math.max(0.7, 1 + 0.08 * normal(chance));
    return { ...event, t: clock };
  });
};

export const replayAdversaries: readonly TraceAdversary[] = [
  {
    name: 'replayer',
    method: 'sends a trace that passed again, with the new picks in it',
    trace: (task, picks, recorded, old) => sent(recorded, renamed(recorded.events, task, picks, old)),
  },
  {
    name: 'jitterer',
    method: 'the same with noise of 15 ms and a hundredth of the picture on every event',
    trace: (task, picks, recorded, old, chance) =>
      sent(recorded, jittered(renamed(recorded.events, task, picks, old), 15, 0.01, chance)),
  },
  {
    name: 'rescaler',
    method: 'moves the presses and ways of a trace that passed to the new places',
    trace: (task, picks, recorded, old) =>
      sent(recorded, moved(renamed(recorded.events, task, picks, old), task.places)),
  },
  {
    name: 'jittering rescaler',
    method:
      'the same with the clip of the right length and noise of 10 ms and a few thousandths of the picture',
    trace: (task, picks, recorded, old, chance) => {
      const events = moved(fitted(renamed(recorded.events, task, picks, old), task.durationMs), task.places);
      return sent(recorded, jittered(events, 10, 0.003, chance));
    },
  },
  {
    name: 'warping rescaler',
    method: 'the same with smoothly changed times instead of noise: the best copy that we know',
    trace: (task, picks, recorded, old, chance) => {
      const events = moved(warped(renamed(recorded.events, task, picks, old), chance), task.places);
      return sent(recorded, fitted(events, task.durationMs));
    },
  },
];
