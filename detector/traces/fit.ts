import type { Features } from '#core/challenge/grading/trace-features.ts';
import { type Column, knotsAround } from '#core/challenge/grading/trace-model.ts';
import { solve } from './solve.ts';

/** One trace to learn from. */
export interface Sample {
  features: Features;
  isPerson: boolean;
  /** Style or family. */
  group: string;
  /** Of the group within its side, however many traces it has. */
  weight: number;
}

export interface FitOptions {
  /** How strongly weights are pulled to 0, and those of neighbouring knots to each other; in samples. */
  ridge: number;
  smoothness: number;
  steps: number;
  /** Quantiles at which knots lie. */
  knotsAt: readonly number[];
  /** A feature that fewer traces have is left out. */
  fewestValues: number;
}

/** The least value has a knot of its own: of many features it means none at all, and most traces have it. */
const placeKnots = (values: number[], knotsAt: readonly number[]): number[] => {
  values.sort((a, b) => a - b);
  const least = values[0] ?? 0;
  const rest = values.filter((value) => value > least);
  const found = knotsAt.map((share) => rest[Math.floor(share * (rest.length - 1))] ?? least);
  const knots = [...new Set([least, ...found].map((knot) => Math.round(knot * 1_000) / 1_000))];
  return knots.length > 1 ? knots : [];
};

interface Placed {
  knots: readonly number[];
  /** Index of the first of its weights. */
  start: number;
}

const placeColumns = (samples: readonly Sample[], { knotsAt, fewestValues }: FitOptions) => {
  const values = new Map<string, number[]>();
  for (const { features } of samples)
    for (const [name, value] of Object.entries(features)) {
      const list = values.get(name);
      if (list) list.push(value);
      else values.set(name, [value]);
    }
  const columns = new Map<string, Placed>();
  let size = 0;
  for (const name of [...values.keys()].sort()) {
    const list = values.get(name) ?? [];
    const knots = list.length < fewestValues ? [] : placeKnots(list, knotsAt);
    if (knots.length === 0) continue;
    columns.set(name, { knots, start: size });
    size += knots.length;
  }
  return { columns, size };
};

/** The samples as rows of a sparse matrix: of each feature the one or two knots around its value. */
const placeRows = (samples: readonly Sample[], columns: ReadonlyMap<string, Placed>) => {
  const starts = new Int32Array(samples.length + 1);
  const at: number[] = [];
  const shares: number[] = [];
  for (const [row, { features }] of samples.entries()) {
    // In the order of the columns, so that only the lower half of the matrix of second derivatives is filled.
    for (const [name, { knots, start }] of columns) {
      const value = features[name];
      if (value === undefined) continue;
      const [index, share] = knotsAround(value, knots);
      if (share < 1) {
        at.push(start + index);
        shares.push(1 - share);
      }
      if (share > 0) {
        at.push(start + index + 1);
        shares.push(share);
      }
    }
    starts[row + 1] = at.length;
  }
  return { starts, at: Int32Array.from(at), shares: Float64Array.from(shares) };
};

/** People and machines weigh the same in sum, and so do the groups of each, but for their weights. */
const weigh = (samples: readonly Sample[]): Float64Array => {
  const counts = new Map<string, number>();
  const sides = { true: new Map<string, number>(), false: new Map<string, number>() };
  for (const { group, isPerson, weight } of samples) {
    counts.set(group, (counts.get(group) ?? 0) + 1);
    sides[`${isPerson}`].set(group, weight);
  }
  const sumOf = (side: Map<string, number>) => [...side.values()].reduce((sum, weight) => sum + weight, 0);
  const sums = { true: sumOf(sides.true), false: sumOf(sides.false) };
  return Float64Array.from(
    samples,
    ({ group, isPerson, weight }) =>
      (samples.length * weight) / 2 / sums[`${isPerson}`] / (counts.get(group) ?? 1),
  );
};

/**
 * Logistic regression on hat functions by Newton's method, with a ridge and without an intercept: people and machines
 * weigh the same, so where nothing is known the odds are even. The same samples give the same bytes.
 */
export const fitColumns = (samples: readonly Sample[], options: FitOptions): Record<string, Column> => {
  const { columns, size } = placeColumns(samples, options);
  const { starts, at, shares } = placeRows(samples, columns);
  const sampleWeights = weigh(samples);
  const { ridge, smoothness, steps } = options;
  const weights = new Float64Array(size);
  for (let step = 0; step < steps; step += 1) {
    const gradient = weights.map((weight) => -ridge * weight);
    const curvature = new Float64Array(size * size);
    const bend = (i: number, j: number, value: number) => {
      curvature[i * size + j] = (curvature[i * size + j] as number) + value;
    };
    const push = (i: number, value: number) => {
      gradient[i] = (gradient[i] as number) + value;
    };
    for (let i = 0; i < size; i += 1) bend(i, i, ridge);
    for (const { knots, start } of columns.values())
      for (let high = start + 1; high < start + knots.length; high += 1) {
        const rise = (weights[high] as number) - (weights[high - 1] as number);
        push(high, -smoothness * rise);
        push(high - 1, smoothness * rise);
        bend(high, high, smoothness);
        bend(high - 1, high - 1, smoothness);
        bend(high, high - 1, -smoothness);
      }
    for (const [row, { isPerson }] of samples.entries()) {
      const [from, to] = [starts[row] as number, starts[row + 1] as number];
      let score = 0;
      for (let k = from; k < to; k += 1)
        score += (weights[at[k] as number] as number) * (shares[k] as number);
      const odds = 1 / (1 + Math.exp(-score));
      const weight = sampleWeights[row] as number;
      const pull = weight * ((isPerson ? 1 : 0) - odds);
      const curve = weight * odds * (1 - odds);
      for (let k = from; k < to; k += 1) {
        const i = at[k] as number;
        const share = shares[k] as number;
        gradient[i] = (gradient[i] as number) + pull * share;
        for (let l = from; l <= k; l += 1) {
          const cell = i * size + (at[l] as number);
          curvature[cell] = (curvature[cell] as number) + curve * share * (shares[l] as number);
        }
      }
    }
    const change = solve(curvature, gradient);
    for (let i = 0; i < size; i += 1) weights[i] = (weights[i] as number) + (change[i] as number);
  }
  const fitted: Record<string, Column> = {};
  for (const [name, { knots, start }] of columns) {
    const own = [...weights.slice(start, start + knots.length)];
    fitted[name] = { knots, weights: own.map((weight) => Math.round(weight * 1_000) / 1_000) };
  }
  return fitted;
};
