import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { weekName, weekShares } from '#core/offers/calendar.ts';

const minute = 60_000;
const slot = 15 * minute;
const week = 7 * 24 * 60 * minute;

/** Any moment from 2020 to 2040, to the millisecond. */
const moment = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) });
/** Close to a Monday 00:00 UTC, where blocks are split. */
const nearWeekEnd = fc
  .tuple(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: -600, max: 600 }))
  .map(([weeks, minutes]) => Date.UTC(2024, 0, 1) + weeks * week + minutes * minute);
const start = fc.oneof(moment, nearWeekEnd);
const duration = fc.integer({ min: 1, max: 12 * 60 * minute });
const wholeMinutes = fc.record({
  from: start.map((at) => Math.floor(at / minute) * minute),
  minutes: fc.integer({ min: 1, max: 12 * 60 }),
});

describe('the calendar of a driver', () => {
  it('names weeks as ISO 8601 does, also around new year', () => {
    // From ISO 8601 itself and its well-known year ends.
    const known: [string, string][] = [
      ['1977-01-01', '1976-53'],
      ['1977-01-02', '1976-53'],
      ['1977-12-31', '1977-52'],
      ['1978-01-02', '1978-01'],
      ['1979-12-31', '1980-01'],
      ['1980-12-29', '1981-01'],
      ['1982-01-03', '1981-53'],
      ['2008-12-28', '2008-52'],
      ['2008-12-29', '2009-01'],
      ['2010-01-03', '2009-53'],
      ['2020-12-31', '2020-53'],
      ['2021-01-03', '2020-53'],
      ['2021-01-04', '2021-01'],
      ['2024-12-30', '2025-01'],
      ['2026-11-22', '2026-47'],
      ['2026-11-23', '2026-48'],
      ['2026-12-31', '2026-53'],
      ['2027-01-04', '2027-01'],
    ];
    for (const [day, name] of known)
      expect([day, weekName(Date.parse(`${day}T23:59:59Z`))]).toEqual([day, name]);
  });

  it('gives each week one name and the next week a later one', () => {
    fc.assert(
      fc.property(moment, (at) => {
        const [share] = weekShares(at, at + 1);
        expect(weekName((share?.endsAt ?? 0) - 1)).toBe(weekName(at));
        expect(weekName(share?.endsAt ?? 0) > weekName(at)).toBe(true);
      }),
    );
  });

  it('splits a block into weeks that follow each other and lose no minute', () => {
    fc.assert(
      fc.property(wholeMinutes, ({ from, minutes }) => {
        const shares = weekShares(from, from + minutes * minute);
        expect(shares.reduce((sum, share) => sum + share.minutes, 0)).toBe(minutes);
        expect(shares.length).toBeLessThanOrEqual(2);
        expect(shares.slice(1).every(({ slots }) => slots[0] === 0)).toBe(true);
        expect(shares.slice(0, -1).every(({ slots }) => slots.at(-1) === 671)).toBe(true);
      }),
    );
  });

  it('counts a started minute as a whole one, once per week', () => {
    fc.assert(
      fc.property(start, duration, (from, length) => {
        const shares = weekShares(from, from + length);
        const counted = shares.reduce((sum, share) => sum + share.minutes, 0) * minute;
        expect(counted).toBeGreaterThanOrEqual(length);
        expect(counted).toBeLessThan(length + shares.length * minute);
      }),
    );
  });

  it('marks each quarter hour that the block touches and no other', () => {
    fc.assert(
      fc.property(start, duration, (from, length) => {
        const touched = weekShares(from, from + length).flatMap(({ slots, endsAt }) =>
          slots.map((index) => endsAt - week + index * slot),
        );
        const due = [];
        for (let at = Math.floor(from / slot) * slot; at < from + length; at += slot) due.push(at);
        expect(touched).toEqual(due);
      }),
    );
  });

  it('has two blocks share a slot exactly if they meet on the grid of quarter hours', () => {
    fc.assert(
      fc.property(
        start,
        fc.integer({ min: -780, max: 780 }),
        duration,
        duration,
        (from, offset, one, other) => {
          const second = from + offset * minute;
          const [first, next] = [weekShares(from, from + one), weekShares(second, second + other)];
          const share = first.some((a) =>
            next.some((b) => a.week === b.week && a.slots.some((index) => b.slots.includes(index))),
          );
          const down = (at: number) => Math.floor(at / slot);
          const up = (at: number) => Math.ceil(at / slot);
          expect(share).toBe(down(from) < up(second + other) && down(second) < up(from + one));
        },
      ),
      { numRuns: 500 },
    );
  });
});
