import { pngOf, rowLength } from '#core/challenge/picture/png.ts';

const most = 96;

const distance = (a: number, b: number) =>
  ((a >> 16) - (b >> 16)) ** 2 + (((a >> 8) & 255) - ((b >> 8) & 255)) ** 2 + ((a & 255) - (b & 255)) ** 2;

/** A picture in its most frequent colours, as PNG: a third of the bytes, and nothing that anybody sees is lost. */
export const fewerColours = (width: number, height: number, rgba: Uint8Array): Buffer => {
  const colourAt = (pixel: number) =>
    ((rgba[pixel * 4] ?? 0) << 16) | ((rgba[pixel * 4 + 1] ?? 0) << 8) | (rgba[pixel * 4 + 2] ?? 0);
  const counts = new Map<number, number>();
  for (let pixel = 0; pixel < width * height; pixel += 1)
    counts.set(colourAt(pixel), (counts.get(colourAt(pixel)) ?? 0) + 1);
  const colours = [...counts].sort(([, a], [, b]) => b - a).map(([colour]) => colour);
  const kept = colours.slice(0, most);
  const indices = new Map(kept.map((colour, index) => [colour, index]));
  for (const colour of colours.slice(most)) {
    const distances = kept.map((one) => distance(one, colour));
    indices.set(colour, distances.indexOf(Math.min(...distances)));
  }
  const stride = rowLength(width);
  const rows = new Uint8Array(stride * height);
  for (let pixel = 0; pixel < width * height; pixel += 1)
    rows[Math.floor(pixel / width) * stride + 1 + (pixel % width)] = indices.get(colourAt(pixel)) ?? 0;
  const palette = Uint8Array.from(
    kept.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]),
  );
  return pngOf(rows, { width, height, palette, level: 9 });
};
