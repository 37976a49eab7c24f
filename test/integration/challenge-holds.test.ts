import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toChallenge } from '#core/challenge/challenge-item.ts';
import { challengesStore } from '#core/challenge/challenges-store.ts';
import { clearanceOf } from '#core/challenge/clear.ts';
import type { GuardDeps } from '#core/challenge/guard-claim.ts';
import { driverPartition } from '#core/challenge/keys.ts';
import type { BlockFacts } from '#core/offers/block.ts';
import { blockItem } from '#core/offers/blocks-store.ts';
import { type ClaimDeps, claimBlock } from '#core/offers/claim-block.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { lateRelease } from '#core/offers/late-releases-store.ts';
import { signOffer } from '#core/offers/offer-token.ts';
import { type ReleaseDeps, releaseBlock } from '#core/offers/release-block.ts';
import { settledOffers } from '#core/offers/settled-offers.ts';
import { partitionQuery, queryAll } from '#core/shared/dynamodb-store.ts';
import { aBlock, monday, someKeys, unique } from '#test/support/builders.ts';
import { aGuard, someHolds } from '#test/support/challenges.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { offerInDraw } from '#test/support/offered.ts';

const minute = 60_000;
const start = monday - 24 * 60 * minute;

let engine: Engine;
let tables: { offers: string; challenges: string };
beforeAll(async () => {
  engine = await startEngine();
  tables = { offers: await engine.createTable(), challenges: await engine.createTable() };
});
afterAll(() => engine.stop());

const published = async (facts: Partial<BlockFacts> = {}): Promise<BlockFacts> => {
  const block = aBlock(facts);
  await engine.client.send(
    new PutItemCommand({ TableName: tables.offers, Item: blockItem(block, 1, 'open', 2_000_000_000) }),
  );
  return block;
};

/** A clock that only the test moves. */
const aClock = () => {
  const clock = { at: start, now: () => clock.at };
  return clock;
};

/** One warm function; `suspects` are challenged whatever they do. */
const aFunction = ({
  clock = aClock(),
  suspects = () => true,
  guard = {},
}: {
  clock?: ReturnType<typeof aClock>;
  suspects?: (driverId: string) => boolean;
  guard?: Partial<GuardDeps>;
} = {}) => {
  const strict = aGuard({ database: engine.client, tables, now: clock.now }, guard);
  const deps: ClaimDeps & ReleaseDeps = {
    guard: (claimant, ...rest) =>
      suspects(claimant.driverId) || claimant.clearance ? strict(claimant, ...rest) : { status: 'go' },
    store: claimsStore(engine.client, tables.offers, 30),
    settled: settledOffers(),
    keys: someKeys,
    maxWeeklyMinutes: 40 * 60,
    releaseLeadMinutes: 45,
    lateHours: 12,
    noteLate: (release) => lateRelease(tables.offers, release, 14),
    now: clock.now,
    random: Math.random,
    sleep: async () => {},
  };
  return {
    claim: (
      driverId: string,
      block: BlockFacts,
      more: { version?: number; deviceId?: string; clearance?: string } = {},
    ) => {
      const { version = 1, ...claimant } = more;
      const offerToken = signOffer(someKeys, { ...block, version });
      return claimBlock(deps, { requestId: unique('request'), driverId, offerToken, ...claimant });
    },
    release: (driverId: string, { blockId }: BlockFacts) =>
      releaseBlock(deps, { requestId: unique('request'), driverId, blockId }),
    read: (blockId: string) => deps.store.read(blockId),
  };
};

const challengesOf = async (driverId: string) =>
  (await queryAll(engine.client, partitionQuery(tables.challenges, driverPartition(driverId))))
    .filter(({ sk }) => sk?.S?.startsWith('C#'))
    .map(toChallenge);

/** As if the driver had solved it: what the attempt would have answered. */
const clearanceFor = async (driverId: string, now: number) => {
  const challenge = (await challengesOf(driverId)).at(-1);
  if (!challenge) throw new Error('nothing was challenged');
  const store = challengesStore(engine.client, tables, someHolds, 30);
  const attempt = { digest: unique('answer'), result: 'passed' as const };
  const clearance = { until: now + 1, points: challenge.points, reasons: challenge.reasons };
  await store.recordAttempt(
    challenge,
    { step: 'pass', attempt, traceDigests: [], covered: [clearance] },
    now,
  );
  return clearanceOf(someKeys, challenge, now).clearance;
};

const asked = expect.objectContaining({ status: 'refused', code: 'challenge-required' });
const taken = expect.objectContaining({ status: 'refused', code: 'block-taken' });
const claimed = expect.objectContaining({ status: 'claimed' });
const heldUntilOf = (outcome: object) => (outcome as { heldUntil?: number }).heldUntil;

