import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chiSquareTail, goodnessOfFit, logGamma } from '../../arena/speed/chi-square.ts';
import { playDrops, type SpeedPlan } from '../../arena/speed/drops.ts';
import { leastP, speedFigures, testsOf } from '../../arena/speed/figures.ts';
import { describeSpeed } from '../../arena/speed/print.ts';

describe('the tail of a chi-square', () => {
  it.each([
    // Tables of NIST/SEMATECH, e-Handbook of Statistical Methods, 1.3.6.7.4.
    [3.841, 1, 0.05],
    [6.635, 1, 0.01],
    [10.828, 1, 0.001],
    [18.307, 10, 0.05],
    [124.342, 100, 0.05],
    [149.449, 100, 0.001],
    [77.929, 100, 0.95],
    [61.918, 100, 0.999],
  ])('beyond %d with %d degrees is %d', (statistic, degrees, tail) => {
    expect(chiSquareTail(statistic, degrees)).toBeCloseTo(tail, 4);
  });

  it('is exp(-x / 2) with two degrees, and adds the Poisson terms with more', () => {
    const halves = fc.double({ min: 0.01, max: 300, noNaN: true });
    fc.assert(
      fc.property(halves, fc.integer({ min: 1, max: 60 }), (half, pairs) => {
        let [term, tail] = [Math.exp(-half), 0];
        for (let k = 0; k < pairs; k += 1) {
          tail += term;
          term *= half / (k + 1);
        }
        expect(chiSquareTail(2 * half, 2 * pairs) / tail).toBeCloseTo(1, 8);
      }),
    );
  });

  it('is whole at nothing, and knows factorials and the root of pi', () => {
    expect(chiSquareTail(0, 5)).toBe(1);
    expect(logGamma(11)).toBeCloseTo(Math.log(3_628_800), 10);
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12);
  });

  it('of counts as they are expected is whole, and of a loaded die small', () => {
    expect(goodnessOfFit([10, 10, 10], () => 10)).toMatchObject({ statistic: 0, degrees: 2, p: 1 });
    expect(goodnessOfFit([90, 105, 105, 105, 105, 150], () => 110).p).toBeLessThan(0.01);
  });
});

const plan = (fields: Partial<SpeedPlan> = {}): SpeedPlan => ({
  ...{ drops: 400, seed: 1, humans: 60, blocks: 12, choices: { people: 10, bot: 10 }, windowMs: 12_600 },
  ...{ chainHash: 'ab'.repeat(32), ...fields },
});

describe('speed alone', () => {
  it('takes nearly all without a draw, and an equal part with one', () => {
    const { direct, draw, ok } = speedFigures(plan());
    expect(direct.bot.share).toBeGreaterThan(0.95);
    expect(draw.amongEntered.bot.p).toBeGreaterThan(leastP);
    expect(draw.amongEntered.everybody.p).toBeGreaterThan(leastP);
    const [least, most] = draw.interval;
    expect(least).toBeLessThan(1.1);
    expect(most).toBeGreaterThan(1);
    expect(ok).toBe(draw.bot.ofFair <= 1.1);
  });

  it('is worth something again where a draw closes before people are there', () => {
    const figures = speedFigures(plan({ windowMs: 3_000 }));
    expect(figures.draw.bot.ofFair).toBeGreaterThan(1.5);
    expect(figures.ok).toBe(false);
    // Whoever had entered was drawn evenly all the same.
    expect(figures.draw.amongEntered.everybody.p).toBeGreaterThan(leastP);
    expect(describeSpeed(figures)).toContain('MISSED');
  });

  it('repeats with its seed, and every block goes to one account', () => {
    const { won, expected } = playDrops(plan({ drops: 50 })).draw;
    expect(playDrops(plan({ drops: 50 })).draw.won).toEqual(won);
    expect(playDrops(plan({ drops: 50, seed: 2 })).draw.won).not.toEqual(won);
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    expect(sum(won)).toBe(50 * 12);
    expect(sum(expected)).toBeCloseTo(50 * 12);
  });

  it('would be seen in a draw that prefers one account by a fifth', () => {
    const { draw } = playDrops(plan({ drops: 2_000 }));
    const bot = draw.won.length - 1;
    const won = draw.won.map((count, account) => (account === bot ? Math.round(count * 1.2) : count));
    expect(testsOf({ ...draw, won }).bot.p).toBeLessThan(leastP);
  });
});
