import type { NoveltyFile } from '#core/detection/model/model-file.ts';
import { isAbsent, within } from './bins.ts';
import { chooseWith, seeded } from './chance.ts';

export interface NoveltyInput {
  /** One for each feature, all of one length; NaN where absent. */
  readonly columns: readonly Float64Array[];
  /** Which rows to learn from; all unless given. */
  readonly rows?: ArrayLike<number>;
  readonly trees: number;
  /** Rows that each tree sees; fewer where there are fewer. */
  readonly sampleSize: number;
  readonly seed: number;
}

interface Building extends NoveltyFile {
  readonly roots: number[];
  readonly feature: number[];
  readonly threshold: number[];
  readonly left: number[];
  readonly right: number[];
  readonly size: number[];
}

/** Enough for a random place between two values; one more costs every node a byte. */
const significantDigits = 4;

const placeBetween = (low: number, high: number, share: number): number => {
  const exact = low * (1 - share) + high * share;
  const short = Number(exact.toPrecision(significantDigits));
  if (short >= low && short < high) return short;
  return exact >= low && exact < high ? exact : low;
};

/** Columns in which these rows differ, with their least and largest value. */
const rangesOf = (columns: readonly Float64Array[], rows: readonly number[]) => {
  const ranges: { column: number; low: number; high: number }[] = [];
  for (const [column, values] of columns.entries()) {
    let [low, high] = [Infinity, -Infinity];
    for (const row of rows) {
      const value = values[row] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low < high) ranges.push({ column, low: within(low), high: within(high) });
  }
  return ranges;
};

/** Rows at most and above the threshold; absent ones go where more are, to the left when neither is. */
const divide = (values: Float64Array, rows: readonly number[], threshold: number) => {
  const left = rows.filter((row) => (values[row] as number) <= threshold);
  const right = rows.filter((row) => (values[row] as number) > threshold);
  const absent = rows.filter((row) => isAbsent(values[row] as number));
  (left.length >= right.length ? left : right).push(...absent);
  return { left, right };
};

/**
 * Isolation forest (Liu, Ting, Zhou 2008): random columns are cut at random places; what few cuts set apart is unlike
 * the rest. Trees end at the height that an average row has, ceil(log2(sampleSize)). The same input gives the same bytes.
 */
export const trainNovelty = ({ columns, rows, trees, sampleSize, seed }: NoveltyInput): NoveltyFile => {
  const all = rows ? Array.from(rows) : Array.from(columns[0] ?? [], (_, row) => row);
  if (all.length === 0) throw new RangeError('There are no rows to learn from.');
  const size = Math.min(sampleSize, all.length);
  const next = seeded('novelty', seed);
  const choose = chooseWith(next);
  const deepest = Math.ceil(Math.log2(size));
  const file: Building = {
    sampleSize: size,
    roots: [],
    feature: [],
    threshold: [],
    left: [],
    right: [],
    size: [],
  };
  const grow = (own: readonly number[], depth: number): number => {
    const node = file.feature.push(-1) - 1;
    file.threshold.push(0);
    file.left.push(0);
    file.right.push(0);
    file.size.push(own.length);
    const ranges = depth < deepest && own.length > 1 ? rangesOf(columns, own) : [];
    const range = ranges[Math.floor(next() * ranges.length)];
    if (!range) return node;
    const threshold = placeBetween(range.low, range.high, next());
    const { left, right } = divide(columns[range.column] as Float64Array, own, threshold);
    [file.feature[node], file.threshold[node], file.size[node]] = [range.column, threshold, 0];
    file.left[node] = grow(left, depth + 1);
    file.right[node] = grow(right, depth + 1);
    return node;
  };
  for (let tree = 0; tree < trees; tree += 1) {
    const sample = Array.from(choose(size, all.length), (at) => all[at] as number);
    file.roots.push(grow(sample, 0));
  }
  return file;
};
