import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SelfieSchedule } from '#contract/identity-policy.ts';
import { scheduleRules } from '#contract/privacy-words.ts';
import { emptyProfile, type Profile, withAsking, withConsent, withoutFace } from '#core/identity/profile.ts';
import { askedFor, askedWithin, chanceOf } from '#core/identity/rules/schedule.ts';
import { aPolicy, day, hour, minute, startOfTests } from '#test/support/identity.ts';

const key = Buffer.from('a key of the schedule, for tests');
const week = 7 * day;

interface CheckIn {
  /** Milliseconds after the one before. */
  after: number;
  phone: string;
}
interface Prompt {
  at: number;
  askedBy: string;
}

/** What becomes of a driver who checks in again and again; `between` is whatever happens after a check-in. */
const simulate = (
  schedule: SelfieSchedule,
  driverId: string,
  checkIns: readonly CheckIn[],
  between: (profile: Profile, index: number) => Profile = (profile) => profile,
): Prompt[] => {
  let profile = emptyProfile(driverId);
  let at = startOfTests;
  const prompts: Prompt[] = [];
  for (const [index, { after, phone }] of checkIns.entries()) {
    at += after;
    const asked = { at: profile.askedAt, onThisPhone: profile.askedOn.includes(phone) };
    const askedBy = askedFor(schedule, asked, chanceOf(key, driverId, `block-${index}#1`), at);
    if (askedBy) {
      prompts.push({ at, askedBy });
      profile = withAsking(profile, { checkId: `check-${at}`, deviceId: phone }, at);
    }
    profile = between(profile, index);
  }
  return prompts;
};

const mostWithin = (prompts: readonly Prompt[], windowMs: number) =>
  Math.max(
    0,
    ...prompts.map(({ at: end }) => prompts.filter(({ at }) => at <= end && at > end - windowMs).length),
  );

const someSchedules = fc.record({
  mostPerDay: fc.integer({ min: 0, max: 3 }),
  mostPerWeek: fc.integer({ min: 0, max: 7 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  newPhones: fc.boolean(),
});
/** Some months of check-ins: at the same moment, hours apart, or exactly where a window ends. */
const someMonths = fc.array(
  fc.record({
    after: fc.oneof(
      fc.constantFrom(0, 1, day, day - 1, day + 1, week, week - 1),
      fc.integer({ min: minute, max: 3 * day }),
      fc.integer({ min: 2 * hour, max: 9 * hour }),
    ),
    phone: fc.constantFrom('one', 'another', 'a third'),
  }),
  { minLength: 30, maxLength: 150 },
);
const someDrivers = fc.string({ minLength: 1, maxLength: 20 });

describe('the schedule of selfies', () => {
  it('never asks above its limits in any 24 hours and any seven days', () => {
    fc.assert(
      fc.property(someSchedules, someDrivers, someMonths, (schedule, driverId, months) => {
        const prompts = simulate(schedule, driverId, months);
        expect(mostWithin(prompts, day)).toBeLessThanOrEqual(schedule.mostPerDay);
        expect(mostWithin(prompts, week)).toBeLessThanOrEqual(schedule.mostPerWeek);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('reaches its limits where every check-in would ask: the limit is what holds it back', () => {
    const schedule = { mostPerDay: 2, mostPerWeek: 5, share: 1, newPhones: true };
    const months = Array.from({ length: 300 }, () => ({ after: 3 * hour, phone: 'one' }));
    const prompts = simulate(schedule, 'driver', months);
    expect(mostWithin(prompts, day)).toBe(2);
    expect(mostWithin(prompts, week)).toBe(5);
  });

  it('forgets nothing that still counts, and keeps nothing that does not', () => {
    fc.assert(
      fc.property(someMonths, (months) => {
        let profile = emptyProfile('driver');
        let at = startOfTests;
        const all: number[] = [];
        for (const { after, phone } of months) {
          at += after;
          all.push(at);
          profile = withAsking(profile, { checkId: `check-${at}`, deviceId: phone }, at);
          expect(askedWithin(profile.askedAt, at)).toEqual(askedWithin(all, at));
          expect(profile.askedAt.length).toBe(askedWithin(all, at).thisWeek);
        }
      }),
      { numRuns: 50, seed: 2 },
    );
  });

  it('is not changed by consent or by an erasure: neither buys a driver more askings or fewer', () => {
    const erasing = { erasureId: 'an erasure', requestedAt: startOfTests };
    const consent = { version: '1', sha256: '', givenAt: startOfTests };
    const troubled = (profile: Profile, index: number) => {
      if (index % 3 === 0) return withConsent(profile, consent, 'a subject');
      const { erasing: _, ...after } = withoutFace(profile, erasing, 'asked');
      return index % 3 === 1 ? after : profile;
    };
    fc.assert(
      fc.property(someSchedules, someDrivers, someMonths, (schedule, driverId, months) => {
        expect(simulate(schedule, driverId, months, troubled)).toEqual(simulate(schedule, driverId, months));
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  it('asks on a new phone once, and by chance on the others', () => {
    const schedule = { mostPerDay: 3, mostPerWeek: 7, share: 0, newPhones: true };
    const rota = ['one', 'one', 'another', 'one', 'another'].map((phone) => ({ after: 2 * day, phone }));
    const prompts = simulate(schedule, 'driver', rota);
    expect(prompts.map(({ at, askedBy }) => [(at - startOfTests) / day, askedBy])).toEqual([
      [2, 'new-phone'],
      [6, 'new-phone'],
    ]);
    expect(simulate({ ...schedule, newPhones: false }, 'driver', rota)).toEqual([]);
  });

  it('draws its share of the check-ins, evenly over drivers, over blocks and over keys', () => {
    const count = 4_000;
    const lots = [
      (index: number) => chanceOf(key, `driver-${index}`, 'block#1'),
      (index: number) => chanceOf(key, 'driver', `block-${index}#1`),
      (index: number) => chanceOf(key, 'driver', `block#${index}`),
      (index: number) => chanceOf(Buffer.from(`key-${index}`), 'driver', 'block#1'),
    ].map((of) => Array.from({ length: count }, (_, index) => of(index)));
    for (const drawn of lots)
      for (const share of [0.05, 0.2, 0.5]) {
        // Four standard errors: one run in 16,000 of an even lot is outside, and this one is the same in every run.
        const margin = 4 * Math.sqrt((share * (1 - share)) / count);
        const asked = drawn.filter((chance) => chance < share).length;
        expect(Math.abs(asked / count - share)).toBeLessThan(margin);
      }
  });

  it('draws the same lot for the same check-in, and no one knows it without the key', () => {
    expect(chanceOf(key, 'driver', 'block#1')).toBe(chanceOf(key, 'driver', 'block#1'));
    const others = [
      chanceOf(Buffer.from('another key'), 'driver', 'block#1'),
      chanceOf(key, 'driver', 'block#2'),
      chanceOf(key, 'driver2', 'block#1'),
    ];
    expect(new Set([chanceOf(key, 'driver', 'block#1'), ...others]).size).toBe(4);
  });

  it('tells drivers its limits and its chance in words', () => {
    const { schedule } = aPolicy();
    const words = scheduleRules({ ...schedule, mostPerDay: 2, mostPerWeek: 4, share: 0.35 }).join('\n');
    expect(words).toMatch(/at most \S+( times)? a day and 4 times in seven days/);
    expect(words).toContain('35 in 100');
  });
});
