import type { TreesFile } from '#core/detection/model/model-file.ts';
import { type Binned, binColumns, largest } from './bins.ts';
import { chooseWith, countOf, seeded } from './chance.ts';
import { type Grown, growTree } from './grow.ts';
import { newHistogram } from './histogram.ts';

export interface TreesSettings {
  readonly trees: number;
  /** Of each tree, at most. */
  readonly leaves: number;
  readonly learningRate: number;
  /** Least sum of weight times p (1 - p) of a leaf. */
  readonly minLeafWeight: number;
  /** Added to that sum where a leaf's value is found. */
  readonly l2: number;
  /** Of present values of a column, at most 255; absent values have one of their own. */
  readonly bins: number;
  /** Of rows and of columns that each tree sees, in (0, 1]. */
  readonly rowShare: number;
  readonly columnShare: number;
  readonly seed: number;
}

export interface TreesInput {
  /** One for each feature, as long as the labels; NaN where absent. */
  readonly columns: readonly Float64Array[];
  /** 1 for what the score is to find, else 0. */
  readonly labels: Uint8Array;
  /** At least 0; 1 each unless given. */
  readonly weights?: Float64Array;
  /** For each column: 1 if more never lowers the score, -1 if more never raises it, 0 if it is free. */
  readonly monotone: readonly (-1 | 0 | 1)[];
  readonly settings: TreesSettings;
  readonly progress?: (done: number, of: number) => void;
}

/** Of values in the file; what a score is in doubt by is far more. */
const significantDigits = 6;
const rounded = (value: number) => Number(value.toPrecision(significantDigits));

/** What is wrong with the input, in words; nothing if it can be learnt from. */
export const checkTreesInput = ({
  columns,
  labels,
  weights,
  monotone,
  settings,
}: TreesInput): string | undefined => {
  const { trees, leaves, bins, rowShare, columnShare, learningRate, minLeafWeight, l2 } = settings;
  if (columns.length === 0) return 'There are no columns to learn from.';
  const uneven = columns.findIndex((column) => column.length !== labels.length);
  if (uneven >= 0)
    return `Column ${uneven} has ${columns[uneven]?.length} rows, and there are ${labels.length} labels.`;
  if (monotone.length !== columns.length)
    return `There are ${columns.length} columns, and directions for ${monotone.length}.`;
  if (weights && weights.length !== labels.length)
    return `There are ${labels.length} labels and ${weights.length} weights.`;
  if (weights?.some((weight) => !(weight >= 0 && weight < largest)))
    return 'A weight is negative or not a number.';
  if (labels.some((label) => label > 1)) return 'A label is neither 0 nor 1.';
  const weigh = (wanted: number) =>
    labels.some((label, row) => label === wanted && (weights?.[row] ?? 1) > 0);
  if (!weigh(0) || !weigh(1)) return 'All labels with weight are the same: there is nothing to tell apart.';
  if (!(bins >= 2 && bins <= 255)) return `Of ${bins} bins: it takes 2 to 255.`;
  if (!(trees >= 1 && leaves >= 2)) return `Of ${trees} trees with ${leaves} leaves: it takes 1 and 2.`;
  if (!(rowShare > 0 && rowShare <= 1 && columnShare > 0 && columnShare <= 1))
    return 'Shares of rows and columns lie above 0 and up to 1.';
  if (!(learningRate > 0 && learningRate <= 1)) return 'The learning rate lies above 0 and up to 1.';
  if (!(minLeafWeight >= 0 && l2 >= 0)) return 'The least weight of a leaf and l2 are not negative.';
  return undefined;
};

/**
 * First and second derivatives of the logistic loss as whole numbers: in the largest unit of a power of two in which
 * sums over all rows stay below 2^53. So they are exact, and neither the order of rows nor a subtraction shows in them.
 */
const derive = (
  raw: Float64Array,
  labels: Uint8Array,
  weights: Float64Array,
  units: number,
  gradients: Float64Array,
  curvatures: Float64Array,
) => {
  for (let row = 0; row < raw.length; row += 1) {
    const weight = (weights[row] as number) * units;
    const odds = 1 / (1 + Math.exp(-(raw[row] as number)));
    gradients[row] = Math.round(weight * (odds - (labels[row] as number)));
    curvatures[row] = weight > 0 ? Math.max(1, Math.round(weight * odds * (1 - odds))) : 0;
  }
};

