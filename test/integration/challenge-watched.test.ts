import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttemptEvent } from '#contract/events.ts';
import { deleteDetected, putDetected, readDetected } from '#core/challenge/risk/detected-store.ts';
import { recentAttempts, toRecentAttempt } from '#core/challenge/risk/recent-attempts.ts';
import { rememberAttempts } from '#core/challenge/risk/remember-attempts.ts';
import { attemptsStore, readWatched } from '#core/challenge/risk/watched-store.ts';
import { anOffer, unique } from '#test/support/builders.ts';
import { aGuard, someRisk } from '#test/support/challenges.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';

const now = Date.UTC(2027, 0, 2, 8);

let engine: Engine;
let table: string;
let offers: string;
beforeAll(async () => {
  engine = await startEngine();
  [table, offers] = [await engine.createTable(), await engine.createTable()];
});
afterAll(() => engine.stop());

const aClaim = (driverId: string, facts: Partial<AttemptEvent> = {}): AttemptEvent => ({
  v: 1,
  eventId: unique('event'),
  type: 'claim',
  occurredAt: new Date(now).toISOString(),
  driverId,
  blockId: unique('block'),
  outcome: 'lost',
  latencyMs: 20,
  durationMs: 5,
  ...facts,
});

const deps = () => ({
  store: attemptsStore(engine.client, table),
  policy: someRisk,
  now: () => now,
  random: Math.random,
  sleep: async () => {},
});

const shuffled = <T>(items: readonly T[]) =>
  items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

describe('the last claims of a driver, from all functions', () => {
  it('are the same after duplicates, late ones, any order and writers at the same time', async () => {
    const driverId = unique('driver');
    const events = Array.from({ length: 40 }, (_, index) =>
      aClaim(driverId, { occurredAt: new Date(now - index * 1_000).toISOString() }),
    );
    const batches = shuffled([...events, ...events.slice(0, 20)]);
    await Promise.all(
      [0, 15, 30, 45].map((from) => rememberAttempts(deps(), batches.slice(from, from + 15))),
    );
    const { attempts } = await deps().store.read(driverId);
    expect(attempts.map(({ id }) => id)).toEqual(events.map(({ eventId }) => eventId).reverse());
  });

  it('make a driver known who stands out, and nobody else', async () => {
    const [bot, person] = [unique('bot'), unique('person')];
    const quick = Array.from({ length: 6 }, (_, index) =>
      aClaim(bot, { occurredAt: new Date(now - index * 1_500).toISOString() }),
    );
    await rememberAttempts(deps(), [...quick, aClaim(person, { latencyMs: 4_000, outcome: 'won' })]);
    const watched = await readWatched(engine.client, table, now);
    expect(watched.get(bot)).toHaveLength(6);
    expect(watched.has(person)).toBe(false);

    const guard = aGuard(
      { database: engine.client, tables: { challenges: table, offers }, now: () => now },
      { mode: 'measure', risk: someRisk, recent: recentAttempts(), watched: (id) => watched.get(id) ?? [] },
    );
    const decided = await guard({ requestId: unique('request'), driverId: bot }, anOffer(), now);
    expect(decided).toMatchObject({ status: 'go', risk: { decision: 'challenge' } });
  });

  it('are forgotten when the policy does not look back on them any more', async () => {
    const bot = unique('bot');
    const quick = Array.from({ length: 6 }, (_, index) =>
      aClaim(bot, { occurredAt: new Date(now - index * 1_500).toISOString() }),
    );
    await rememberAttempts(deps(), quick);
    expect((await readWatched(engine.client, table, now + 31 * 60_000)).has(bot)).toBe(false);
  });
});

describe('what the detector said of an account', () => {
  const day = 24 * 3_600_000;
  const asked = async (accountPoints: number) => {
    const driverId = unique('driver');
    const guard = aGuard(
      { database: engine.client, tables: { challenges: table, offers }, now: () => now },
      { mode: 'measure', risk: someRisk, accountPoints: () => accountPoints },
    );
    return guard({ requestId: unique('request'), driverId }, anOffer(), now);
  };

  it('is friction in its claims, as long as it lasts and until a person says otherwise', async () => {
    const [suspected, watched, over] = [unique('suspected'), unique('watched'), unique('over')];
    const put = (driverId: string, points: 2 | 3, until: number) =>
      putDetected(engine.client, table, driverId, { points, until });
    await put(watched, 2, now + day);
    await put(suspected, 2, now + day);
    await put(suspected, 3, now + day);
    await put(over, 3, now);
    const read = await readDetected(engine.client, table, now);
    expect([suspected, watched, over].map((driverId) => read.get(driverId))).toEqual([3, 2, undefined]);
    await deleteDetected(engine.client, table, suspected);
    expect((await readDetected(engine.client, table, now)).has(suspected)).toBe(false);
  });

  it('asks for the least alone, and for nothing when it is a hint only', async () => {
    expect(await asked(3)).toMatchObject({
      risk: { decision: 'challenge', points: 3, reasons: ['account-record'] },
    });
    expect(await asked(2)).toMatchObject({ status: 'go', risk: { decision: 'go', points: 2 } });
    expect(await asked(0)).toEqual({ status: 'go' });
  });
});

describe('lines that nobody can find by trying', () => {
  const driving = (driverId: string, at: number, points: number) =>
    aGuard(
      { database: engine.client, tables: { challenges: table, offers }, now: () => at },
      { mode: 'measure', risk: { ...someRisk, blur: 0.4 }, accountPoints: () => points },
    )({ requestId: unique('request'), driverId }, anOffer(), at);

  it('stay for a driver and half an hour, differ from one to the next, and never touch who shows nothing', async () => {
    const decisions = async (points: number) => {
      const all = await Promise.all(
        Array.from({ length: 300 }, async (_, index) => {
          const [first, again] = await Promise.all([
            driving(`driver-${index}`, now, points),
            driving(`driver-${index}`, now + 1, points),
          ]);
          expect(again).toEqual(first);
          return first.risk?.decision;
        }),
      );
      return all.filter((decision) => decision === 'challenge').length / all.length;
    };
    expect(await decisions(0)).toBe(0);
    for (const [points, share] of [
      [1, 0],
      [2, 0.2],
      [3, 0.8],
      [4, 1],
    ] as const)
      expect(Math.abs((await decisions(points)) - share)).toBeLessThan(0.09);
  });
});

describe('an attempt', () => {
  it('counts unless it says nothing about how somebody claims', () => {
    const counts = (facts: Partial<AttemptEvent>) => toRecentAttempt(aClaim('driver', facts)) !== undefined;
    expect(counts({ outcome: 'won' })).toBe(true);
    expect(counts({ outcome: 'refused', reason: 'challenge-required' })).toBe(true);
    expect(counts({ outcome: 'repeated' })).toBe(false);
    expect(counts({ outcome: 'error' })).toBe(false);
    expect(counts({ type: 'release' })).toBe(false);
    expect(counts({ type: 'challenge', outcome: 'failed' })).toBe(false);
  });

  it('that was challenged counts once, as quick as it was at first', () => {
    const first = aClaim('driver', { outcome: 'refused', challengeId: 'c', latencyMs: 15 });
    const cleared = aClaim('driver', { outcome: 'won', challengeId: 'c', latencyMs: 9_000 });
    expect(toRecentAttempt(first)?.id).toBe(toRecentAttempt(cleared)?.id);
  });
});
