import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileNovelty } from '#core/detection/model/novelty.ts';
import { compileTrees } from '#core/detection/model/trees.ts';
import { trainNovelty } from '#detector/gbdt/novelty.ts';
import { trainTrees } from '#detector/gbdt/train.ts';
import { chanceOf } from '#detector/traces/chance.ts';

const chance = chanceOf('scoring');
const [rows, width] = [1_200, 8];
const columns = Array.from({ length: width }, (_, column) =>
  Float64Array.from({ length: rows }, () =>
    column % 3 === 2 && chance.happens(0.4) ? NaN : chance.normal(),
  ),
);
const labels = Uint8Array.from({ length: rows }, (_, row) =>
  Number((columns[0]?.[row] as number) + (columns[2]?.[row] || 1) > chance.normal()),
);
const file = trainTrees({
  columns,
  labels,
  monotone: [1, 0, 0, 0, 0, 0, 0, 0],
  settings: {
    trees: 30,
    leaves: 15,
    learningRate: 0.1,
    minLeafWeight: 1,
    l2: 1,
    bins: 64,
    rowShare: 0.8,
    columnShare: 1,
    seed: 3,
  },
});
const forest = trainNovelty({ columns, trees: 100, sampleSize: 256, seed: 3 });

const anyRow = fc
  .array(fc.oneof(fc.double(), fc.double({ min: -3, max: 3 }), fc.constant(NaN)), {
    minLength: width,
    maxLength: width,
  })
  .map((values) => Float64Array.from(values));

describe('a compiled model', () => {
  it('gives reasons that add up to the score', () => {
    const trees = compileTrees(file);
    const out = new Float64Array(width).fill(7);
    fc.assert(
      fc.property(anyRow, (row) => {
        trees.contributions(row, out);
        const sum = out.reduce((total, each) => total + each, trees.baseValue);
        expect(Math.abs(sum - trees.rawScore(row))).toBeLessThan(1e-9);
        expect(trees.score(row)).toBe(1 / (1 + Math.exp(-trees.rawScore(row))));
      }),
      { seed: 20_261_122 },
    );
  });

  it('gives people on average no reasons: the base value is the mean log-odds of the training', () => {
    const trees = compileTrees(file);
    const row = new Float64Array(width);
    let sum = 0;
    for (let at = 0; at < rows; at += 1) {
      for (const [column, values] of columns.entries()) row[column] = values[at] as number;
      sum += trees.rawScore(row);
    }
    expect(sum / rows).toBeCloseTo(trees.baseValue, 4);
  });

  it('gives a probability and a novelty for any row, twice the same, and leaves the row as it was', () => {
    const [trees, { novelty }] = [compileTrees(file), compileNovelty(forest)];
    const [again, noveltyAgain] = [
      compileTrees(JSON.parse(JSON.stringify(file))),
      compileNovelty(JSON.parse(JSON.stringify(forest))),
    ];
    fc.assert(
      fc.property(anyRow, (row) => {
        const before = row.slice();
        for (const value of [trees.score(row), novelty(row)]) {
          expect(value).toBeGreaterThan(0);
          expect(value).toBeLessThan(1);
        }
        expect(again.score(row)).toBe(trees.score(row));
        expect(noveltyAgain.novelty(row)).toBe(novelty(row));
        expect(row).toEqual(before);
      }),
      { seed: 20_261_122 },
    );
  });

  it('fits where it is kept: a quarter of 100 trees of 31 leaves, and an isolation forest', () => {
    const wide = {
      trees: 25,
      leaves: 31,
      learningRate: 0.1,
      minLeafWeight: 0.1,
      l2: 1,
      bins: 255,
      rowShare: 1,
      columnShare: 1,
      seed: 1,
    };
    const large = trainTrees({ columns, labels, monotone: columns.map(() => 0 as const), settings: wide });
    expect(large.roots).toHaveLength(25);
    expect(large.feature.length).toBe(25 * 61);
    expect(JSON.stringify(large).length).toBeLessThan(75_000);
    expect(JSON.stringify(forest).length).toBeLessThan(300_000);
  });
});

describe('novelty', () => {
  it('is largest for what was planted far from the rest', () => {
    const planted = [5, 400, 901];
    const strange = columns.map((column, at) => {
      const values = Float64Array.from(column);
      for (const row of planted) values[row] = at % 2 ? 6 : -6;
      return values;
    });
    const { novelty } = compileNovelty(
      trainNovelty({ columns: strange, trees: 100, sampleSize: 256, seed: 1 }),
    );
    const scores = Array.from(labels, (_, row) =>
      novelty(Float64Array.from(strange, (column) => column[row] as number)),
    );
    const order = scores.map((_, row) => row).sort((a, b) => (scores[b] as number) - (scores[a] as number));
    expect(order.slice(0, planted.length).sort((a, b) => a - b)).toEqual(planted);
    expect(scores[order[0] as number]).toBeGreaterThan(0.65);
    expect(scores[order[rows >> 1] as number]).toBeLessThan(0.5);
  });

  it('is the same, byte by byte, when it is trained again, and learns from the rows that it is told', () => {
    const train = (seed: number, chosen?: number[]) =>
      JSON.stringify(
        trainNovelty({ columns, trees: 10, sampleSize: 64, seed, ...(chosen && { rows: chosen }) }),
      );
    expect(train(1)).toBe(train(1));
    expect(train(2)).not.toBe(train(1));
    const some = [3, 5, 8, 13, 21, 34];
    const own = columns.map((column) => Float64Array.from(some, (row) => column[row] as number));
    expect(train(1, some)).toBe(
      JSON.stringify(trainNovelty({ columns: own, trees: 10, sampleSize: 64, seed: 1 })),
    );
  });

  it('takes an absent value for one of the many', () => {
    const column = Float64Array.from({ length: 50 }, (_, row) => (row === 0 ? 1e6 : row < 20 ? row : NaN));
    const { novelty } = compileNovelty(
      trainNovelty({ columns: [column], trees: 20, sampleSize: 50, seed: 1 }),
    );
    expect(novelty(Float64Array.of(1e6))).toBeGreaterThan(0.85);
    expect(novelty(Float64Array.of(NaN))).toBeLessThan(0.6);
  });

  it('says nothing new of one row, of equal rows or of rows of which nothing is known', () => {
    for (const [count, value] of [
      [1, 3],
      [50, 3],
      [50, NaN],
    ] as const) {
      const same = [new Float64Array(count).fill(value)];
      const { novelty } = compileNovelty(
        trainNovelty({ columns: same, trees: 10, sampleSize: 256, seed: 1 }),
      );
      const scores = [value, -9, NaN].map((each) => novelty(Float64Array.of(each)));
      expect(new Set(scores).size).toBe(1);
      expect(scores[0]).toBeGreaterThanOrEqual(0.5);
      expect(scores[0]).toBeLessThanOrEqual(1);
    }
    expect(() => trainNovelty({ columns: [], trees: 1, sampleSize: 2, seed: 1 })).toThrow('no rows');
  });
});
