import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, isCovered } from '#core/challenge/risk/decide.ts';
import { mergeAttempts, type RecentAttempt } from '#core/challenge/risk/recent-attempts.ts';
import { type Signals, signalsOf } from '#core/challenge/risk/signals.ts';
import { someRisk } from '#test/support/challenges.ts';

const now = Date.UTC(2027, 0, 4, 8);
const calm: Signals = { quickClaims: 0, attemptsPerMinute: 1, misses: 0, regularIntervals: 0, devices: 0 };

const anAttempt = (at: number, facts: Partial<RecentAttempt> = {}): RecentAttempt => ({
  id: `at-${at}`,
  at,
  latencyMs: 5_000,
  missed: false,
  ...facts,
});
const signalsAfter = (attempts: readonly RecentAttempt[], current = anAttempt(now)) =>
  signalsOf(attempts, current, someRisk.quickMs, {});

describe('the policy', () => {
  it('lets a calm claim go on, whatever the phone is and however new', () => {
    const found = decide(someRisk, { ...calm, tier: 'B', deviceAgeMs: 0 });
    expect(found).toEqual({ decision: 'go', points: 0, reasons: [] });
  });

  it('asks for more the more it sees, and says why', () => {
    const rungs = [2, 3, 4].map((quickClaims) =>
      decide(someRisk, { ...calm, quickClaims, regularIntervals: 10, devices: 1 }),
    );
    const reasons = ['quick-claims', 'regular-cadence'];
    expect(rungs).toMatchObject([
      { decision: 'challenge', rung: 'work', reasons },
      { decision: 'challenge', rung: 'unlock', reasons },
      { decision: 'challenge', rung: 'task', reasons },
    ]);
  });

  it('never asks for less when a signal grows, and never refuses for anything but the rate', () => {
    const order = ['go', 'work', 'unlock', 'task', 'selfie', 'refuse'];
    const height = (signals: Signals) => {
      const found = decide(someRisk, signals);
      return order.indexOf(found.decision === 'challenge' ? found.rung : found.decision);
    };
    const count = fc.nat(70);
    const signals = fc.record({
      quickClaims: count,
      attemptsPerMinute: count,
      misses: count,
      regularIntervals: count,
      devices: fc.nat(5),
    });
    const names = ['quickClaims', 'attemptsPerMinute', 'misses', 'regularIntervals', 'devices'] as const;
    fc.assert(
      fc.property(signals, fc.constantFrom(...names), fc.nat(30), (given, name, more) => {
        const grown = { ...given, [name]: given[name] + more };
        expect(height(grown)).toBeGreaterThanOrEqual(height(given));
        const refused = decide(someRisk, given).decision === 'refuse';
        expect(refused).toBe(given.attemptsPerMinute > someRisk.mostPerMinute);
      }),
    );
  });

  it('takes what is not known neither for clean nor for guilt', () => {
    const seen = { ...calm, quickClaims: 4 };
    expect(decide(someRisk, seen)).toEqual(decide(someRisk, { ...seen, tier: 'A', deviceAgeMs: 10 ** 12 }));
  });

  it('takes an earlier pass for an answer to the same evidence, and to no other', () => {
    const pass = { until: now + 1, points: 4, reasons: ['quick-claims', 'many-misses'] };
    expect(isCovered({ points: 4, reasons: ['quick-claims'] }, [pass], now)).toBe(true);
    expect(isCovered({ points: 5, reasons: ['quick-claims'] }, [pass], now)).toBe(false);
    expect(isCovered({ points: 3, reasons: ['several-phones'] }, [pass], now)).toBe(false);
    expect(isCovered({ points: 1, reasons: ['quick-claims'] }, [pass], now + 1)).toBe(false);
    expect(isCovered({ points: 1, reasons: [] }, [], now)).toBe(false);
  });
});

describe('signals', () => {
  it('count what is quick, missed, and made by several phones in their windows', () => {
    const attempts = [
      anAttempt(now - 20 * 60_000, { missed: true, latencyMs: 10, deviceId: 'one' }),
      anAttempt(now - 5 * 60_000, { missed: true, deviceId: 'one' }),
      anAttempt(now - 30_000, { deviceId: 'two' }),
    ];
    const current = anAttempt(now, { latencyMs: 100, deviceId: 'two' });
    expect(signalsAfter(attempts, current)).toEqual({
      quickClaims: 2,
      attemptsPerMinute: 2,
      misses: 1,
      regularIntervals: 0,
      devices: 2,
    });
  });

  it('see a clock, and do not see one in a person', () => {
    const clock = Array.from({ length: 12 }, (_, index) => anAttempt(now - (12 - index) * 1_500));
    expect(signalsAfter(clock).regularIntervals).toBe(11);
    let at = now - 60_000;
    const person = [2_310, 1_480, 4_020, 900, 2_770, 3_600, 1_900, 5_200, 1_200, 2_500].map((interval) => {
      at += interval;
      return anAttempt(at);
    });
    expect(signalsAfter(person, anAttempt(at + 2_000)).regularIntervals).toBeLessThan(2);
  });
});

describe('attempts seen in several places', () => {
  const attempts = fc.array(
    fc.record({
      id: fc.constantFrom(...'abcdefghij'),
      at: fc.integer({ min: now - 40 * 60_000, max: now }),
      latencyMs: fc.nat(1_000),
      missed: fc.boolean(),
    }),
    { maxLength: 12 },
  );
  const byTime = (list: readonly RecentAttempt[]) => list.map(({ id, at }) => [id, at]);

  it('count once, in any order, and only as long as they are looked at', () => {
    fc.assert(
      fc.property(attempts, attempts, attempts, (a, b, c) => {
        const left = mergeAttempts(mergeAttempts(a, b, now), c, now);
        expect(byTime(left)).toEqual(byTime(mergeAttempts(a, mergeAttempts(c, b, now), now)));
        expect(byTime(mergeAttempts(left, left, now))).toEqual(byTime(left));
        expect(new Set(left.map(({ id }) => id)).size).toBe(left.length);
        for (const { at } of left) expect(at).toBeGreaterThan(now - 30 * 60_000);
      }),
    );
  });
});
