import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { caseKind, reasonCode } from '#contract/enforcement.ts';
import { publishedFigures } from '#contract/transparency.ts';
import { cells, sums } from '#core/evidence/figures/cells.ts';
import { lastMonth, monthlyFigures, monthRange } from '#core/evidence/figures/monthly.ts';
import { publishable } from '#core/evidence/figures/publish.ts';
import { type Sum, suppress } from '#core/evidence/figures/suppression.ts';
import { anAudit, anEntry } from '#test/support/audits.ts';

const month = '2026-10';
const { from, until } = monthRange(month);
const day = 86_400_000;

const actions = [...new Set(cells.map(({ action }) => action)), 'audit.read', 'undo.done'];
const anyAudit = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 0, max: 5 * day }),
      action: fc.constantFrom(...actions),
      caseId: fc.constantFrom('case-1', 'case-2', 'case-3'),
      kind: fc.constantFrom(...caseKind.options),
      reason: fc.constantFrom(...reasonCode.options),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    let at = from - 20 * day;
    return steps.map(({ gap, action, caseId, kind, reason }, index) => {
      at += gap;
      return anEntry(index + 1, at, action, { caseId, facts: { kind, reasonCode: reason } });
    });
  });

describe('the figures of a month', () => {
  it('agree with the audit to the unit, whatever happened', () => {
    fc.assert(
      fc.property(anyAudit, (entries) => {
        const { counts, audit, answerDays } = monthlyFigures(entries, month);
        const within = entries.filter(({ at }) => at.startsWith(month));
        const times = (action: string) => within.filter((entry) => entry.action === action).length;
        const count = (name: string) => counts.get(name);
        expect(audit).toEqual(within[0] && { from: within[0].seq, to: within.at(-1)?.seq });
        expect(count('cases-opened')).toBe(times('case.opened'));
        for (const kind of caseKind.options)
          expect(count(`cases-opened-${kind}`)).toBe(
            within.filter(({ action, facts }) => action === 'case.opened' && facts.kind === kind).length,
          );
        expect(count('warnings')).toBe(times('decision.warn'));
        for (const code of reasonCode.options)
          expect(count(`warnings-${code}`)).toBe(
            within.filter(({ action, facts }) => action === 'decision.warn' && facts.reasonCode === code)
              .length,
          );
        expect(count('accounts-removed')).toBe(times('case.offboarded'));
        expect(count('appeals-filed')).toBe(times('appeal.filed'));
        expect(count('appeals-upheld')).toBe(times('decision.uphold'));
        expect(count('clocks-missed')).toBe(times('clock.missed'));
        expect(count('cases-read')).toBe(times('case.read'));
        expect((count('appeals-overturned') ?? 0) + (count('overturned-unasked') ?? 0)).toBe(
          times('decision.overturn'),
        );
        // Looking back from each answer: filed, and not answered between.
        const waits = within.flatMap(({ seq, at, action, caseId }) => {
          if (action !== 'decision.uphold' && action !== 'decision.overturn') return [];
          const last = entries.findLast(
            (other) =>
              other.seq < seq &&
              other.caseId === caseId &&
              ['appeal.filed', 'decision.uphold', 'decision.overturn'].includes(other.action),
          );
          return last?.action === 'appeal.filed' ? [Date.parse(at) - Date.parse(last.at)] : [];
        });
        expect(answerDays?.answered ?? 0).toBe(waits.length);
        if (waits.length > 0) expect(answerDays?.worst).toBe(Math.max(...waits) / day);
        const published = publishable(
          { month, counts, ...(audit && { audit }), ...(answerDays && { answerDays }) },
          until,
        );
        expect(publishedFigures.parse(published)).toEqual(published);
        for (const { name, value } of published.cells) {
          if (!counts.has(name)) continue;
          expect([counts.get(name), null]).toContain(value);
          if (count(name) === 0) expect(value).toBe(0);
          else if ((count(name) ?? 0) < 10) expect(value).toBeNull();
        }
      }),
      { numRuns: 150 },
    );
  });

  it('tell an answered appeal from a decision taken back unasked, also when it was filed a month before', () => {
    const filed = anEntry(1, from - 3 * day, 'appeal.filed', { caseId: 'case-a' });
    const later = anAudit(
      from,
      ['decision.overturn', 'case-a'],
      ['decision.overturn', 'case-b'],
      ['appeal.filed', 'case-c'],
      ['decision.uphold', 'case-c'],
      ['decision.overturn', 'case-c'],
    ).map((entry) => ({ ...entry, seq: entry.seq + 1 }));
    const { counts, answerDays } = monthlyFigures([filed, ...later], month);
    expect(counts.get('appeals-overturned')).toBe(1);
    expect(counts.get('overturned-unasked')).toBe(2);
    expect(answerDays).toEqual({ answered: 2, worst: 3, median: (3 + 1 / 24) / 2 });
  });

  it('are of a month by UTC, to the millisecond', () => {
    const entries = [from - 1, from, until - 1, until].map((at, index) =>
      anEntry(index + 1, at, 'case.read'),
    );
    expect(monthlyFigures(entries, month).counts.get('cases-read')).toBe(2);
    expect(lastMonth(until)).toBe(month);
    expect(lastMonth(until - 1)).toBe('2026-09');
    expect(lastMonth(Date.UTC(2027, 0, 31, 23))).toBe('2026-12');
    for (const wrong of ['2026-13', '2026-1', '26-10', '2026-10-01'])
      expect(() => monthRange(wrong)).toThrow(/is no month/);
  });

  it('tell no length of appeals below ten of them', () => {
    const answered = (count: number) => {
      const entries = Array.from({ length: count }, (_, index) => [
        anEntry(2 * index + 1, from, 'appeal.filed', { caseId: `case-${index}` }),
        anEntry(2 * index + 2, from + (index + 1) * day, 'decision.uphold', { caseId: `case-${index}` }),
      ]);
      return publishable(monthlyFigures(entries.flat(), month), until).cells.slice(-2);
    };
    expect(answered(9).map(({ value }) => value)).toEqual([null, null]);
    expect(answered(10).map(({ value }) => value)).toEqual([5.5, 10]);
  });
});

