import type { TreesFile } from './model-file.ts';

/** Boosted trees that are ready to score rows: one value for each column, NaN where it is absent. */
export interface Trees {
  /** Log-odds of a row of which nothing is known: what contributions begin from. */
  readonly baseValue: number;
  /** Probability. */
  score(row: Float64Array): number;
  /** Log-odds. */
  rawScore(row: Float64Array): number;
  /** Overwrites `out`, one for each column: log-odds that it adds to `baseValue`; together they are the raw score. */
  contributions(row: Float64Array, out: Float64Array): void;
}

/** A threshold that only an absent value does not pass. */
const anyPresent = 1e308;
/** So many rows make the compiler translate the walk; the first real score is then as fast as the others. */
const warmUps = 400;

const largestOf = (numbers: readonly number[]) => numbers.reduce((most, each) => Math.max(most, each), -1);

/** Flat typed arrays; a score allocates nothing. */
export const compileTrees = (file: TreesFile): Trees => {
  const roots = Int32Array.from(file.roots);
  const feature = Int32Array.from(file.feature);
  const threshold = Float64Array.from(file.threshold, (cut) => (cut >= anyPresent ? Infinity : cut));
  const left = Int32Array.from(file.left);
  const right = Int32Array.from(file.right);
  const value = Float64Array.from(file.value);
  /** Where a row goes that lacks the feature. */
  const absent = Int32Array.from(file.absentLeft, (isLeft, node) => (isLeft ? left : right)[node] as number);
  const { base } = file;

  const childOf = (node: number, known: number): number =>
    (known <= (threshold[node] as number)
      ? left[node]
      : known > (threshold[node] as number)
        ? right[node]
        : absent[node]) as number;

  const rawScore = (row: Float64Array): number => {
    let sum = base;
    for (let tree = 0; tree < roots.length; tree += 1) {
      let node = roots[tree] as number;
      for (let tested = feature[node] as number; tested >= 0; tested = feature[node] as number)
        node = childOf(node, row[tested] as number);
      sum += threshold[node] as number;
    }
    return sum;
  };

  /** Saabas: each step credits its feature with the change of the expected value. */
  const contributions = (row: Float64Array, out: Float64Array): void => {
    out.fill(0);
    for (let tree = 0; tree < roots.length; tree += 1) {
      let node = roots[tree] as number;
      for (let tested = feature[node] as number; tested >= 0; tested = feature[node] as number) {
        const child = childOf(node, row[tested] as number);
        out[tested] = (out[tested] as number) + (value[child] as number) - (value[node] as number);
        node = child;
      }
    }
  };

  const trees: Trees = {
    baseValue: roots.reduce((sum, root) => sum + (value[root] as number), base),
    score: (row) => 1 / (1 + Math.exp(-rawScore(row))),
    rawScore,
    contributions,
  };
  warmUp(trees, 1 + largestOf(file.feature), threshold);
  return trees;
};

/** Rows of thresholds go both ways. */
const warmUp = (trees: Trees, columns: number, thresholds: Float64Array) => {
  const [row, out] = [new Float64Array(columns), new Float64Array(columns)];
  for (let time = 0; time < warmUps; time += 1) {
    for (let column = 0; column < columns; column += 1)
      row[column] =
        (time + column) % 5 ? (thresholds[(time * 31 + column * 7) % thresholds.length] as number) : NaN;
    trees.score(row);
    trees.contributions(row, out);
  }
};
