import type { Image } from './image.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** In pixels; may lie partly outside of the picture. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Rotation, one scale and a shift: x' = a x - b y + dx, y' = b x + a y + dy. */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly dx: number;
  readonly dy: number;
}

export const transform = ({ a, b, dx, dy }: Similarity, { x, y }: Point): Point => ({
  x: a * x - b * y + dx,
  y: b * x + a * y + dy,
});

export const meanPoint = (points: readonly Point[]): Point => ({
  x: points.reduce((sum, { x }) => sum + x, 0) / points.length,
  y: points.reduce((sum, { y }) => sum + y, 0) / points.length,
});

export const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

/** The similarity that brings `from` closest to `to` in the least squares. */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity {
  const [f, t] = [meanPoint(from), meanPoint(to)];
  let [dot, cross, square] = [0, 0, 0];
  from.forEach((point, i) => {
    const [px, py] = [point.x - f.x, point.y - f.y];
    const [qx, qy] = [(to[i]?.x ?? 0) - t.x, (to[i]?.y ?? 0) - t.y];
    dot += px * qx + py * qy;
    cross += px * qy - py * qx;
    square += px * px + py * py;
  });
  const [a, b] = square > 0 ? [dot / square, cross / square] : [1, 0];
  return { a, b, dx: t.x - a * f.x + b * f.y, dy: t.y - b * f.x - a * f.y };
}

export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.width * a.height + b.width * b.height - width * height);
}

export const bounds = (points: readonly Point[]): Box => {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
};

/**
 * A picture of `width` by `height` whose pixel p shows `image` at `toSource(p)`, black beyond its border.
 * Where it shrinks, several samples are averaged for each pixel, or fine patterns would alias.
 */
export function warp(image: Image, toSource: Similarity, width: number, height: number): Image {
  const { a, b, dx, dy } = toSource;
  const samples = Math.max(1, Math.round(Math.hypot(a, b) / 1.3));
  const data = new Uint8Array(width * height * 3);
  const weight = 1 / (samples * samples);
  const source = image.data;
  const [lastX, lastY, row] = [image.width - 1, image.height - 1, image.width * 3];
  for (let y = 0, to = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1, to += 3) {
      let [red, green, blue] = [0, 0, 0];
      for (let j = 0; j < samples; j += 1)
        for (let i = 0; i < samples; i += 1) {
          const px = x + (i + 0.5) / samples - 0.5;
          const py = y + (j + 0.5) / samples - 0.5;
          const sx = a * px - b * py + dx;
          const sy = b * px + a * py + dy;
          if (sx < 0 || sy < 0 || sx > lastX || sy > lastY) continue;
          const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
          const [fx, fy] = [sx - x0, sy - y0];
          const at = y0 * row + x0 * 3;
          const right = x0 < lastX ? 3 : 0;
          const down = y0 < lastY ? row : 0;
          const [w00, w10, w01, w11] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
          const at10 = at + right;
          const at01 = at + down;
          const at11 = at + right + down;
          red +=
            w00 * (source[at] ?? 0) +
            w10 * (source[at10] ?? 0) +
            w01 * (source[at01] ?? 0) +
            w11 * (source[at11] ?? 0);
          green +=
            w00 * (source[at + 1] ?? 0) +
            w10 * (source[at10 + 1] ?? 0) +
            w01 * (source[at01 + 1] ?? 0) +
            w11 * (source[at11 + 1] ?? 0);
          blue +=
            w00 * (source[at + 2] ?? 0) +
            w10 * (source[at10 + 2] ?? 0) +
            w01 * (source[at01 + 2] ?? 0) +
            w11 * (source[at11 + 2] ?? 0);
        }
      data[to] = red * weight + 0.5;
      data[to + 1] = green * weight + 0.5;
      data[to + 2] = blue * weight + 0.5;
    }
  return { width, height, data };
}
