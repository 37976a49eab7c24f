import type { Binned } from './bins.ts';
import { cellsOfColumn } from './histogram.ts';

/** A set of rows: sums of first and second derivatives in whole units, and what its value may be. */
export interface Sums {
  readonly gradient: number;
  readonly curvature: number;
  readonly low: number;
  readonly high: number;
}

export interface Split {
  readonly gain: number;
  readonly column: number;
  /** Present values go left when their code is at most this. */
  readonly code: number;
  readonly absentLeft: 0 | 1;
  readonly left: Sums;
  readonly right: Sums;
}

export interface SplitRules {
  readonly monotone: readonly (-1 | 0 | 1)[];
  /** In the units of the sums. */
  readonly l2: number;
  readonly minLeafWeight: number;
}

/** A split whose gain is less than this share of the curvature moves log-odds by less than 3e-5: rounding. */
const leastGain = 1e-9;

/** Newton's step, kept within the node's bounds. */
const stepOf = (gradient: number, curvature: number, low: number, high: number, l2: number): number =>
  Math.max(low, Math.min(high, -gradient / (curvature + l2)));

export const valueFor = ({ gradient, curvature, low, high }: Sums, l2: number): number =>
  stepOf(gradient, curvature, low, high, l2);

/** Twice what the step takes off the loss. */
const worthOf = (gradient: number, curvature: number, step: number, l2: number): number =>
  -step * (2 * gradient + (curvature + l2) * step);

/**
 * Bounds of a monotone split lie in the middle between the two values: whatever grows on one side stays on its side of
 * it, so that the tree as a whole is monotone. Present against absent is no order and sets none.
 */
const dividedBy = (left: Sums, right: Sums, direction: number, l2: number): [Sums, Sums] => {
  if (direction === 0) return [left, right];
  const middle = (valueFor(left, l2) + valueFor(right, l2)) / 2;
  return direction > 0
    ? [
        { ...left, high: middle },
        { ...right, low: middle },
      ]
    : [
        { ...left, low: middle },
        { ...right, high: middle },
      ];
};

/** The split of the largest gain; of equal ones that of the first column and the lowest threshold. */
export const bestSplit = (
  histogram: Float64Array,
  { edges }: Binned,
  columns: Int32Array,
  node: Sums,
  rules: SplitRules,
): Split | undefined => {
  const { gradient, curvature, low, high } = node;
  const { l2, minLeafWeight } = rules;
  let [gain, column, code, absentLeft] = [leastGain * curvature, -1, 0, 0];
  gain += worthOf(gradient, curvature, stepOf(gradient, curvature, low, high, l2), l2);
  const leastWorth = gain;
  let [leftGradient, leftCurvature, isOrdered] = [0, 0, false];
  for (let nth = 0; nth < columns.length; nth += 1) {
    const tried = columns[nth] as number;
    const start = tried * cellsOfColumn;
    const bins = (edges[tried]?.length ?? 0) + 1;
    const absentGradient = histogram[start] as number;
    const absentCurvature = histogram[start + 1] as number;
    const presentCurvature = curvature - absentCurvature;
    const direction = rules.monotone[tried] as number;
    let [sumGradient, sumCurvature] = [0, 0];
    for (let bin = 1; bin <= bins && sumCurvature < presentCurvature; bin += 1) {
      const at = start + 2 * bin;
      // An empty bin divides as the one before it did. Sums are whole numbers, so that empty means zero.
      if (histogram[at + 1] === 0) continue;
      sumGradient += histogram[at] as number;
      sumCurvature += histogram[at + 1] as number;
      const isLast = sumCurvature === presentCurvature;
      // All that is present on the left leaves only what is absent for the right.
      const firstSide = absentCurvature === 0 ? 0 : isLast ? 1 : 0;
      const lastSide = absentCurvature === 0 ? (isLast ? -1 : 0) : 1;
      for (let side = firstSide; side <= lastSide; side += 1) {
        // Side 0 takes the absent to the left, side 1 to the right.
        const g = side === 0 ? sumGradient + absentGradient : sumGradient;
        const h = side === 0 ? sumCurvature + absentCurvature : sumCurvature;
        const rest = curvature - h;
        if (h < minLeafWeight || rest < minLeafWeight) continue;
        const leftStep = stepOf(g, h, low, high, l2);
        const rightStep = stepOf(gradient - g, rest, low, high, l2);
        if (!isLast && direction * (rightStep - leftStep) < 0) continue;
        const worth = worthOf(g, h, leftStep, l2) + worthOf(gradient - g, rest, rightStep, l2);
        if (worth <= gain) continue;
        [gain, column, leftGradient, leftCurvature, isOrdered] = [worth, tried, g, h, !isLast];
        code = isLast ? bins : bin;
        // Where none was absent the larger side is the better guess.
        absentLeft = absentCurvature === 0 ? Number(h >= rest) : 1 - side;
      }
    }
  }
  if (column < 0) return undefined;
  const [left, right] = dividedBy(
    { gradient: leftGradient, curvature: leftCurvature, low, high },
    { gradient: gradient - leftGradient, curvature: curvature - leftCurvature, low, high },
    isOrdered ? (rules.monotone[column] as number) : 0,
    l2,
  );
  return { gain: gain - leastWorth, column, code, absentLeft: absentLeft === 1 ? 1 : 0, left, right };
};
