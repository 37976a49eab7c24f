import type { Chance } from './chance.ts';
import type { Page } from './page.ts';

export interface Spot {
  x: number;
  y: number;
}

/** How one person's hand moves a pointer in one session. Lengths in widths of the picture, times in milliseconds. */
export interface Hand {
  /** Fitts' law, MT = a + b log2(D / W + 1): 4 to 5 bits a second for a mouse (MacKenzie 1992). */
  fitts: { a: number; b: number };
  /** Sideways, in shares of the distance. */
  bow: number;
  tremor: { amplitude: number; hertz: number };
  /** Noise of the aimed movement, in shares of its distance (Schmidt et al. 1979; Harris and Wolpert 1998). */
  noise: number;
  /** Between reports of the pointer. */
  everyMs: number;
  /** Pixels per width: what positions are rounded to. */
  pixels: number;
}

/** Flash and Hogan 1985: the share of the way at a share of the time with the least jerk. */
const leastJerk = (time: number) => time ** 3 * (10 - 15 * time + 6 * time ** 2);

const rounded = ({ x, y }: Spot, pixels: number): Spot => ({
  x: Math.round(x * pixels) / pixels,
  y: Math.round(y * pixels) / pixels,
});

interface Stroke {
  from: Spot;
  to: Spot;
  start: number;
  tookMs: number;
  bow: number;
  /** Below 1 the fastest moment comes early, as in aimed movements. */
  skew: number;
}

const spotOf = ({ from, to, start, tookMs, bow, skew }: Stroke, t: number): Spot => {
  const share = leastJerk(Math.min(1, Math.max(0, (t - start) / tookMs)) ** skew);
  const side = bow * Math.sin(Math.PI * share);
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  return { x: from.x + share * dx - side * dy, y: from.y + share * dy + side * dx };
};

/** A first stroke that lands near the target and corrections until it is on it (Meyer et al. 1988). */
const strokesTo = (hand: Hand, from: Spot, to: Spot, start: number, width: number, chance: Chance) => {
  const strokes: Stroke[] = [];
  let [at, t] = [from, start];
  for (let turn = 0; turn < 5; turn += 1) {
    const far = Math.hypot(to.x - at.x, to.y - at.y);
    if (turn > 0 && far < width * 0.35) break;
    const needs = turn === 0 ? hand.fitts.a + hand.fitts.b * Math.log2(far / width + 1) : hand.fitts.b * 1.2;
    const tookMs = Math.max(60, needs * chance.logNormal(1, 0.18));
    const reach = turn === 0 ? chance.normal(0.97, hand.noise) : 1;
    const miss = () => chance.normal(0, hand.noise * far * 0.6);
    const end = {
      x: at.x + (to.x - at.x) * reach + miss(),
      y: at.y + (to.y - at.y) * reach + miss(),
    };
    const bow = turn === 0 ? chance.normal(hand.bow, 0.04) : chance.normal(0, 0.05);
    strokes.push({ from: at, to: end, start: t, tookMs, bow, skew: chance.between(0.7, 0.95) });
    [at, t] = [end, t + tookMs + Math.max(0, chance.normal(30, 50))];
  }
  return { strokes, at, t };
};

export interface Pointer {
  at: Spot;
  /** Moves towards a target of `width`, starting at `start`; the time of arrival. */
  aim: (to: Spot, width: number, start: number) => number;
  /** Where a press lands: on pixels, with the tremor. */
  touchDown: (t: number) => Spot;
}

/** A pointer on a page, reported as browsers do: when it moved by a pixel, so often and no more. */
export const pointerOn = (page: Page, hand: Hand, start: Spot, chance: Chance): Pointer => {
  const phase = chance.between(0, 6.3);
  const shaking = (t: number, share: number) => {
    const angle = (hand.tremor.hertz * 2 * Math.PI * t) / 1_000 + phase;
    const swell = 0.6 + 0.4 * Math.sin(angle * 0.13);
    return {
      x: hand.tremor.amplitude * swell * Math.sin(angle) * share,
      y: hand.tremor.amplitude * swell * Math.cos(angle * 1.07) * share,
    };
  };
  const tick = chance.between(0, hand.everyMs);
  let reported = rounded(start, hand.pixels);
  const pointer: Pointer = {
    at: start,
    touchDown: (t) => {
      const shake = shaking(t, 0.6);
      return rounded({ x: pointer.at.x + shake.x, y: pointer.at.y + shake.y }, hand.pixels);
    },
    aim: (to, width, startAt) => {
      const { strokes, at, t: end } = strokesTo(hand, pointer.at, to, startAt, width, chance);
      // Slow noise across the way, as of muscles that do not pull evenly.
      let drift = { x: 0, y: 0 };
      const first = Math.ceil((startAt - tick) / hand.everyMs) * hand.everyMs + tick;
      for (let t = first; t < end; t += hand.everyMs) {
        const stroke = strokes.findLast((one) => one.start <= t) ?? strokes[0];
        if (!stroke) break;
        const keep = Math.exp(-hand.everyMs / 60);
        const size = 0.25 * hand.noise * Math.hypot(stroke.to.x - stroke.from.x, stroke.to.y - stroke.from.y);
        const shove = () => chance.normal(0, size * Math.sqrt(1 - keep * keep));
        drift = { x: drift.x * keep + shove(), y: drift.y * keep + shove() };
        const moving = t < stroke.start + stroke.tookMs ? 1 : 0.3;
        const [shake, ideal] = [shaking(t, 1), spotOf(stroke, t)];
        const spot = rounded(
          { x: ideal.x + shake.x + drift.x * moving, y: ideal.y + shake.y + drift.y * moving },
          hand.pixels,
        );
        if (spot.x === reported.x && spot.y === reported.y) continue;
        page.add(t + chance.between(0, 1.5), 'move', spot);
        reported = spot;
      }
      pointer.at = { x: at.x + drift.x * 0.3, y: at.y + drift.y * 0.3 };
      return end;
    },
  };
  return pointer;
};
