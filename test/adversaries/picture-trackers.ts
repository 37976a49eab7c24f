import { distance, type Film, filledUp, filmOf, type Picture, type Point } from './picture-film.ts';
import type { Solver } from './solver.ts';

/** The place of the brightest ring in the first frames: what is marked. */
const markedAt = (film: Film): Point => {
  let [sx, sy, n] = [0, 0, 0];
  for (let y = 0; y < film.height; y += 1)
    for (let x = 0; x < film.width; x += 1)
      if (film.at(1, x, y) > 250) {
        sx += x;
        sy += y;
        n += 1;
      }
  return n ? { x: sx / n, y: sy / n } : { x: film.width / 2, y: film.height / 2 };
};

/** Centres of connected regions of at least so many pixels. */
const blobs = (film: Film, wanted: (x: number, y: number) => boolean, smallest: number): Point[] => {
  const { width, height } = film;
  const seen = new Uint8Array(width * height);
  const found: Point[] = [];
  for (let start = 0; start < seen.length; start += 1) {
    if (seen[start] || !wanted(start % width, Math.floor(start / width))) continue;
    const stack = [start];
    seen[start] = 1;
    let [sx, sy, n] = [0, 0, 0];
    while (stack.length > 0) {
      const at = stack.pop() as number;
      const [x, y] = [at % width, Math.floor(at / width)];
      sx += x;
      sy += y;
      n += 1;
      for (const [dx, dy] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ] as const) {
        const [nx, ny] = [x + dx, y + dy];
        const next = ny * width + nx;
        if (nx < 0 || ny < 0 || nx >= width || ny >= height || seen[next] || !wanted(nx, ny)) continue;
        seen[next] = 1;
        stack.push(next);
      }
    }
    if (n >= smallest) found.push({ x: sx / n, y: sy / n });
  }
  return found;
};

/**
 * Follows the nearest detection to where the last two would put it. What is lost beside a stop has gone under its roof, and
 * is looked for around it.
 */
const follow = (film: Film, detect: (frame: number) => readonly Point[]): number[] => {
  let at = markedAt(film);
  let step: Point = { x: 0, y: 0 };
  let under = -1;
  const visits: number[] = [];
  for (let frame = 2; frame < film.frames; frame += 1) {
    const predicted = { x: at.x + step.x, y: at.y + step.y };
    const reach = under >= 0 ? 28 : Math.max(18, 8 + 0.6 * Math.hypot(step.x, step.y));
    const next = detect(frame)
      .map((point) => ({ point, away: distance(point, predicted) }))
      .filter(({ away }) => away < reach)
      .sort((a, b) => a.away - b.away)[0]?.point;
    if (next) {
      step = under >= 0 ? { x: 0, y: 0 } : { x: next.x - at.x, y: next.y - at.y };
      at = next;
      under = -1;
      continue;
    }
    const stop = film.stops.findIndex((place) => distance(place, predicted) < 16 || distance(place, at) < 18);
    if (stop < 0 || stop === under) continue;
    if (visits.at(-1) !== stop) visits.push(stop);
    under = stop;
    at = film.stops[stop] as Point;
    step = { x: 0, y: 0 };
  }
  return visits;
};

const solver = (
  name: string,
  method: string,
  detectIn: (film: Film) => (frame: number) => readonly Point[],
): Solver => ({
  name,
  method,
  mode: 'picture',
  solve: (task, chance) => {
    const film = filmOf(task as Picture);
    return filledUp(follow(film, detectIn(film)), film.picks, film.stops.length, chance);
  },
});

/** Programs that follow what moves. */
export const trackers: readonly Solver[] = [
  solver(
    'difference tracker',
    'follows blobs of change between frames from the marked one on',
    (film) => (frame) =>
      blobs(film, (x, y) => Math.abs(film.at(frame, x, y) - film.at(frame - 1, x, y)) > 45, 6),
  ),
  solver('background tracker', 'follows what differs from the median of each pixel over the clip', (film) => {
    const median = new Uint8Array(film.width * film.height);
    for (let y = 0; y < film.height; y += 1)
      for (let x = 0; x < film.width; x += 1) {
        const values = Array.from({ length: film.frames >> 2 }, (_, part) => film.at(4 * part, x, y)).sort(
          (a, b) => a - b,
        );
        median[y * film.width + x] = values[values.length >> 1] ?? 0;
      }
    return (frame) =>
      blobs(film, (x, y) => Math.abs(film.at(frame, x, y) - (median[y * film.width + x] ?? 0)) > 60, 30);
  }),
];
