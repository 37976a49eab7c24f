import { distance, type Film, filledUp, filmOf, type Picture, type Point } from './picture-film.ts';
import type { Solver } from './solver.ts';

/** As our source draws cargo: a ring, a cross, a bar. */
const cargoes: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => Math.hypot(x, y) >= 2.2 && Math.hypot(x, y) < 4,
  (x, y) => (x === 0 || y === 0) && Math.abs(x) + Math.abs(y) <= 4,
  (x, y) => Math.abs(y) <= 1 && Math.abs(x) <= 4,
];
const hull: Point[] = [];
for (let y = -5; y <= 5; y += 1)
  for (let x = -5; x <= 5; x += 1) if ((x ** 4 + y ** 4) ** 0.25 <= 5.4) hull.push({ x, y });

/** The timetable of our source. */
const [markFrames, wayFrames, roundFrames, widestBend] = [8, 7, 9, 14];
const isRoof = (light: number) => (light > 45 && light < 56) || (light > 75 && light < 86);

const likeness = (film: Film, frame: number, at: Point, cargo: (typeof cargoes)[number]): number => {
  let [right, all] = [0, 0];
  for (const { x, y } of hull) {
    const [px, py] = [at.x + x, at.y + y];
    if (px < 0 || py < 0 || px >= film.width || py >= film.height) return 0;
    const light = film.at(frame, px, py);
    if (isRoof(light) && !cargo(x, y)) continue;
    all += 1;
    if (cargo(x, y) ? light > 225 : light < 70) right += 1;
    if (all === 16 && right < 8) return 0;
  }
  return all < 25 ? 0 : right / all;
};

const boatsWith = (film: Film, frame: number, cargo: (typeof cargoes)[number]): Point[] => {
  const found: (Point & { value: number })[] = [];
  for (let y = 5; y < film.height - 5; y += 1)
    for (let x = 5; x < film.width - 5; x += 1) {
      const value = likeness(film, frame, { x, y }, cargo);
      if (value > 0.82) found.push({ x, y, value });
    }
  return found
    .sort((a, b) => b.value - a.value)
    .filter((one, index, all) => all.slice(0, index).every((better) => distance(better, one) > 5));
};

const markedAt = (film: Film): Point => {
  let [sx, sy, n] = [0, 0, 0];
  for (let y = 0; y < film.height; y += 1)
    for (let x = 0; x < film.width; x += 1)
      if (film.at(0, x, y) > 250) {
        sx += x;
        sy += y;
        n += 1;
      }
  return { x: Math.round(sx / n), y: Math.round(sy / n) };
};

/** How well some bend of the way between two points agrees with what was seen in each frame of a round. */
const agreement = (film: Film, seen: readonly (readonly Point[])[], from: Point, to: Point): number => {
  const length = distance(from, to);
  if (length < 3) return Number.NEGATIVE_INFINITY;
  const [ux, uy] = [(to.x - from.x) / length, (to.y - from.y) / length];
  let best = Number.NEGATIVE_INFINITY;
  for (let bend = -widestBend; bend <= widestBend; bend += 1) {
    let value = 0;
    for (let step = 1; step < wayFrames; step += 1) {
      const share = step / wayFrames;
      const aside = bend * Math.sin(Math.PI * share);
      const at = {
        x: from.x + (to.x - from.x) * share - uy * aside,
        y: from.y + (to.y - from.y) * share + ux * aside,
      };
      const isHidden = film.stops.some((stop) => distance(stop, at) < 9);
      const away = Math.min(9, ...(seen[step - 1] ?? []).map((boat) => distance(boat, at)));
      value -= isHidden ? Math.min(away, 1.5) : Math.min(away, 5) ** 2;
    }
    best = Math.max(best, value);
  }
  return best;
};

/**
 * Written against our source: knows shades, shapes, timetable and curves, and searches for the route that explains all
 * frames. Nothing in a picture that people can follow keeps such a program out.
 */
export const sourceAware: Solver = {
  name: 'source-aware solver',
  method: 'knows our drawing and its timetable, and searches for the route that explains every frame',
  mode: 'picture',
  solve: (task, chance) => {
    const film = filmOf(task as Picture);
    const start = markedAt(film);
    const near = [-4, -3, -2, -1, 0, 1, 2, 3, 4];
    const scores = cargoes.map((cargo) =>
      Math.max(
        ...near.flatMap((y) => near.map((x) => likeness(film, 0, { x: start.x + x, y: start.y + y }, cargo))),
      ),
    );
    const cargo = cargoes[scores.indexOf(Math.max(...scores))] as (typeof cargoes)[number];
    let beam = [{ route: [] as number[], value: 0, at: start as Point }];
    for (let round = 0; round < film.picks; round += 1) {
      const seen = Array.from({ length: wayFrames }, (_, step) =>
        boatsWith(film, markFrames + round * roundFrames + step + 1, cargo),
      );
      const known = new Map<string, number>();
      beam = beam
        .flatMap(({ route, value, at }) =>
          film.stops.flatMap((stop, index) => {
            if (route.includes(index)) return [];
            const key = `${route.at(-1)} ${index}`;
            const agreed = known.get(key) ?? agreement(film, seen, at, stop);
            known.set(key, agreed);
            return { route: [...route, index], value: value + agreed, at: stop };
          }),
        )
        .sort((a, b) => b.value - a.value)
        .slice(0, 60);
    }
    return filledUp(beam[0]?.route ?? [], film.picks, film.stops.length, chance);
  },
};