describe('suppression', () => {
  const published = (parts: readonly number[]): (number | null)[] => {
    const names = parts.map((_, index) => `part-${index}`);
    const sum: Sum = { total: 'total', parts: names };
    const all = parts.reduce((total, value) => total + value, 0);
    const values = new Map([
      ...names.map((name, index) => [name, parts[index] ?? 0] as const),
      ['total', all],
    ]);
    return [...suppress(values, [sum]).values()];
  };

  it.each([
    [
      [12, 0, 40],
      [12, 0, 40, 52],
    ],
    [
      [12, 5, 40],
      [12, null, 40, null],
    ],
    [
      [5, 0, 0],
      [null, 0, 0, null],
    ],
    [
      [3, 4, 40],
      [null, null, 40, 47],
    ],
    // What is left is the least, or the most, that two small numbers can be.
    [
      [1, 1, 40],
      [null, null, 40, null],
    ],
    [
      [9, 9, 40],
      [null, null, 40, null],
    ],
    [
      [5, 7],
      [null, null, 12],
    ],
    [
      [1, 9],
      [null, null, 10],
    ],
  ])('of %o with their sum gives %o', (parts, expected) => {
    expect(published(parts)).toEqual(expected);
  });

  it('leaves every hidden number open: other months give the same page', () => {
    for (const width of [2, 3, 4]) {
      const most = width === 2 ? 40 : width === 3 ? 22 : 11;
      const pages = new Map<string, number[][]>();
      const walk = (parts: number[]): void => {
        if (parts.length < width) {
          for (let value = 0; value <= most; value += 1) walk([...parts, value]);
          return;
        }
        const page = JSON.stringify(published(parts));
        const known = pages.get(page);
        if (known) known.push(parts);
        else pages.set(page, [parts]);
      };
      walk([]);
      for (const [page, inputs] of pages)
        for (const [index, shown] of (JSON.parse(page) as (number | null)[]).entries()) {
          const values = inputs.map((parts) => parts[index] ?? parts.reduce((sum, value) => sum + value, 0));
          if (shown === null && new Set(values).size < 2) expect.fail(page);
        }
    }
  });

  it('looks at each cell in one sum only', () => {
    const names = sums.flatMap(({ total, parts }) => [total, ...parts]);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(cells.map((cell) => cell.name)).toContain(name);
  });
});
