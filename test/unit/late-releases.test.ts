import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { behindMail } from '#core/offers/late-release-mail.ts';
import { behindUntil, countedSince, isLate } from '#core/offers/late-releases.ts';

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.UTC(2026, 10, 20, 8);

/** Releases of the last month, some perhaps by a clock that is ahead. */
const someTimes = fc.array(fc.integer({ min: now - 30 * day, max: now + 5_000 }), { maxLength: 12 });
const someLimit = fc.integer({ min: 1, max: 6 });
const toReleases = (times: readonly number[]) => times.map((at) => ({ at }));

describe('late releases', () => {
  it('have an effect for as long as more of them count than may, and no longer', () => {
    fc.assert(
      fc.property(someTimes, someLimit, (times, limit) => {
        const until = behindUntil(toReleases(times), limit, now);
        const countAt = (at: number) => times.filter((time) => Math.min(time, now) > countedSince(at)).length;
        if (until === undefined) {
          expect(countAt(now)).toBeLessThanOrEqual(limit);
          return;
        }
        expect(until).toBeLessThanOrEqual(now + 14 * day);
        expect(countAt(until - 1)).toBeGreaterThan(limit);
        expect(countAt(until)).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('have it in any order, and one more never ends it sooner', () => {
    fc.assert(
      fc.property(someTimes, someLimit, fc.infiniteStream(fc.nat()), (times, limit, lots) => {
        const until = (of: readonly number[]) => behindUntil(toReleases(of), limit, now) ?? 0;
        const shuffled = times
          .map((time) => ({ time, lot: lots.next().value }))
          .sort((a, b) => a.lot - b.lot)
          .map(({ time }) => time);
        expect(until(shuffled)).toBe(until(times));
        for (const index of times.keys())
          expect(until(times.toSpliced(index, 1))).toBeLessThanOrEqual(until(times));
        expect(behindUntil(toReleases(times), limit + 1, now) ?? 0).toBeLessThanOrEqual(until(times));
      }),
    );
  });

  it('are those within the hours before the start', () => {
    const startsAt = now + 24 * hour;
    expect([isLate({ startsAt }, now, 24), isLate({ startsAt }, now + 1, 24)]).toEqual([false, true]);
  });

  it('are told of with what counted, what it means, until when, and who can be asked', () => {
    const counted = [
      { blockId: 'block-2', at: now - day },
      { blockId: 'block-1', at: now - 2 * day },
    ];
    const facts = { releases: counted, most: 1, lateHours: 24, contact: 'support@example.com' };
    const { subject, text } = behindMail({ ...facts, until: now + 12 * day });
    expect(subject).toBe('You are drawn after other drivers until December 2, 2026 at 08:00 UTC');
    expect(text).toContain(
      'on November 18, 2026 at 08:00 UTC. It counts until December 2, 2026 at 08:00 UTC.',
    );
    expect(text.indexOf('November 18')).toBeLessThan(text.indexOf('November 19'));
    for (const said of ['less than 24 hours', 'Up to 1 such', 'Nothing else changes', 'support@example.com'])
      expect(text).toContain(said);
    expect(text).not.toContain('block-1');
  });
});
