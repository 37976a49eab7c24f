import type { SpreadFile } from '#core/detection/model/model-file.ts';
import { ascending, quantileOf } from './order.ts';

const binCount = 10;
/** Added to every count, so that no share is 0: the index is a logarithm. */
const added = 0.5;

const sharesIn = (values: readonly number[], edges: readonly number[]): number[] => {
  const counts = new Array<number>(edges.length + 2).fill(0);
  for (const value of values) {
    const place = edges.findIndex((edge) => value <= edge);
    const bin = Number.isNaN(value) ? edges.length + 1 : place < 0 ? edges.length : place;
    counts[bin] = (counts[bin] as number) + 1;
  }
  const total = values.length + added * counts.length;
  return counts.map((count) => Number(((count + added) / total).toPrecision(6)));
};

/** Deciles of what is present, and the share of each bin and of the absent. */
export const spreadOf = (values: readonly number[]): SpreadFile => {
  const present = ascending(values.filter((value) => !Number.isNaN(value)));
  const deciles = Array.from({ length: binCount - 1 }, (_, at) => quantileOf(present, (at + 1) / binCount));
  const edges = [...new Set(deciles.filter(Number.isFinite))];
  return { edges, shares: sharesIn(values, edges) };
};

/** Population stability index of values against a spread: above 0.2 they are not of the same kind any more. */
export const stabilityIndex = ({ edges, shares }: SpreadFile, values: readonly number[]): number => {
  const found = sharesIn(values, edges);
  return shares.reduce((sum, share, at) => {
    const actual = found[at] as number;
    return sum + (actual - share) * Math.log(actual / share);
  }, 0);
};