describe('a challenged claim', () => {
  it('keeps the block for its driver for a minute, and for nobody after', async () => {
    const [clock, block, driver] = [aClock(), await published(), unique('driver')];
    const fn = aFunction({ clock, suspects: (id) => id === driver });
    const outcome = await fn.claim(driver, block);
    expect(outcome).toEqual(asked);
    expect(heldUntilOf(outcome)).toBe(start + minute);
    expect(await fn.claim(unique('other'), block)).toEqual(taken);
    clock.at = start + minute + 1;
    expect(await fn.claim(unique('other'), block)).toEqual(claimed);
  });

  it('gets one challenge and one hold however often and wherever it is sent', async () => {
    const [block, driver] = [await published(), unique('driver')];
    const functions = [aFunction(), aFunction(), aFunction()];
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, index) => functions[index % 3]?.claim(driver, block)),
    );
    for (const outcome of outcomes) expect(outcome).toEqual(asked);
    expect(await challengesOf(driver)).toHaveLength(1);
    const ids = outcomes.map(
      (outcome) => (outcome as { challenge: { challengeId: string } }).challenge.challengeId,
    );
    expect(new Set(ids).size).toBe(1);
  });

  it('is told of a block that it owns already, and of one that is gone', async () => {
    const [block, driver] = [await published(), unique('driver')];
    expect(await aFunction({ suspects: () => false }).claim(driver, block)).toEqual(claimed);
    expect(await aFunction().claim(driver, block)).toMatchObject({ status: 'repeated' });
    expect(await aFunction().claim(unique('other'), block)).toEqual(taken);
  });

  it.each(['direct', 'gated'] as const)(
    'wins its %s block in every one of many interleavings with other claimants',
    async (mode) => {
      const interleaving = async (index: number) => {
        const clock = aClock();
        const [block, driver] = [await published({ mode }), unique('driver')];
        const fn = aFunction({ clock, suspects: (id) => id === driver });
        const others = () =>
          Array.from({ length: 1 + (index % 3) }, () =>
            aFunction({ clock, suspects: () => false }).claim(unique('other'), block),
          );
        const held = await fn.claim(driver, block);
        expect(held).toEqual(asked);
        const before = others();
        clock.at += (index * 997) % minute;
        const clearance = await clearanceFor(driver, clock.at);
        const order =
          index % 2 === 0
            ? [fn.claim(driver, block, { clearance }), ...others()]
            : [...others(), fn.claim(driver, block, { clearance })];
        const outcomes = await Promise.all([...before, ...order]);
        const won = outcomes.filter(({ status }) => status === 'claimed');
        expect(won).toHaveLength(1);
        expect((await fn.read(block.blockId))?.owner).toBe(driver);
      };
      for (let index = 0; index < 150; index += 10)
        await Promise.all(Array.from({ length: 10 }, (_, offset) => interleaving(index + offset)));
    },
  );
});

describe('the budget of holds', () => {
  it('gives a driver no more than its share of an hour, on whatever phone, and a phone no more for whatever driver', async () => {
    const fn = aFunction();
    const holdsOf = async (who: () => { driverId: string; deviceId: string }) => {
      const outcomes = [];
      for (let index = 0; index < someHolds.perHour + 3; index += 1) {
        const { driverId, deviceId } = who();
        outcomes.push(await fn.claim(driverId, await published(), { deviceId }));
      }
      for (const outcome of outcomes) expect(outcome).toEqual(asked);
      return outcomes.filter((outcome) => heldUntilOf(outcome) !== undefined).length;
    };
    const driverId = unique('driver');
    const deviceId = unique('phone');
    expect(await holdsOf(() => ({ driverId, deviceId: unique('phone') }))).toBe(someHolds.perHour);
    expect(await holdsOf(() => ({ driverId: unique('driver'), deviceId }))).toBe(someHolds.perHour);
  });

  it('keeps a fleet of 500 from parking a drop: every block is free for good after its share', async () => {
    const clock = aClock();
    const blocks = await Promise.all(Array.from({ length: 8 }, () => published()));
    const fleet = Array.from({ length: 500 }, (_, index) => ({
      driverId: unique('bot'),
      deviceId: `phone-${index}`,
    }));
    const functions = Array.from({ length: 4 }, () => aFunction({ clock }));
    const heldMs = new Map<string, number>();
    let turn = 0;
    // For six minutes two of the fleet ask for each block in every five seconds, each on a budget of its own.
    for (const until = start + 6 * minute; clock.at < until; clock.at += 5_000) {
      await Promise.all(
        blocks.flatMap((block, index) =>
          [0, 1].map(async (offset) => {
            const bot = fleet[(turn * 16 + index * 2 + offset) % fleet.length] as (typeof fleet)[number];
            await functions[(index + offset) % 4]?.claim(bot.driverId, block, { deviceId: bot.deviceId });
          }),
        ),
      );
      turn += 1;
      for (const block of blocks) {
        const { heldUntil = 0 } = (await functions[0]?.read(block.blockId)) ?? {};
        const held = Math.min(Math.max(0, heldUntil - clock.at), 5_000);
        heldMs.set(block.blockId, (heldMs.get(block.blockId) ?? 0) + held);
      }
    }
    for (const block of blocks) {
      expect(heldMs.get(block.blockId)).toBeLessThanOrEqual(someHolds.perBlockSeconds * 1_000);
      expect(heldMs.get(block.blockId)).toBeGreaterThan(0);
    }
    const people = aFunction({ clock, suspects: () => false });
    const outcomes = await Promise.all(blocks.map((block) => people.claim(unique('person'), block)));
    for (const outcome of outcomes) expect(outcome).toEqual(claimed);
  });

  it('begins anew with the next version of the block', async () => {
    const clock = aClock();
    const block = await published();
    const fn = aFunction({ clock });
    const holds = async (version: number) => {
      let held = 0;
      for (let index = 0; index < 5; index += 1) {
        const outcome = await fn.claim(unique('driver'), block, { version });
        if (heldUntilOf(outcome) !== undefined) held += 1;
        clock.at += minute + 1;
      }
      return held;
    };
    expect(await holds(1)).toBe(3);
    const person = unique('person');
    const people = aFunction({ clock, suspects: () => false });
    expect(await people.claim(person, block)).toEqual(claimed);
    expect(await people.release(person, block)).toMatchObject({ status: 'released' });
    await offerInDraw(engine.client, tables.offers, { blockId: block.blockId, version: 2 });
    expect(await holds(2)).toBe(3);
  });
});

