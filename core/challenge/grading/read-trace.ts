import type { Trace, TraceEvent } from '#contract/challenge-trace.ts';

/**
 * How the picks were made, by what the trace shows and not by what it says of itself: `pointer` and `touch` with
 * presses of their own, `keys` with keys, and `bare` without either, which is what assistive technology sends: a click
 * that begins and ends at once in the very centre.
 */
export type InputKind = 'pointer' | 'touch' | 'keys' | 'bare';

export interface Point {
  t: number;
  x: number;
  y: number;
}

export interface Pick {
  n: number | undefined;
  /** When the hand decided: the press where there is one, else the pick itself. */
  t: number;
  /** How long the press was held, in milliseconds. */
  held: number | undefined;
  press: Point | undefined;
  /** The way of the pointer since the press before, without the press. */
  way: readonly Point[];
  /** The choice that had the focus. */
  focus: number | undefined;
  /** Taken back later. */
  undone: boolean;
}

/** A stretch of time in which the clip ran, and where in the clip it began. */
interface Run {
  from: number;
  to: number;
  position: number;
  ended: boolean;
}

export interface TraceReading {
  kind: InputKind;
  picks: readonly Pick[];
  /** Times of everything that picked or took back. */
  acts: readonly number[];
  keys: readonly number[];
  runs: readonly Run[];
}

/** A press that ends so soon was made by a program: assistive technology, or a bot that looks like it. */
const syntheticMs = 3;

const readRuns = (events: readonly TraceEvent[]): Run[] => {
  const runs: Run[] = [];
  let open: { from: number; position: number } | undefined;
  let paused = 0;
  const close = (to: number, ended: boolean) => {
    if (open) runs.push({ ...open, to, ended });
    open = undefined;
  };
  for (const { t, e } of events) {
    if (e === 'play') {
      close(t, false);
      open = { from: t, position: paused };
      paused = 0;
    } else if (e === 'pause' && open) {
      paused = open.position + t - open.from;
      close(t, false);
    } else if (e === 'end') {
      close(t, true);
      paused = 0;
    }
  }
  close(Number.POSITIVE_INFINITY, false);
  return runs;
};

const hasPlace = (event: TraceEvent): event is TraceEvent & Point =>
  event.x !== undefined && event.y !== undefined;

const kindOf = (input: Trace['input'], picks: readonly Pick[], keys: number): InputKind => {
  const pressed = picks.filter(({ held }) => held !== undefined && held > syntheticMs).length;
  if (pressed * 2 >= picks.length && pressed > 0) return input === 'touch' ? 'touch' : 'pointer';
  return keys > 0 ? 'keys' : 'bare';
};

/** One walk over a trace: what was picked, by which movement, and when the clip ran. */
export const readTrace = ({ input, events }: Trace): TraceReading => {
  const picks: Pick[] = [];
  const acts: number[] = [];
  const keys: number[] = [];
  let way: Point[] = [];
  let down: TraceEvent | undefined;
  let up: TraceEvent | undefined;
  let focus: number | undefined;
  for (const event of events) {
    const { t, e, n } = event;
    if (e === 'move' && hasPlace(event) && !down) way.push(event);
    else if (e === 'down') [down, up] = [event, undefined];
    else if (e === 'up') {
      const last = picks.at(-1);
      if (down) up = event;
      // A page that picks on the way down.
      else if (last?.press && last.held === undefined) last.held = t - last.t;
    } else if (e === 'key') keys.push(t);
    else if (e === 'focus') focus = n;
    else if (e === 'pick' || e === 'unpick') {
      const pressedAt = down?.t ?? t;
      acts.push(pressedAt);
      if (e === 'unpick') {
        const taken = picks.findLast((pick) => pick.n === n && !pick.undone);
        if (taken) taken.undone = true;
      } else {
        const press = down && hasPlace(down) ? down : undefined;
        const held = down && up ? up.t - down.t : undefined;
        picks.push({ n, t: pressedAt, held, press, way, focus, undone: false });
      }
      [down, up, way] = [undefined, undefined, []];
    }
    // A press that picked nothing is over: what moves now is on its way to the next.
    if (up && down && t > up.t + 100) [down, up] = [undefined, undefined];
  }
  return { kind: kindOf(input, picks, keys.length), picks, acts, keys, runs: readRuns(events) };
};

/**
 * When a person could have seen or heard what comes `momentMs` into the clip: the earliest time of the trace, infinity
 * for never, nothing where the trace does not say when the clip ran. A clip that a slow phone stretched is stretched
 * here too.
 */
export const firstShown = (
  runs: readonly Run[],
  momentMs: number,
  durationMs: number,
): number | undefined => {
  if (runs.length === 0) return undefined;
  let first = Number.POSITIVE_INFINITY;
  for (const { from, to, position, ended } of runs) {
    const took = to - from;
    const slow = ended && position === 0 ? Math.max(1, took / durationMs) : 1;
    const at = from + (momentMs - position) * slow;
    if (momentMs >= position && at <= to) first = Math.min(first, at);
  }
  return first;
};
