import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogue } from '#core/detection/features/catalogue.ts';
import type { Family } from '#core/detection/features/feature.ts';
import { falseShares } from '#core/detection/findings/benjamini-hochberg.ts';
import { conformalP, countAtLeast, pValueOf, shareAtMost } from '#core/detection/model/calibration.ts';
import { canonicalText, modelHash } from '#core/detection/model/canonical.ts';
import { compileModel, judge, verdictOf } from '#core/detection/model/judge.ts';
import { lookDays, monthMs, nextLookAfter } from '#core/detection/model/looks.ts';
import type { ModelFile, TreesFile } from '#core/detection/model/model-file.ts';
import type { AccountLook } from '#detector/accounts/looks.ts';
import { calibrate } from '#detector/calibration/calibrate.ts';
import { judgeAccount } from '#detector/scoring/judge-account.ts';
import { againstUniform, areaUnderCurve } from '#detector/statistics/order.ts';
import { shareOf, shareWords } from '#detector/statistics/share.ts';
import { spreadOf, stabilityIndex } from '#detector/statistics/spread.ts';
import { chanceOf } from '#detector/traces/chance.ts';

const at = (family: Family) => catalogue.findIndex((one) => one.family === family);
const [polling, reaction] = [at('polling'), at('reaction')];

/** Steps at 1, 2, 3... of one column: the more of it, the higher the score. */
const steps = (column: number, count: number): TreesFile => {
  const nodes = Array.from({ length: count }, (_, step) => step);
  return {
    base: -3,
    roots: nodes.map((step) => 3 * step),
    feature: nodes.flatMap(() => [column, -1, -1]),
    threshold: nodes.flatMap((step) => [step, 0, 1]),
    left: nodes.flatMap((step) => [3 * step + 1, 0, 0]),
    right: nodes.flatMap((step) => [3 * step + 2, 0, 0]),
    absentLeft: nodes.flatMap(() => [1, 0, 0]),
    value: nodes.flatMap(() => [0.3, 0, 1]),
  };
};

const aModel = (more: Partial<ModelFile> = {}): ModelFile => ({
  format: 1,
  features: [polling, reaction].map((column) => catalogue[column]?.name ?? ''),
  valueEdges: [],
  trees: steps(0, 30),
  families: { polling: steps(0, 30), reaction: steps(1, 30) },
  novelty: { sampleSize: 2, roots: [0], feature: [-1], threshold: [0], left: [0], right: [0], size: [2] },
  calibration: { alpha: 0.01, cohorts: { all: [] }, familyBounds: {}, novelty: [0.2] },
  reference: [],
  about: {},
  ...more,
});

const rowOf = (poll: number, react: number) => {
  const row = new Float64Array(catalogue.length).fill(Number.NaN);
  row[polling] = poll;
  row[reaction] = react;
  return row;
};

const look = (wanted: number, day: number, row: Float64Array, events = 200): AccountLook => ({
  wanted,
  month: 0,
  at: day * 86_400_000,
  evidence: { events, activeDays: 6, groups: [] },
  isEligible: true,
  row,
});

/** People whose looks are of one kind: nobody is unlike the others. */
const people = (count: number, seed: string): AccountLook[][] => {
  const chance = chanceOf(seed);
  return Array.from({ length: count }, (_, wanted) => {
    const own = chance.normal(8, 2);
    return [6, 9, 14, 30].map((day) =>
      look(wanted, day, rowOf(own + chance.normal(0, 2), chance.normal(8, 3)), 100 + chance.below(800)),
    );
  });
};

const calibrated = (count: number, alpha = 0.01): ModelFile => {
  const trees = steps(0, 400);
  const file = aModel({ trees: { ...trees, threshold: trees.threshold.map((value) => value / 20) } });
  return { ...file, calibration: calibrate(compileModel(file), people(count, 'calibration'), alpha) };
};

