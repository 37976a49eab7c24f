import type { Binned } from './bins.ts';

/** Of each code the sum of first and that of second derivatives, side by side; the codes of a column fill a byte. */
export const cellsOfColumn = 2 * 256;

export const newHistogram = ({ words }: Binned): Float64Array =>
  new Float64Array(words.length * 4 * cellsOfColumn);

/** The innermost loop of the training: four columns at a time. */
const addWords = (
  histogram: Float64Array,
  start: number,
  words: Int32Array,
  rows: Int32Array,
  gradients: Float64Array,
  curvatures: Float64Array,
) => {
  for (let at = 0; at < rows.length; at += 1) {
    const word = words[rows[at] as number] as number;
    const gradient = gradients[at] as number;
    const curvature = curvatures[at] as number;
    const first = start + ((word & 255) << 1);
    histogram[first] = (histogram[first] as number) + gradient;
    histogram[first + 1] = (histogram[first + 1] as number) + curvature;
    const second = start + cellsOfColumn + ((word >>> 7) & 510);
    histogram[second] = (histogram[second] as number) + gradient;
    histogram[second + 1] = (histogram[second + 1] as number) + curvature;
    const third = start + 2 * cellsOfColumn + ((word >>> 15) & 510);
    histogram[third] = (histogram[third] as number) + gradient;
    histogram[third + 1] = (histogram[third + 1] as number) + curvature;
    const fourth = start + 3 * cellsOfColumn + ((word >>> 23) & 510);
    histogram[fourth] = (histogram[fourth] as number) + gradient;
    histogram[fourth + 1] = (histogram[fourth + 1] as number) + curvature;
  }
};

/** Sums over these rows, of all four columns of each word that holds one of `columns`. */
export const fillHistogram = (
  histogram: Float64Array,
  { words }: Binned,
  columns: Int32Array,
  rows: Int32Array,
  { gradients, curvatures }: { gradients: Float64Array; curvatures: Float64Array },
): Float64Array => {
  const [ownGradients, ownCurvatures] = [new Float64Array(rows.length), new Float64Array(rows.length)];
  for (let at = 0; at < rows.length; at += 1) {
    ownGradients[at] = gradients[rows[at] as number] as number;
    ownCurvatures[at] = curvatures[rows[at] as number] as number;
  }
  histogram.fill(0);
  for (const at of new Set(columns.map((column) => column >> 2)))
    addWords(histogram, at * 4 * cellsOfColumn, words[at] as Int32Array, rows, ownGradients, ownCurvatures);
  return histogram;
};

export const subtract = (from: Float64Array, other: Float64Array): Float64Array => {
  for (let at = 0; at < from.length; at += 1) from[at] = (from[at] as number) - (other[at] as number);
  return from;
};
