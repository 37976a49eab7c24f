import type { Chance } from './chance.ts';
import type { Spot } from './hand.ts';
import type { Page } from './page.ts';

/** How a program brings the pointer somewhere: reports moves from `start` on and says when it is there. */
export type Way = (page: Page, from: Spot, to: Spot, start: number) => number;

const between = (from: number, to: number, share: number) => from + (to - from) * share;
const distance = (from: Spot, to: Spot) => Math.hypot(to.x - from.x, to.y - from.y);

/** Steps of equal time along a curve; `ease` turns shares of the time into shares of the way. */
const along = (
  page: Page,
  curve: (share: number) => Spot,
  { start, tookMs, everyMs }: { start: number; tookMs: number; everyMs: number },
  ease: (share: number) => number = (share) => share,
): number => {
  const steps = Math.max(1, Math.round(tookMs / everyMs));
  for (let step = 1; step <= steps; step += 1)
    page.add(start + step * everyMs, 'move', curve(ease(step / steps)));
  return start + steps * everyMs;
};

const line = (from: Spot, to: Spot) => (share: number) => ({
  x: between(from.x, to.x, share),
  y: between(from.y, to.y, share),
});

/** Cubic, with its control points off the line, as in the libraries that promise a human mouse. */
const bezier = (from: Spot, to: Spot, chance: Chance, bow: number) => {
  const side = () => chance.normal(0, bow) * distance(from, to);
  const [one, two] = [line(from, to)(chance.between(0.2, 0.4)), line(from, to)(chance.between(0.6, 0.8))];
  const [a, b] = [
    { x: one.x + side(), y: one.y + side() },
    { x: two.x + side(), y: two.y + side() },
  ];
  return (s: number) => {
    const at = (p: number, q: number, r: number, z: number) =>
      (1 - s) ** 3 * p + 3 * (1 - s) ** 2 * s * q + 3 * (1 - s) * s * s * r + s ** 3 * z;
    return { x: at(from.x, a.x, b.x, to.x), y: at(from.y, a.y, b.y, to.y) };
  };
};

/** No moves at all, as when a framework clicks an element. */
export const noWay: Way = (_page, _from, _to, start) => start;

export const lineWay = (chance: Chance): Way => {
  const [steps, everyMs] = [chance.pick([5, 10, 20, 25, 40]), chance.pick([1, 5, 8, 10, 16])];
  return (page, from, to, start) => along(page, line(from, to), { start, tookMs: steps * everyMs, everyMs });
};

export const fixedSpeedWay = (chance: Chance): Way => {
  const [speed, everyMs] = [chance.between(0.5, 3), chance.pick([8, 10, 16, 20])];
  return (page, from, to, start) =>
    along(page, line(from, to), { start, tookMs: (distance(from, to) / speed) * 1_000, everyMs });
};

export const bezierWay = (chance: Chance, eased: boolean): Way => {
  const [bow, everyMs, base] = [
    chance.between(0.05, 0.3),
    chance.pick([8, 10, 16, 20]),
    chance.between(250, 700),
  ];
  const ease = eased ? (s: number) => (s < 0.5 ? 2 * s * s : 1 - (2 - 2 * s) ** 2 / 2) : undefined;
  return (page, from, to, start) =>
    along(
      page,
      bezier(from, to, chance, bow),
      { start, tookMs: base * chance.between(0.8, 1.2) * (0.6 + distance(from, to)), everyMs },
      ease,
    );
};

/** The movement of the text book without any noise. */
export const smoothWay = (chance: Chance): Way => {
  const everyMs = chance.pick([8, 10, 16]);
  const [a, b] = [chance.between(100, 250), chance.between(100, 200)];
  return (page, from, to, start) =>
    along(
      page,
      line(from, to),
      { start, tookMs: a + b * Math.log2(distance(from, to) / 0.1 + 1), everyMs },
      (s) => s ** 3 * (10 - 15 * s + 6 * s * s),
    );
};

/** Bezier with noise on every point and times around an average: a template that somebody took care with. */
export const noisyWay = (chance: Chance): Way => {
  const [bow, noise] = [chance.between(0.05, 0.2), chance.between(0.001, 0.006)];
  return (page, from, to, start) => {
    const curve = bezier(from, to, chance, bow);
    const jittered = (share: number) => {
      const { x, y } = curve(share);
      return { x: x + chance.normal(0, noise), y: y + chance.normal(0, noise) };
    };
    const tookMs = chance.logNormal(550, 0.3);
    return along(page, jittered, { start, tookMs, everyMs: 16 }, (s) => s * s * (3 - 2 * s));
  };
};

/** A curve that shoots past the target and comes back, timed by Fitts' law, as in ghost-cursor. */
export const overshootWay = (chance: Chance): Way => {
  const bow = chance.between(0.05, 0.25);
  return (page, from, to, start) => {
    const far = distance(from, to);
    const tookMs = 150 + 160 * Math.log2(far / 0.1 + 1);
    const past = { x: to.x + chance.normal(0, 0.06), y: to.y + chance.normal(0, 0.06) };
    const beside = far > 0.35 ? past : to;
    const ease = (s: number) => 1 - (1 - s) ** 3;
    const there = along(
      page,
      bezier(from, beside, chance, bow),
      { start, tookMs, everyMs: 1_000 / 60 },
      ease,
    );
    return beside === to
      ? there
      : along(
          page,
          bezier(beside, to, chance, bow),
          { start: there, tookMs: 180, everyMs: 1_000 / 60 },
          ease,
        );
  };
};

/** WindMouse of Benjamin J. Land: a pull to the target and a wind that wanders. */
export const windWay = (chance: Chance): Way => {
  const [gravity, wind, everyMs] = [chance.between(6, 12), chance.between(2, 5), chance.pick([8, 12, 16])];
  const pixels = 600;
  return (page, from, to, start) => {
    let { x, y } = { x: from.x * pixels, y: from.y * pixels };
    const goal = { x: to.x * pixels, y: to.y * pixels };
    let [vx, vy, wx, wy, most, t] = [0, 0, 0, 0, 15, start];
    for (let step = 0; step < 400; step += 1) {
      const far = Math.hypot(goal.x - x, goal.y - y);
      if (far < 1) break;
      const gust = Math.min(wind, far);
      if (far >= 12) {
        wx = wx / Math.sqrt(3) + ((chance.next() * 2 - 1) * gust) / Math.sqrt(5);
        wy = wy / Math.sqrt(3) + ((chance.next() * 2 - 1) * gust) / Math.sqrt(5);
      } else {
        [wx, wy] = [wx / Math.sqrt(3), wy / Math.sqrt(3)];
        most = most < 3 ? chance.between(3, 6) : most / Math.sqrt(5);
      }
      vx += wx + (gravity * (goal.x - x)) / far;
      vy += wy + (gravity * (goal.y - y)) / far;
      const speed = Math.hypot(vx, vy);
      if (speed > most) {
        const clip = most / 2 + (chance.next() * most) / 2;
        [vx, vy] = [(vx / speed) * clip, (vy / speed) * clip];
      }
      [x, y, t] = [x + vx, y + vy, t + everyMs];
      page.add(t, 'move', { x: Math.round(x) / pixels, y: Math.round(y) / pixels });
    }
    return t;
  };
};
