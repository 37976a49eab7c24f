import { chanceOf } from '../chance.ts';

/** Of a frame, in pixels: a frame stays below 32 KB, so that deflate finds each in the one before. */
export const width = 192;
export const height = 120;
export const frameMs = 150;
export const piers = 8;
export const picks = 5;
/** They come in pairs: no pier is visited by one boat alone. */
const boats = 6;
/** Half a boat's width, in pixels. */
export const boatRadius = 6;
/** A roof over each pier, under which boats cannot be seen; its radius in pixels. */
export const roofRadius = 8;
/** What boats carry; two of them carry the same. */
export const cargoes = 3;

/** The marked boat shows itself for so many frames. */
export const markFrames = 8;
const wayFrames = 7;
const dwellFrames = 2;
export const frames = markFrames + picks * (wayFrames + dwellFrames);

export interface Point {
  x: number;
  y: number;
}

interface Way {
  from: Point;
  to: Point;
  /** Sideways in the middle, in pixels. */
  bend: number;
  fromFrame: number;
}

export interface Scene {
  piers: readonly Point[];
  /** Ways of each boat, one for each round; the marked boat is the first. */
  boats: readonly (readonly Way[])[];
  /** What each boat carries, from 0 to `cargoes` - 1. */
  cargo: readonly number[];
  answer: readonly number[];
}

const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);

type Chance = ReturnType<typeof chanceOf>;

/** Points with room between them; begins anew when it has painted itself into a corner. */
const scattered = (
  chance: Chance,
  count: number,
  margin: number,
  room: number,
  clear: readonly Point[] = [],
) => {
  for (;;) {
    const points: Point[] = [];
    for (let tries = 0; tries < 300 && points.length < count; tries += 1) {
      const point = {
        x: chance.between(margin, width - margin),
        y: chance.between(margin, height - margin),
      };
      if (
        points.every((other) => distance(point, other) >= room) &&
        clear.every((other) => distance(point, other) >= 14)
      )
        points.push(point);
    }
    if (points.length === count) return points;
  }
};

const shuffled = (chance: Chance, count: number): number[] => {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let i = count - 1; i > 0; i -= 1) {
    const j = chance.below(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
};

const bends = 6;

/** The one of some bends that keeps the boat in sight: under a roof that is no stop of its own nobody can follow it. */
const clearBend = (chance: Chance, places: readonly Point[], from: Point, to: Point): number => {
  let best = { bend: 0, hidden: Number.POSITIVE_INFINITY };
  for (let index = 0; index < bends; index += 1) {
    const bend = chance.between(-14, 14);
    let hidden = 0;
    for (let step = 1; step < wayFrames; step += 1) {
      const at = alongWay({ from, to, bend }, step / wayFrames);
      for (const place of places)
        if (place !== to && distance(place, at) < roofRadius + boatRadius && distance(place, from) > 1)
          hidden += 1;
    }
    if (hidden < best.hidden) best = { bend, hidden };
  }
  return best.bend;
};

/** Pairs of boats for a round: of different cargo, and none of them together twice in a row. */
const pairsOf = (
  chance: Chance,
  cargo: readonly number[],
  partners: ReadonlyMap<number, number>,
): [number, number][] => {
  for (;;) {
    const order = shuffled(chance, boats);
    const pairs = Array.from({ length: boats / 2 }, (_, i): [number, number] => [
      order[2 * i] as number,
      order[2 * i + 1] as number,
    ]);
    if (pairs.every(([one, other]) => partners.get(one) !== other && cargo[one] !== cargo[other]))
      return pairs;
  }
};

/**
 * Boats on the water. In every round they meet in pairs, each pair under the roof of a pier of its own, and part again. A
 * person has seen what the followed boat carries and knows it when it comes out. Who sees only that something moves has to
 * guess between two each time, and who sees only the visits between three.
 */
export const sceneOf = (seed: string): Scene => {
  const chance = chanceOf(seed, 'picture/scene');
  const places = scattered(chance, piers, 16, 34);
  const answer = shuffled(chance, piers).slice(0, picks);
  const at = scattered(chance, boats, 9, 22, places);
  const cargo = shuffled(chance, boats).map((boat) => boat % cargoes);
  const ways: Way[][] = at.map(() => []);
  const lastPier = new Map<number, number>();
  let partners = new Map<number, number>();
  for (let round = 0; round < picks; round += 1) {
    const pairs = pairsOf(chance, cargo, partners);
    partners = new Map(pairs.flatMap(([one, other]) => [[one, other] as const, [other, one] as const]));
    const target = answer[round] as number;
    const open = shuffled(chance, piers).filter((pier) => pier !== target);
    for (const pair of pairs) {
      const isNew = (pier: number) => pair.every((boat) => lastPier.get(boat) !== pier);
      const index = Math.max(0, open.findIndex(isNew));
      const pier = pair.includes(0) ? target : (open.splice(index, 1)[0] as number);
      const to = places[pier] as Point;
      for (const boat of pair) {
        ways[boat]?.push({
          from: at[boat] as Point,
          to,
          bend: clearBend(chance, places, at[boat] as Point, to),
          fromFrame: markFrames + round * (wayFrames + dwellFrames),
        });
        at[boat] = to;
        lastPier.set(boat, pier);
      }
    }
  }
  return { piers: places, boats: ways, cargo, answer };
};

/** When the marked boat has arrived at each pier of the answer, in milliseconds. */
export const arrivals = (): number[] =>
  Array.from(
    { length: picks },
    (_, round) => (markFrames + round * (wayFrames + dwellFrames) + wayFrames) * frameMs,
  );

/** Where a boat is in a frame. Its speed is even on the whole way, so that it is known again after it met another. */
export const positionOf = (ways: readonly Way[], frame: number): Point => {
  let way = ways[0] as Way;
  for (const later of ways) if (frame >= later.fromFrame) way = later;
  return alongWay(way, Math.min(1, Math.max(0, (frame - way.fromFrame) / wayFrames)));
};

function alongWay(way: Omit<Way, 'fromFrame'>, share: number): Point {
  const aside = way.bend * Math.sin(Math.PI * share);
  const length = distance(way.from, way.to) || 1;
  const [dx, dy] = [(way.to.x - way.from.x) / length, (way.to.y - way.from.y) / length];
  return {
    x: way.from.x + (way.to.x - way.from.x) * share - dy * aside,
    y: way.from.y + (way.to.y - way.from.y) * share + dx * aside,
  };
}