describe('a judgement', () => {
  const model = compileModel(calibrated(2_500));
  const evidence = { events: 300, activeDays: 9, groups: [] };

  it('abstains on little evidence, whatever the score', () => {
    for (const little of [
      { events: 5, activeDays: 1, groups: [] },
      { events: 119, activeDays: 30, groups: [] },
      { events: 5_000, activeDays: 4, groups: [] },
    ])
      expect(judge(model, { row: rowOf(99, 99), evidence: little, path: { score: 0 } })).toMatchObject({
        verdict: 'abstain',
        pValue: 1,
        families: [],
        reasons: [],
      });
  });

  it('warns of two families, with their reasons, and of no single one', () => {
    const judged = judge(model, { row: rowOf(99, 99), evidence, path: { score: 0 } });
    expect(judged).toMatchObject({ verdict: 'warn-review', families: ['reaction', 'polling'] });
    expect(judged.reasons.map(({ code, value }) => [code, value])).toEqual([
      [catalogue[reaction]?.name, 99],
      [catalogue[polling]?.name, 99],
    ]);
    expect(judge(model, { row: rowOf(99, 8), evidence, path: { score: 0 } })).toMatchObject({
      verdict: 'watch',
      families: ['polling'],
    });
    expect(judge(model, { row: rowOf(99, Number.NaN), evidence, path: { score: 0 } }).families).toEqual([
      'polling',
    ]);
  });

  it('remembers the largest score of the month', () => {
    const first = judge(model, { row: rowOf(99, 99), evidence, path: { score: 0 } });
    const later = judge(model, { row: rowOf(1, 1), evidence, path: { score: first.pathScore } });
    expect(later).toMatchObject({ pathScore: first.pathScore, pValue: first.pValue, families: [] });
    expect(later.score).toBeLessThan(first.score);
  });

  it('has the rules of evidence, p-value and families, and no other', () => {
    const fact = fc.record({
      eligible: fc.boolean(),
      pValue: fc.double({ min: 0, max: 1, noNaN: true }),
      families: fc.nat(9),
      alpha: fc.double({ min: 1e-4, max: 0.2, noNaN: true }),
    });
    fc.assert(
      fc.property(fact, (facts) => {
        const verdict = verdictOf(facts);
        expect(verdict === 'abstain').toBe(!facts.eligible);
        expect(verdict === 'warn-review').toBe(
          facts.eligible && facts.pValue <= facts.alpha && facts.families >= 2,
        );
        if (verdict === 'clear') expect(facts.pValue).toBeGreaterThan(0.01);
      }),
    );
  });

  it('of people never seen is no more frequent than its p-value says, in every cohort', () => {
    expect(Object.keys(model.file.calibration.cohorts).sort()).toEqual(['all', 'few', 'many']);
    const others = people(2_000, 'others').map((looks) => judgeAccount(model, looks).months[0]?.pValue ?? 0);
    for (const level of [0.01, 0.05, 0.2, 0.5]) {
      const share = shareOf(others.filter((p) => p <= level).length, others.length);
      expect(share.lower, `p <= ${level}`).toBeLessThanOrEqual(level);
    }
    expect(others.filter((p) => p <= 0.5).length / others.length).toBeGreaterThan(0.4);
  });

  it('gives a warning at the first look that deserves it, and keeps it', () => {
    const looks = [look(0, 6, rowOf(2, 2)), look(0, 9, rowOf(99, 99)), look(0, 14, rowOf(2, 2))];
    expect(judgeAccount(model, looks).months).toMatchObject([
      { verdict: 'warn-review', firstWarningAt: 9 * 86_400_000, told: { families: ['reaction', 'polling'] } },
    ]);
  });

  it('is not to be had of a model with features unknown here', () => {
    expect(() => compileModel(aModel({ features: ['polling.nothing'] }))).toThrow('polling.nothing');
  });
});

