import type { Trace, TraceEvent } from '#contract/challenge-trace.ts';
import type { Chance } from './chance.ts';

const mostEvents = 600;

/** Collects what happens on a page, in any order, and makes the trace of it that the page would send. */
export interface Page {
  add: (t: number, e: TraceEvent['e'], more?: { x?: number; y?: number; n?: number }) => void;
  /** `step`: of a coarse clock, in milliseconds; some browsers have one against fingerprinting. */
  trace: (input: Trace['input'], step?: number) => Trace;
}

const inside = (value: number) => Math.round(Math.min(2, Math.max(-1, value)) * 1e4) / 1e4;

/** Pages must not lose picks: of a trace that is too long every second move is left out. */
const thin = (events: TraceEvent[]): TraceEvent[] => {
  let kept = events;
  while (kept.length > mostEvents) {
    let moves = 0;
    const fewer = kept.filter(({ e }) => e !== 'move' || moves++ % 2 === 0);
    if (fewer.length === kept.length) return kept.slice(0, mostEvents);
    kept = fewer;
  }
  return kept;
};

export const emptyPage = (): Page => {
  const events: TraceEvent[] = [];
  return {
    add: (t, e, { x, y, n } = {}) => {
      const place = x === undefined || y === undefined ? {} : { x: inside(x), y: inside(y) };
      events.push({ t: Math.max(0, t), e, ...place, ...(n !== undefined && { n }) });
    },
    trace: (input, step = 1) => {
      const inOrder = events
        .map((event, order) => ({
          event: { ...event, t: Math.round(Math.floor(event.t / step) * step) },
          order,
        }))
        .sort((a, b) => a.event.t - b.event.t || a.order - b.order)
        .map(({ event }) => event);
      return { v: 1, input, events: thin(inOrder) };
    },
  };
};

/** The clip on a page, from `from` on: what people and browsers of bots leave in a trace alike. */
export const playClip = (page: Page, from: number, durationMs: number, chance: Chance): number => {
  // Pages count frames: a little late always, much on a slow phone.
  const slow = chance.happens(0.04) ? chance.between(1.03, 1.3) : 1 + Math.abs(chance.normal(0, 0.002));
  const end = from + durationMs * slow + chance.between(0, 40);
  page.add(from, 'play');
  page.add(end, 'end');
  return end;
};