/** Adds the tree's values to the scores of all rows; gives the weight that reached each leaf. */
const addTree = (
  { codes }: Binned,
  { column, code, left, right, absentLeft }: Grown,
  values: readonly number[],
  weights: Float64Array,
  raw: Float64Array,
) => {
  const reached = new Float64Array(column.length);
  for (let row = 0; row < raw.length; row += 1) {
    let node = 0;
    for (let tested = column[0] as number; tested >= 0; tested = column[node] as number) {
      const own = codes[tested]?.[row] as number;
      const isLeft = own === 0 ? absentLeft[node] === 1 : own <= (code[node] as number);
      node = (isLeft ? left[node] : right[node]) as number;
    }
    raw[row] = (raw[row] as number) + (values[node] as number);
    reached[node] = (reached[node] as number) + (weights[row] as number);
  }
  return reached;
};

/** Of each node the mean of the leaves below it, by weight. Children come after their parents. */
const expect = ({ column, left, right }: Grown, values: readonly number[], reached: Float64Array) => {
  const expected = [...values];
  for (let node = column.length - 1; node >= 0; node -= 1) {
    if ((column[node] as number) < 0) continue;
    const [a, b] = [left[node] as number, right[node] as number];
    const [aWeight, bWeight] = [reached[a] as number, reached[b] as number];
    reached[node] = aWeight + bWeight;
    expected[node] = rounded(
      ((expected[a] as number) * aWeight + (expected[b] as number) * bWeight) / (aWeight + bWeight),
    );
  }
  return expected;
};

interface Building extends TreesFile {
  readonly roots: number[];
  readonly feature: number[];
  readonly threshold: number[];
  readonly left: number[];
  readonly right: number[];
  readonly absentLeft: number[];
  readonly value: number[];
}

const append = (file: Building, { edges }: Binned, tree: Grown, expected: readonly number[]) => {
  const first = file.feature.length;
  file.roots.push(first);
  for (const [node, column] of tree.column.entries()) {
    const isLeaf = column < 0;
    file.feature.push(column);
    // Beyond the last edge everything that is present goes left.
    file.threshold.push(
      isLeaf ? (expected[node] as number) : (edges[column]?.[(tree.code[node] as number) - 1] ?? largest),
    );
    file.left.push(isLeaf ? 0 : first + (tree.left[node] as number));
    file.right.push(isLeaf ? 0 : first + (tree.right[node] as number));
    file.absentLeft.push(tree.absentLeft[node] as number);
    file.value.push(expected[node] as number);
  }
};

const baseOf = (labels: Uint8Array, weights: Float64Array) => {
  const sums = [0, 0];
  for (const [row, label] of labels.entries())
    sums[label] = (sums[label] as number) + (weights[row] as number);
  const [zeros, ones] = sums as [number, number];
  return { base: rounded(Math.log(ones / zeros)), sum: zeros + ones };
};

/**
 * Gradient boosting of histogram trees on the logistic loss (Friedman 2001; leaf-wise and binned as in LightGBM, absent
 * values as in XGBoost, monotone bounds as in both). The same input gives the same bytes. Throws on input that cannot be
 * learnt from; `checkTreesInput` tells beforehand.
 */
export const trainTrees = (input: TreesInput): TreesFile => {
  const problem = checkTreesInput(input);
  if (problem) throw new RangeError(problem);
  const { columns, labels, monotone, settings, progress } = input;
  const weights = input.weights ?? new Float64Array(labels.length).fill(1);
  const { base, sum } = baseOf(labels, weights);
  const units = 2 ** Math.floor(52 - Math.log2(sum));
  const rules = {
    monotone,
    l2: settings.l2 * units,
    minLeafWeight: Math.max(1, settings.minLeafWeight * units),
  };
  const binned = binColumns(columns, settings.bins);
  const histograms = Array.from({ length: settings.leaves }, () => newHistogram(binned));
  const choose = chooseWith(seeded('trees', settings.seed));
  const raw = new Float64Array(labels.length).fill(base);
  const [gradients, curvatures] = [raw.slice(), raw.slice()];
  const file: Building = {
    base,
    roots: [],
    feature: [],
    threshold: [],
    left: [],
    right: [],
    absentLeft: [],
    value: [],
  };
  for (let done = 0; done < settings.trees; done += 1) {
    derive(raw, labels, weights, units, gradients, curvatures);
    const tree = growTree({
      binned,
      gradients,
      curvatures,
      rows: choose(countOf(settings.rowShare, labels.length), labels.length),
      columns: choose(countOf(settings.columnShare, columns.length), columns.length),
      histograms,
      rules,
    });
    const values = tree.step.map((step, node) =>
      tree.column[node] === -1 ? rounded(settings.learningRate * step) : 0,
    );
    append(file, binned, tree, expect(tree, values, addTree(binned, tree, values, weights, raw)));
    progress?.(done + 1, settings.trees);
  }
  return file;
};
