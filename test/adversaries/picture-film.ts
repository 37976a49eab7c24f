import { inflateSync } from 'node:zlib';
import type { TaskOf } from '#contract/challenges.ts';

export type Picture = Omit<TaskOf<'picture'>, 'taskId'>;
export interface Point {
  x: number;
  y: number;
}

/** The served picture as frames of brightness, with what else the file says. */
export interface Film {
  frames: number;
  width: number;
  height: number;
  /** Brightness from 0 to 255. */
  at: (frame: number, x: number, y: number) => number;
  /** Centres of the stops in pixels. */
  stops: Point[];
  /** Chunks of the file by type, with their sizes. */
  chunks: { type: string; size: number }[];
  picks: number;
}

export const filmOf = ({ image, frames, width, height, places, picks }: Picture): Film => {
  const png = Buffer.from(image, 'base64');
  const chunks: Film['chunks'] = [];
  const parts: Buffer[] = [];
  let palette = Buffer.alloc(0);
  for (let at = 8; at < png.length; ) {
    const size = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const data = png.subarray(at + 8, at + 8 + size);
    chunks.push({ type, size });
    if (type === 'IDAT') parts.push(data);
    if (type === 'PLTE') palette = Buffer.from(data);
    at += size + 12;
  }
  const rows = inflateSync(Buffer.concat(parts));
  const stride = width + 1;
  const light = Array.from({ length: palette.length / 3 }, (_, index) => {
    const [r = 0, g = 0, b = 0] = palette.subarray(3 * index);
    return 0.3 * r + 0.59 * g + 0.11 * b;
  });
  return {
    frames,
    width,
    height,
    at: (frame, x, y) => light[rows[(y * frames + frame) * stride + 1 + x] ?? 0] ?? 0,
    stops: places.map(({ x, y }) => ({ x: x * width, y: y * height })),
    chunks,
    picks,
  };
};

export const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);

/** The first of distinct values, filled up by chance to the number that is asked for. */
export const filledUp = (picks: readonly number[], count: number, choices: number, chance: () => number) => {
  const chosen = [...new Set(picks)].slice(0, count);
  while (chosen.length < count) {
    const pick = Math.floor(chance() * choices);
    if (!chosen.includes(pick)) chosen.push(pick);
  }
  return chosen;
};