describe('a p-value', () => {
  const scores = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 50 });

  it('counts people with at least the score, and never is 0', () => {
    fc.assert(
      fc.property(scores, fc.integer({ min: 0, max: 20 }), (list, score) => {
        const sorted = list.toSorted((a, b) => a - b);
        const above = list.filter((one) => one >= score).length;
        expect(countAtLeast(sorted, score)).toBe(above);
        expect(conformalP(sorted, score)).toBe((1 + above) / (list.length + 1));
        expect(shareAtMost(sorted, score)).toBe(
          list.length === 0 ? 0 : list.filter((one) => one <= score).length / list.length,
        );
      }),
    );
  });

  it("is the larger of everybody's and the own cohort's", () => {
    const calibration = {
      alpha: 0.1,
      cohorts: { all: [1, 2, 3], few: [2, 2, 3] },
      familyBounds: {},
      novelty: [],
    };
    const compared = (cohort: string, lacks = false) => pValueOf(calibration, { cohort, lacks }, 2);
    expect(compared('few')).toEqual({ pValue: 1, cohort: 'few' });
    expect(compared('many')).toEqual({ pValue: 0.75, cohort: 'all' });
    const withPoorer = { ...calibration, cohorts: { ...calibration.cohorts, poorer: [3, 3, 3, 3] } };
    expect(pValueOf(withPoorer, { cohort: 'many', lacks: true }, 3)).toEqual({ pValue: 1, cohort: 'poorer' });
    expect(pValueOf(withPoorer, { cohort: 'many', lacks: false }, 3)).toEqual({ pValue: 0.5, cohort: 'all' });
    expect(compared('many', true)).toEqual(compared('many'));
  });
});

describe('looks', () => {
  it('come at the days of the month, month after month', () => {
    const start = 5;
    let look = { at: start, monthStart: start };
    const seen: number[] = [];
    for (let count = 0; count < 2 * lookDays.length; count += 1) {
      look = nextLookAfter(look.monthStart, look.at);
      seen.push((look.at - start) / 86_400_000);
    }
    expect(seen).toEqual([...lookDays, ...lookDays.map((day) => 30 + day)]);
  });

  it('lie after the moment asked for, within the month that they name', () => {
    fc.assert(
      fc.property(fc.nat(1e12), fc.nat(20 * monthMs), (start, after) => {
        const next = nextLookAfter(start, start + after);
        expect(next.at).toBeGreaterThan(start + after);
        expect(next.at - next.monthStart).toBeLessThanOrEqual(monthMs);
        expect((next.monthStart - start) % monthMs).toBe(0);
      }),
    );
  });
});

describe('a model', () => {
  it('is called the same whatever the order of its fields, and otherwise when anything differs', () => {
    const model = aModel();
    const turned = Object.fromEntries(Object.entries(model).reverse()) as unknown as ModelFile;
    expect(modelHash(turned)).toBe(modelHash(model));
    expect(JSON.parse(canonicalText(model))).toEqual(model);
    expect(modelHash(aModel({ valueEdges: [1] }))).not.toBe(modelHash(model));
  });
});

describe('the figures', () => {
  it('are what the books say', () => {
    expect(falseShares([0.125, 0.5, 0.25, 1])).toEqual([0.5, 2 / 3, 0.5, 1]);
    expect(areaUnderCurve([1, 2, 3, 4], [false, false, true, true])).toBe(1);
    expect(areaUnderCurve([1, 1, 1, 1], [false, true, false, true])).toBe(0.5);
    expect(shareWords(shareOf(0, 3_000))).toBe('0.0 % (0/3000; 0.0 % to 0.12 %)');
    const even = Array.from({ length: 200 }, (_, index) => (index + 0.5) / 200);
    expect(againstUniform(even).pValue).toBeGreaterThan(0.99);
    expect(againstUniform(even.map((value) => value ** 2)).pValue).toBeLessThan(1e-6);
    const spread = spreadOf([...even, Number.NaN]);
    expect(stabilityIndex(spread, [...even, Number.NaN])).toBeCloseTo(0, 6);
    expect(
      stabilityIndex(
        spread,
        even.map((value) => value + 0.5),
      ),
    ).toBeGreaterThan(0.2);
  });
});
