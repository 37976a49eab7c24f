/** Three bytes for a pixel (red, green, blue), row by row. */
export interface Pixels {
  width: number;
  height: number;
  data: Uint8Array;
}

/** A picture of another size, whose pixels take what `colourAt` writes at an offset. */
const drawn = (
  width: number,
  height: number,
  colourAt: (x: number, y: number, data: Uint8Array, offset: number) => void,
): Pixels => {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) colourAt(x, y, data, (y * width + x) * 3);
  return { width, height, data };
};

/** Smaller: each pixel is the mean of those that it covers. */
export const shrunk = (from: Pixels, width: number, height: number): Pixels =>
  drawn(width, height, (x, y, data, offset) => {
    const [left, right] = [x, x + 1].map((edge) => Math.floor((edge * from.width) / width)) as [
      number,
      number,
    ];
    const [top, bottom] = [y, y + 1].map((edge) => Math.floor((edge * from.height) / height)) as [
      number,
      number,
    ];
    const count = (right - left) * (bottom - top);
    let [red, green, blue] = [0, 0, 0];
    for (let row = top; row < bottom; row += 1)
      for (let at = (row * from.width + left) * 3, end = at + (right - left) * 3; at < end; at += 3) {
        red += from.data[at] as number;
        green += from.data[at + 1] as number;
        blue += from.data[at + 2] as number;
      }
    data[offset] = red / count;
    data[offset + 1] = green / count;
    data[offset + 2] = blue / count;
  });

/** Larger: each pixel lies between the four that are nearest. */
export const enlarged = (from: Pixels, width: number, height: number): Pixels => {
  const between = (position: number, size: number, fromSize: number) => {
    const exact = Math.min(Math.max(((position + 0.5) * fromSize) / size - 0.5, 0), fromSize - 1);
    const first = Math.floor(exact);
    return { first, second: Math.min(first + 1, fromSize - 1), share: exact - first };
  };
  const columns = Array.from({ length: width }, (_, x) => between(x, width, from.width));
  const rows = Array.from({ length: height }, (_, y) => between(y, height, from.height));
  return drawn(width, height, (x, y, data, offset) => {
    const { first: left, second: right, share: across } = columns[x] as ReturnType<typeof between>;
    const { first: top, second: bottom, share: down } = rows[y] as ReturnType<typeof between>;
    for (let channel = 0; channel < 3; channel += 1) {
      const at = (column: number, row: number) =>
        from.data[(row * from.width + column) * 3 + channel] as number;
      const above = at(left, top) * (1 - across) + at(right, top) * across;
      const below = at(left, bottom) * (1 - across) + at(right, bottom) * across;
      data[offset + channel] = Math.round(above * (1 - down) + below * down);
    }
  });
};

/** As large as its longest side allows. */
export const fitted = (from: Pixels, longestSide: number): Pixels => {
  const scale = longestSide / Math.max(from.width, from.height);
  const sides = [from.width, from.height].map((side) => Math.max(1, Math.round(side * scale)));
  return (scale < 1 ? shrunk : enlarged)(from, ...(sides as [number, number]));
};

/** Where the pixel of an upright picture lies in one that is stored with an orientation (TIFF 6.0, tag 274). */
const sources: Record<number, (x: number, y: number, right: number, bottom: number) => [number, number]> = {
  2: (x, y, right) => [right - x, y],
  3: (x, y, right, bottom) => [right - x, bottom - y],
  4: (x, y, _, bottom) => [x, bottom - y],
  5: (x, y) => [y, x],
  6: (x, y, _, bottom) => [y, bottom - x],
  7: (x, y, right, bottom) => [right - y, bottom - x],
  8: (x, y, right) => [right - y, x],
};

export const turnedUpright = (from: Pixels, orientation: number): Pixels => {
  const source = sources[orientation];
  if (!source) return from;
  const [width, height] = orientation >= 5 ? [from.height, from.width] : [from.width, from.height];
  return drawn(width, height, (x, y, data, offset) => {
    const [column, row] = source(x, y, from.width - 1, from.height - 1);
    const at = (row * from.width + column) * 3;
    data.set(from.data.subarray(at, at + 3), offset);
  });
};
