import { distance, type Film, filledUp, filmOf, type Picture, type Point } from './picture-film.ts';
import { trackers } from './picture-trackers.ts';
import type { Solver } from './solver.ts';

const solver = (
  name: string,
  method: string,
  look: (film: Film, chance: () => number) => readonly number[],
): Solver => ({
  name,
  method,
  mode: 'picture',
  solve: (task, chance) => {
    const film = filmOf(task as Picture);
    return filledUp(look(film, chance), film.picks, film.stops.length, chance);
  },
});

/** A dark rounded square, as anybody sees in the first frame what a boat looks like. */
const boat: Point[] = [];
for (let y = -6; y <= 6; y += 1)
  for (let x = -6; x <= 6; x += 1) if ((x ** 4 + y ** 4) ** 0.25 < 6.3) boat.push({ x, y });

/** How much darker a boat's shape is than what is around it, centred here. */
const darkness = (film: Film, frame: number, cx: number, cy: number): number => {
  let dark = 0;
  for (const { x, y } of boat) {
    const [px, py] = [cx + x, cy + y];
    if (px < 0 || py < 0 || px >= film.width || py >= film.height) return 0;
    dark += film.at(frame, px, py) < 75 ? 1 : 0;
  }
  return dark / boat.length;
};

/** Best match of the template in a ring around a stop. */
const arrivalAt = (film: Film, frame: number, stop: Point): number => {
  let best = 0;
  for (let y = -18; y <= 18; y += 3)
    for (let x = -18; x <= 18; x += 3) {
      const away = Math.hypot(x, y);
      if (away < 12 || away > 18) continue;
      best = Math.max(best, darkness(film, frame, Math.round(stop.x + x), Math.round(stop.y + y)));
    }
  return best;
};

/** Stops by the time of their strongest event, one of those at the same time by chance. */
const byTime = (
  film: Film,
  strength: (frame: number, stop: Point) => number,
  chance: () => number,
): number[] => {
  const events = film.stops.flatMap((stop, index) =>
    Array.from({ length: film.frames >> 1 }, (_, half) => ({
      index,
      frame: 2 * half,
      value: strength(2 * half, stop),
    })),
  );
  const loudest = events.sort((a, b) => b.value - a.value).slice(0, film.stops.length * 6);
  const rounds = Array.from({ length: film.picks }, (_, round) => {
    const [from, to] = [(round / film.picks) * film.frames, ((round + 1) / film.picks) * film.frames];
    const during = loudest.filter(({ frame }) => frame >= from && frame < to).map(({ index }) => index);
    const stops = [...new Set(during)];
    return stops[Math.floor(chance() * stops.length)];
  });
  return rounds.flatMap((stop) => stop ?? []);
};

const edgesAt = (film: Film, frame: number, stop: Point): number => {
  let sum = 0;
  for (let y = -16; y < 16; y += 1)
    for (let x = -16; x < 16; x += 1) {
      const [px, py] = [Math.round(stop.x) + x, Math.round(stop.y) + y];
      if (px < 0 || py < 0 || px + 1 >= film.width || py + 1 >= film.height) continue;
      const here = film.at(frame, px, py);
      sum += Math.abs(film.at(frame, px + 1, py) - here) + Math.abs(film.at(frame, px, py + 1) - here);
    }
  return sum;
};

/** Programs that look at the picture task. */
export const pictureSolvers: readonly Solver[] = [
  solver('random guesser', 'picks stops by chance', () => []),
  solver('parser', 'reads the file: chunks, sizes, the order of places', (film) => {
    const size = film.chunks.find(({ type }) => type === 'IDAT')?.size ?? 0;
    const byHeight = film.stops.map(({ y }, index) => ({ y, index })).sort((a, b) => a.y - b.y);
    return size % 2 ? byHeight.map(({ index }) => index) : film.stops.map((_, index) => index);
  }),
  solver(
    'template matcher',
    'finds boats near stops by their shape, and takes stops in the order of visits',
    (film, chance) => byTime(film, (frame, stop) => arrivalAt(film, frame, stop), chance),
  ),
  solver('edge solver', 'finds visits by the edges around each stop', (film, chance) =>
    byTime(
      film,
      (frame, stop) =>
        frame === 0 ? 0 : Math.abs(edgesAt(film, frame, stop) - edgesAt(film, frame - 1, stop)),
      chance,
    ),
  ),
  solver('nearest stop', 'takes the stops nearest to the marked boat, then to each other', (film) => {
    let at: Point = { x: film.width / 2, y: film.height / 2 };
    for (let y = 0; y < film.height; y += 1)
      for (let x = 0; x < film.width; x += 1) if (film.at(1, x, y) > 250) at = { x, y };
    const order: number[] = [];
    while (order.length < film.picks) {
      const next = film.stops
        .map((stop, index) => ({ index, away: distance(stop, at) }))
        .filter(({ index }) => !order.includes(index))
        .sort((a, b) => a.away - b.away)[0];
      if (!next) break;
      order.push(next.index);
      at = film.stops[next.index] as Point;
    }
    return order;
  }),
  ...trackers,
];
