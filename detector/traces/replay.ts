import type { Trace } from '#contract/challenge-trace.ts';
import type { TaskFacts } from '#core/challenge/task-facts.ts';
import type { Chance } from './chance.ts';
import type { Spot } from './hand.ts';
import { emptyPage } from './page.ts';

/** A trace of a person, and the task that it was made for. */
export interface Recording {
  trace: Trace;
  picks: readonly number[];
  facts: Pick<TaskFacts, 'durationMs' | 'places'>;
}

interface Changes {
  jitterMs?: number;
  jitter?: number;
  stretch?: number;
  /** Standard deviation of what multiplies the time between two presses, smooth in between. */
  warp?: number;
  /** Turns and scales the way between two presses so that it ends in the new place. */
  moves?: boolean;
  /** Ends the clip when this one ends, and all that came after it as much later or earlier. */
  fitsClip?: boolean;
}

/** The similarity that takes one pair of points to another. */
const similarity = (from: Spot, to: Spot, newFrom: Spot, newTo: Spot) => {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const [ex, ey] = [newTo.x - newFrom.x, newTo.y - newFrom.y];
  const size = dx * dx + dy * dy || 1;
  const [c, s] = [(dx * ex + dy * ey) / size, (dx * ey - dy * ex) / size];
  return ({ x, y }: Spot): Spot => {
    const [px, py] = [x - from.x, y - from.y];
    return { x: newFrom.x + c * px - s * py, y: newFrom.y + s * px + c * py };
  };
};

/** Makes a recorded trace into one for other picks of another task, as well as the changes allow. */
export const retarget = (
  { trace, picks: oldPicks, facts }: Recording,
  served: Pick<TaskFacts, 'durationMs' | 'places'>,
  picks: readonly number[],
  chance: Chance,
  { jitterMs = 0, jitter = 0, stretch = 1, warp = 0, moves = false, fitsClip = false }: Changes,
): Trace => {
  const page = emptyPage();
  const taken = new Map(oldPicks.map((n, index) => [n, picks[index]] as const));
  const spare = picks.length > 0 ? [0, 1, 2, 3, 4, 5, 6, 7].find((n) => !picks.includes(n)) : 0;
  const rename = (n: number) => taken.get(n) ?? spare ?? 0;
  const ended = trace.events.find(({ e }) => e === 'end')?.t ?? Number.POSITIVE_INFINITY;
  const shift = fitsClip ? served.durationMs - facts.durationMs : 0;
  let start: Spot = { x: 0.5, y: 0.5 };
  let newStart = start;
  let [before, warped, factor] = [0, 0, Math.max(0.6, chance.normal(1, warp))];
  for (const [index, event] of trace.events.entries()) {
    const { e, n } = event;
    const late = event.t >= ended ? shift : 0;
    const isClip = e === 'play' || e === 'end';
    const noise = isClip ? 0 : chance.normal(0, jitterMs);
    warped += (event.t - (trace.events[index - 1]?.t ?? 0)) * (factor - 1);
    if (e === 'pick') factor = Math.max(0.6, chance.normal(1, warp));
    before = Math.max(before, (event.t + late + (isClip ? 0 : warped)) * stretch + noise);
    let spot = event.x === undefined || event.y === undefined ? undefined : { x: event.x, y: event.y };
    if (spot && moves && served.places && facts.places) {
      const next = trace.events.slice(index).find((later) => later.e === 'pick' || later.e === 'unpick')?.n;
      const [to, newTo] = next === undefined ? [] : [facts.places[next], served.places[rename(next)]];
      if (to && newTo) {
        spot = similarity(start, to, newStart, newTo)(spot);
        if (e === 'up') [start, newStart] = [to, newTo];
      }
    }
    const noisy = spot && { x: spot.x + chance.normal(0, jitter), y: spot.y + chance.normal(0, jitter) };
    page.add(before, e, { ...noisy, ...(n !== undefined && { n: rename(n) }) });
  }
  return page.trace(trace.input);
};
