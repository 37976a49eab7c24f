import type { Binned } from './bins.ts';
import { fillHistogram, subtract } from './histogram.ts';
import { bestSplit, type Split, type SplitRules, type Sums, valueFor } from './split.ts';

/** What one tree grows on. Derivatives are whole numbers, so that sums and differences of them are exact. */
export interface Ground {
  readonly binned: Binned;
  readonly gradients: Float64Array;
  readonly curvatures: Float64Array;
  readonly columns: Int32Array;
  /** Reordered while the tree grows. */
  readonly rows: Int32Array;
  /** One for each leaf that a tree may have; from tree to tree the same ones. */
  readonly histograms: readonly Float64Array[];
  readonly rules: SplitRules;
}

/** Nodes in the order of growth, children after their parents; a leaf has column -1. */
export interface Grown {
  readonly column: number[];
  readonly code: number[];
  readonly left: number[];
  readonly right: number[];
  readonly absentLeft: number[];
  /** Of leaves, in log-odds before shrinkage. */
  readonly step: number[];
}

/** A leaf that may be split: rows from `from` to before `to`. */
interface Leaf {
  readonly node: number;
  readonly from: number;
  readonly to: number;
  readonly histogram: Float64Array;
  readonly split: Split | undefined;
}

/** Stable: rows that go left first. Gives where the others begin. */
const divide = (
  { binned, rows }: Ground,
  { from, to }: Leaf,
  { column, code, absentLeft }: Split,
): number => {
  const codes = binned.codes[column] as Uint8Array;
  const others = new Int32Array(to - from);
  let [lefts, rights] = [from, 0];
  for (let at = from; at < to; at += 1) {
    const row = rows[at] as number;
    const own = codes[row] as number;
    if (own === 0 ? absentLeft === 1 : own <= code) rows[lefts++] = row;
    else others[rights++] = row;
  }
  rows.set(others.subarray(0, rights), lefts);
  return lefts;
};

const sumsOf = ({ rows, gradients, curvatures }: Ground): Sums => {
  let [gradient, curvature] = [0, 0];
  for (const row of rows) {
    gradient += gradients[row] as number;
    curvature += curvatures[row] as number;
  }
  return { gradient, curvature, low: -Infinity, high: Infinity };
};

const addNode = (tree: Grown, step: number): number => {
  tree.left.push(0);
  tree.right.push(0);
  tree.absentLeft.push(0);
  tree.code.push(0);
  tree.step.push(step);
  return tree.column.push(-1) - 1;
};

const takeBest = (open: Leaf[]): (Leaf & { split: Split }) | undefined => {
  let [best, gain] = [-1, 0];
  for (const [index, { split }] of open.entries())
    if (split && split.gain > gain) [best, gain] = [index, split.gain];
  return best < 0 ? undefined : (open.splice(best, 1)[0] as Leaf & { split: Split });
};

const newTree = (): Grown => ({ column: [], code: [], left: [], right: [], absentLeft: [], step: [] });

/** Leaf by leaf, the largest gain first. Only the smaller child is counted; the other is the parent less that one. */
export const growTree = (ground: Ground): Grown => {
  const { binned, columns, histograms, rules, rows } = ground;
  const tree = newTree();
  const fill = (nth: number, from: number, to: number) =>
    fillHistogram(histograms[nth] as Float64Array, binned, columns, rows.subarray(from, to), ground);
  const open: Leaf[] = [];
  const openLeaf = (sums: Sums, node: number, from: number, to: number, histogram: Float64Array) =>
    open.push({ node, from, to, histogram, split: bestSplit(histogram, binned, columns, sums, rules) });

  const all = sumsOf(ground);
  openLeaf(all, addNode(tree, valueFor(all, rules.l2)), 0, rows.length, fill(0, 0, rows.length));
  for (let leaves = 1; leaves < histograms.length; leaves += 1) {
    const leaf = takeBest(open);
    if (!leaf) break;
    const { split, node, from, to, histogram } = leaf;
    const left = addNode(tree, valueFor(split.left, rules.l2));
    const right = addNode(tree, valueFor(split.right, rules.l2));
    tree.column[node] = split.column;
    tree.code[node] = split.code;
    tree.absentLeft[node] = split.absentLeft;
    tree.left[node] = left;
    tree.right[node] = right;
    if (leaves + 1 === histograms.length) break;
    const middle = divide(ground, leaf, split);
    const isLeftSmaller = middle - from <= to - middle;
    const smaller = isLeftSmaller ? fill(leaves, from, middle) : fill(leaves, middle, to);
    const larger = subtract(histogram, smaller);
    openLeaf(split.left, left, from, middle, isLeftSmaller ? smaller : larger);
    openLeaf(split.right, right, middle, to, isLeftSmaller ? larger : smaller);
  }
  return tree;
};