describe('a clearance', () => {
  it('serves its driver, phone, block and version, and nothing else', async () => {
    const [clock, block, driver, deviceId] = [aClock(), await published(), unique('driver'), unique('phone')];
    const fn = aFunction({ clock });
    await fn.claim(driver, block, { deviceId });
    const clearance = await clearanceFor(driver, clock.at);
    const invalid = (reason: string) => expect.objectContaining({ code: 'clearance-invalid', reason });
    expect(await fn.claim(unique('thief'), block, { deviceId, clearance })).toEqual(invalid('foreign'));
    expect(await fn.claim(driver, block, { deviceId: unique('phone'), clearance })).toEqual(
      invalid('other-device'),
    );
    expect(await fn.claim(driver, block, { clearance })).toEqual(invalid('other-device'));
    expect(await fn.claim(driver, await published(), { deviceId, clearance })).toEqual(
      invalid('other-block'),
    );
    expect(await fn.claim(driver, block, { deviceId, clearance, version: 2 })).toEqual(
      invalid('other-version'),
    );
    for (const forged of [
      '',
      'x',
      clearance.slice(0, -1),
      `${clearance}A`,
      clearance.replace('~', '~~'),
      clearance.toUpperCase(),
    ])
      if (forged)
        expect(await fn.claim(driver, block, { deviceId, clearance: forged })).toEqual(invalid('malformed'));
    clock.at += 20 * minute;
    expect(await fn.claim(driver, block, { deviceId, clearance })).toEqual(invalid('expired'));
    clock.at -= 20 * minute;
    expect(await fn.claim(driver, block, { deviceId, clearance })).toEqual(claimed);
  });

  it('claims once when it is used by many at the same time', async () => {
    const [block, driver] = [await published(), unique('driver')];
    await aFunction().claim(driver, block);
    const clearance = await clearanceFor(driver, start);
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => aFunction().claim(driver, block, { clearance })),
    );
    expect(outcomes.filter(({ status }) => status === 'claimed')).toHaveLength(1);
    for (const outcome of outcomes)
      expect(['claimed', 'repeated', 'refused try-again']).toContain(
        outcome.status === 'refused' ? `refused ${outcome.code}` : outcome.status,
      );
  });

  it('covers the same behaviour for a day, and nothing new', async () => {
    const [clock, driver] = [aClock(), unique('driver')];
    const fn = aFunction({ clock });
    const first = await published();
    expect(await fn.claim(driver, first)).toEqual(asked);
    const store = challengesStore(engine.client, tables, someHolds, 30);
    const [challenge] = await challengesOf(driver);
    if (!challenge) throw new Error('nothing was challenged');
    const clearance = {
      until: start + 24 * 60 * minute,
      points: challenge.points,
      reasons: challenge.reasons,
    };
    await store.recordAttempt(
      challenge,
      { step: 'pass', attempt: { digest: 'd', result: 'passed' }, traceDigests: [], covered: [clearance] },
      start,
    );
    clock.at += 60 * minute;
    const next = () => published({ startsAt: monday + 5 * 60 * minute });
    expect(await fn.claim(driver, await next())).toEqual(claimed);
    const withMore = aFunction({ clock, guard: { watched: () => manyQuick(clock.at) } });
    expect(await withMore.claim(driver, await published({ startsAt: monday + 9 * 60 * minute }))).toEqual(
      asked,
    );
  });
});

const manyQuick = (now: number) =>
  Array.from({ length: 8 }, (_, index) => ({
    id: unique('attempt'),
    at: now - index * 7_001,
    latencyMs: 20,
    missed: false,
  }));
