import type { Trace, TraceEvent } from '#contract/challenge-trace.ts';

export interface Recorder {
  note(what: TraceEvent['e'], n?: number): void;
  finish(): Trace;
}

/** As the contract takes them. */
const mostEvents = 600;
const longestMs = 600_000;
/** Beyond it every second move is left out, so that what happens later is kept as well. */
const mostMoves = 450;
/** 25 a second: enough to tell a hand from a line. */
const firstMoveEveryMs = 40;

const inputOf = (pointerType: string): Trace['input'] =>
  pointerType === 'mouse' || pointerType === 'touch' || pointerType === 'pen' ? pointerType : 'other';

/**
 * How a task is solved, from now until `shown` ends. Of keys only that one was pressed, never which; nothing from
 * outside this page. Places are in units of `surface`.
 */
export const recordTrace = (surface: HTMLElement, shown: AbortSignal): Recorder => {
  const startedAt = performance.now();
  let events: TraceEvent[] = [];
  let input: Trace['input'] = 'other';
  let moves = 0;
  let moveEveryMs = firstMoveEveryMs;
  let movedAt = Number.NEGATIVE_INFINITY;
  let keyedAt = Number.NEGATIVE_INFINITY;

  const add = (event: Omit<TraceEvent, 't'>) => {
    const t = Math.round(performance.now() - startedAt);
    if (t <= longestMs && events.length < mostEvents) events.push({ t, ...event });
  };
  const thin = () => {
    let seen = 0;
    events = events.filter(({ e }) => e !== 'move' || seen++ % 2 === 0);
    moves = Math.ceil(moves / 2);
    moveEveryMs *= 2;
  };
  const place = ({ clientX, clientY }: PointerEvent) => {
    const { left, top, width, height } = surface.getBoundingClientRect();
    const unit = (value: number) => Math.round(Math.min(2, Math.max(-1, value)) * 1e4) / 1e4;
    return width && height ? { x: unit((clientX - left) / width), y: unit((clientY - top) / height) } : {};
  };
  const pointer = (e: 'move' | 'down' | 'up') => (event: PointerEvent) => {
    input = inputOf(event.pointerType);
    if (e === 'move') {
      const now = performance.now();
      if (now - movedAt < moveEveryMs) return;
      movedAt = now;
      moves += 1;
      if (moves > mostMoves) thin();
    }
    add({ e, ...place(event) });
  };
  const options = { signal: shown, passive: true, capture: true };
  addEventListener('pointermove', pointer('move'), options);
  addEventListener('pointerdown', pointer('down'), options);
  addEventListener('pointerup', pointer('up'), options);
  addEventListener(
    'keydown',
    ({ repeat }) => {
      input = 'keyboard';
      keyedAt = performance.now();
      if (!repeat) add({ e: 'key' });
    },
    options,
  );
  addEventListener(
    'click',
    ({ detail }) => {
      // Pressed by neither pointer nor key: assistive technology did it for somebody.
      if (detail === 0 && performance.now() - keyedAt > 1_000) input = 'other';
    },
    options,
  );
  return {
    note: (e, n) => add({ e, ...(n !== undefined && { n }) }),
    finish: () => ({ v: 1, input, events: [...events] }),
  };
};
