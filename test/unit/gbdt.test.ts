import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TreesFile } from '#core/detection/model/model-file.ts';
import { compileTrees } from '#core/detection/model/trees.ts';
import { checkTreesInput, type TreesInput, type TreesSettings, trainTrees } from '#detector/gbdt/train.ts';
import { type Chance, chanceOf } from '#detector/traces/chance.ts';

const settings = (some: Partial<TreesSettings> = {}): TreesSettings => ({
  trees: 5,
  leaves: 8,
  learningRate: 0.2,
  minLeafWeight: 0.5,
  l2: 1,
  bins: 255,
  rowShare: 1,
  columnShare: 1,
  seed: 1,
  ...some,
});

const columnsOf = (rows: number, count: number, value: (row: number, column: number) => number) =>
  Array.from({ length: count }, (_, column) =>
    Float64Array.from({ length: rows }, (_, row) => value(row, column)),
  );

const rowsOf = (columns: readonly Float64Array[]) =>
  Array.from(columns[0] ?? [], (_, row) => Float64Array.from(columns, (column) => column[row] as number));

const scoresOf = (file: TreesFile, columns: readonly Float64Array[]) => {
  const trees = compileTrees(file);
  return rowsOf(columns).map((row) => trees.score(row));
};

const free = (columns: readonly Float64Array[]) => columns.map(() => 0 as const);

/** Share of pairs of unlike rows that the scores order rightly (Mann and Whitney); halves for equal scores. */
const aucOf = (scores: readonly number[], labels: ArrayLike<number>) => {
  const order = scores.map((score, row) => ({ score, label: labels[row] as number }));
  order.sort((a, b) => a.score - b.score);
  let [wins, zeros] = [0, 0];
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && order[to]?.score === order[from]?.score) to += 1;
    const ones = order.slice(from, to).reduce((sum, { label }) => sum + label, 0);
    wins += ones * (zeros + (to - from - ones) / 2);
    zeros += to - from - ones;
    from = to;
  }
  return wins / (zeros * (order.length - zeros));
};

const rounded = (value: number) => Number(value.toPrecision(6));
const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

/**
 * The same algorithm as slow and plain as it can be: rows as lists, every cut between two present values of the node and
 * present against absent, all sums made anew. Gives the leaves of each tree as sets of rows with their values.
 */
const trainExactly = ({
  columns,
  labels,
  weights,
  settings: { trees, leaves, learningRate, minLeafWeight, l2 },
}: TreesInput) => {
  const all = Array.from(labels, (_, row) => row);
  const weight = (row: number) => weights?.[row] ?? 1;
  const sum = (rows: readonly number[], of: (row: number) => number) =>
    rows.reduce((total, row) => total + of(row), 0);
  const ones = sum(all, (row) => weight(row) * (labels[row] as number));
  const raw = all.map(() => rounded(Math.log(ones / (sum(all, weight) - ones))));
  const forest: { rows: number[]; value: number }[][] = [];
  for (let tree = 0; tree < trees; tree += 1) {
    const odds = raw.map((score) => 1 / (1 + Math.exp(-score)));
    const gradient = (rows: readonly number[]) =>
      sum(rows, (row) => weight(row) * ((odds[row] as number) - (labels[row] as number)));
    const curvature = (rows: readonly number[]) =>
      sum(rows, (row) => weight(row) * (odds[row] as number) * (1 - (odds[row] as number)));
    const worth = (rows: readonly number[]) => gradient(rows) ** 2 / (curvature(rows) + l2);
    const splitOf = (rows: readonly number[]) => {
      let best: { gain: number; sides: [number[], number[]] } | undefined;
      for (const column of columns) {
        const value = (row: number) => column[row] as number;
        const absent = rows.filter((row) => Number.isNaN(value(row)));
        for (const cut of new Set(
          rows
            .map(value)
            .filter((each) => !Number.isNaN(each))
            .sort((a, b) => a - b),
        ))
          for (const isAbsentLeft of [true, false]) {
            const low = [...rows.filter((row) => value(row) <= cut), ...(isAbsentLeft ? absent : [])];
            const high = [...rows.filter((row) => value(row) > cut), ...(isAbsentLeft ? [] : absent)];
            if (Math.min(curvature(low), curvature(high)) < Math.max(minLeafWeight, 1e-12)) continue;
            const gain = worth(low) + worth(high) - worth(rows);
            if (gain > Math.max((best?.gain ?? 0) * (1 + 1e-8), 1e-9 * curvature(rows)))
              best = { gain, sides: [low, high] };
          }
      }
      return best;
    };
    const grown = [{ rows: all, split: splitOf(all) }];
    while (grown.length < leaves) {
      const next = grown.reduce((a, b) => ((b.split?.gain ?? 0) > (a.split?.gain ?? 0) ? b : a));
      if (!next.split) break;
      grown.splice(
        grown.indexOf(next),
        1,
        ...next.split.sides.map((rows) => ({ rows, split: splitOf(rows) })),
      );
    }
    const ends = grown.map(({ rows }) => ({
      rows: rows.sort((a, b) => a - b),
      value: rounded((-learningRate * gradient(rows)) / (curvature(rows) + l2)),
    }));
    for (const { rows, value } of ends) for (const row of rows) raw[row] = (raw[row] as number) + value;
    forest.push(ends.sort((a, b) => (a.rows[0] as number) - (b.rows[0] as number)));
  }
  return { forest, raw };
};

/** The same of a file. */
const leavesOf = (file: TreesFile, columns: readonly Float64Array[]) =>
  file.roots.map((root) => {
    const leaves = new Map<number, number[]>();
    for (const [index, row] of rowsOf(columns).entries()) {
      let node = root;
      for (let tested = file.feature[node] as number; tested >= 0; tested = file.feature[node] as number) {
        const value = row[tested] as number;
        const isLeft = Number.isNaN(value)
          ? file.absentLeft[node] === 1
          : value <= (file.threshold[node] as number);
        node = (isLeft ? file.left[node] : file.right[node]) as number;
      }
      leaves.set(node, [...(leaves.get(node) ?? []), index]);
    }
    return [...leaves].map(([node, rows]) => ({ rows, value: file.threshold[node] as number }));
  });

/** Few distinct values, some absent; weights without pattern, so that no two cuts are worth the same by chance. */
const fewValues = (chance: Chance): TreesInput => {
  const rows = 20 + chance.below(100);
  const columns = columnsOf(rows, 4, (_, column) =>
    column > 0 && chance.happens(0.2) ? NaN : chance.below(7) / 3,
  );
  const labels = Uint8Array.from({ length: rows }, (_, row) =>
    Number(row < 2 ? row : chance.happens((columns[0]?.[row] as number) / 2.5)),
  );
  const weights = Float64Array.from({ length: rows }, () => chance.between(0.5, 2));
  return { columns, labels, weights, monotone: free(columns), settings: settings({ trees: 3 }) };
};

describe('boosted trees', () => {
  it('are those of a slow exact search where every value has a bin', () => {
    for (let time = 0; time < 12; time += 1) {
      const input = fewValues(chanceOf(`exact ${time}`));
      const exact = trainExactly(input);
      const file = trainTrees(input);
      const found = leavesOf(file, input.columns);
      expect(found.map((tree) => tree.map(({ rows }) => rows))).toEqual(
        exact.forest.map((tree) => tree.map(({ rows }) => rows)),
      );
      for (const [tree, leaves] of exact.forest.entries())
        for (const [leaf, { value }] of leaves.entries())
          expect(Math.abs((found[tree]?.[leaf]?.value as number) - value)).toBeLessThan(1e-9);
      const trees = compileTrees(file);
      for (const [at, row] of rowsOf(input.columns).entries())
        expect(Math.abs(trees.rawScore(row) - (exact.raw[at] as number))).toBeLessThan(1e-9);
    }
  });

  it('never score against a direction that they were told, whatever else a row has', () => {
    const directions = fc.array(fc.constantFrom<-1 | 0 | 1>(-1, 0, 1), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.integer(), directions, fc.constantFrom(3, 20, 255), (seed, monotone, bins) => {
        const chance = chanceOf(`monotone ${seed}`);
        const columns = columnsOf(150, 3, () => (chance.happens(0.15) ? NaN : chance.normal()));
        // With the directions or against them, and what a column says depends on its neighbour.
        const way = chance.pick([2, 2, -1]);
        const labels = Uint8Array.from({ length: 150 }, (_, row) => {
          const own = columns.map((column) => column[row] || 0) as [number, number, number];
          const along = monotone.reduce<number>((sum, to, at) => sum + to * (own[at] as number), 0);
          return Number(way * along + 2 * own[0] * own[1] - 2 * own[1] * own[2] > chance.normal());
        });
        labels.set([0, 1]);
        const file = trainTrees({
          columns,
          labels,
          monotone,
          settings: settings({ trees: chance.pick([1, 2, 8]), bins, minLeafWeight: 0.1 }),
        });
        const trees = compileTrees(file);
        for (let time = 0; time < 40; time += 1) {
          const row = Float64Array.from(columns, () => (chance.happens(0.2) ? NaN : chance.normal()));
          const column = chance.below(3);
          const ladder = Array.from({ length: 8 }, () => chance.normal(0, 1.5)).sort((a, b) => a - b);
          const scores = ladder.map(
            (value) => trees.rawScore(row.with(column, value)) * (monotone[column] as number),
          );
          expect(scores).toEqual(scores.toSorted((a, b) => a - b));
        }
      }),
      { numRuns: 40, seed: 20_261_122 },
    );
  });

  const sampled = settings({ trees: 10, rowShare: 0.7, columnShare: 0.6 });
  const waves = (rows: number, chance: Chance) => {
    const columns = columnsOf(rows, 6, (_, column) =>
      column === 5 && chance.happens(0.3) ? NaN : chance.normal(),
    );
    const truth = Array.from({ length: rows }, (_, row) => {
      const [a, b, c, d] = columns.map((column) => column[row] as number) as [number, number, number, number];
      return 2 * Math.sin(2 * a) + a * b + 1.5 * c - 0.5 * d ** 2;
    });
    const labels = Uint8Array.from(truth, (score) => Number(chance.happens(1 / (1 + Math.exp(-score)))));
    return { columns, labels, truth, monotone: free(columns) };
  };

  it('are the same, byte by byte, when they are trained again, and others with another seed', () => {
    const hash = (seed: number) => {
      const file = trainTrees({ ...waves(2_000, chanceOf('twice')), settings: { ...sampled, seed } });
      return createHash('sha256').update(JSON.stringify(file)).digest('hex');
    };
    expect(hash(1)).toBe(hash(1));
    expect(hash(2)).not.toBe(hash(1));
  });

  it('do not depend on the order of rows', () => {
    const input = waves(1_500, chanceOf('order'));
    const order = chanceOf('another').shuffle(Array.from(input.labels, (_, row) => row));
    const moved = {
      ...input,
      columns: input.columns.map((column) => Float64Array.from(order, (row) => column[row] as number)),
      labels: Uint8Array.from(order, (row) => input.labels[row] as number),
    };
    expect(trainTrees({ ...moved, settings: settings() })).toEqual(
      trainTrees({ ...input, settings: settings() }),
    );
  });

  it('order unseen rows almost as well as the truth that made their labels', () => {
    const test = waves(10_000, chanceOf('test'));
    const bayes = aucOf(test.truth, test.labels);
    const wide = settings({
      trees: 100,
      leaves: 15,
      learningRate: 0.1,
      rowShare: 0.8,
      columnShare: 0.8,
      minLeafWeight: 5,
    });
    const file = trainTrees({ ...waves(12_000, chanceOf('train')), settings: wide });
    const auc = aucOf(scoresOf(file, test.columns), test.labels);
    expect(bayes).toBeGreaterThan(0.85);
    expect(auc).toBeLessThan(bayes);
    expect(auc).toBeGreaterThan(bayes - 0.015);
  });

  it('learn nothing from labels that mean nothing', () => {
    const test = waves(4_000, chanceOf('null test'));
    const aucs = Array.from({ length: 5 }, (_, seed) => {
      const chance = chanceOf(`null ${seed}`);
      const train = waves(2_000, chance);
      const labels = Uint8Array.from(chance.shuffle([...train.labels]));
      return aucOf(scoresOf(trainTrees({ ...train, labels, settings: sampled }), test.columns), test.labels);
    });
    expect(mean(aucs)).toBeGreaterThan(0.45);
    expect(mean(aucs)).toBeLessThan(0.55);
  });

  it('learn from what is absent, and score where all is', () => {
    const chance = chanceOf('absent');
    const labels = Uint8Array.from({ length: 400 }, () => chance.below(2));
    const columns = columnsOf(400, 2, (row, column) =>
      column === 0 && labels[row] === 1 ? NaN : 5 + chance.below(3),
    );
    // Absent is neither more nor less, whatever the direction.
    for (const direction of [1, 0, -1] as const) {
      const input = { columns, labels, monotone: [direction, 0] as const, settings: settings() };
      const trees = compileTrees(trainTrees(input));
      const [told, absent] = [trees.score(Float64Array.of(6, 6)), trees.score(Float64Array.of(NaN, 6))];
      expect(absent).toBeGreaterThan(told + 0.3);
      // However large, it is present.
      for (const value of [-1e300, 99, Infinity]) expect(trees.score(Float64Array.of(value, 6))).toBe(told);
    }
    const nothing = columnsOf(400, 2, () => NaN);
    expect(
      new Set(
        scoresOf(trainTrees({ columns: nothing, labels, monotone: [1, 0], settings: settings() }), nothing),
      ).size,
    ).toBe(1);
  });

  it('know the share of ones where columns are constant', () => {
    const columns = columnsOf(100, 3, () => 4);
    const labels = Uint8Array.from({ length: 100 }, (_, row) => Number(row < 20));
    const file = trainTrees({ columns, labels, monotone: free(columns), settings: settings() });
    expect(file.feature.every((feature) => feature === -1)).toBe(true);
    for (const score of scoresOf(file, columns)) expect(score).toBeCloseTo(0.2, 5);
  });

  it('fit in bytes and stay finite with values that no number comes after', () => {
    const chance = chanceOf('far');
    const far = [-Infinity, -Number.MAX_VALUE, -1e-320, -0, 0, 1e-320, Number.MAX_VALUE, Infinity, NaN];
    const columns = columnsOf(500, 3, () => chance.pick(far));
    const labels = Uint8Array.from({ length: 500 }, (_, row) => Number((columns[0]?.[row] as number) > 0));
    const file = trainTrees({ columns, labels, monotone: [0, 1, -1], settings: settings() });
    expect(JSON.parse(JSON.stringify(file))).toEqual(file);
    expect(aucOf(scoresOf(file, columns), labels)).toBe(1);
  });

  it('refuse in words what cannot be learnt from', () => {
    const columns = [Float64Array.of(1, 2, 3)];
    const input: TreesInput = {
      columns,
      labels: Uint8Array.of(0, 1, 1),
      monotone: [0],
      settings: settings(),
    };
    expect(checkTreesInput(input)).toBeUndefined();
    const refused: Partial<TreesInput>[] = [
      { labels: Uint8Array.of(1, 1, 1) },
      { weights: Float64Array.of(0, 1, 1) },
      { weights: Float64Array.of(1, NaN, 1) },
      { labels: Uint8Array.of(0, 1, 2) },
      { labels: Uint8Array.of(0, 1) },
      { columns: [] },
      { monotone: [] },
      { settings: settings({ bins: 256 }) },
      { settings: settings({ rowShare: 0 }) },
    ];
    for (const change of refused) {
      const problem = checkTreesInput({ ...input, ...change });
      expect(problem).toMatch(/\.$/);
      expect(() => trainTrees({ ...input, ...change })).toThrow(problem);
    }
    expect(checkTreesInput({ ...input, labels: Uint8Array.of(1, 1, 1) })).toContain('the same');
  });
});
