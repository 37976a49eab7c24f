import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dueStore } from '#core/draws/due-store.ts';
import { offeringStore } from '#core/draws/offering-store.ts';
import type { BlockFacts } from '#core/offers/block.ts';
import { blockItem } from '#core/offers/blocks-store.ts';
import { type ClaimDeps, claimBlock } from '#core/offers/claim-block.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { lateRelease } from '#core/offers/late-releases-store.ts';
import { listSchedule } from '#core/offers/list-schedule.ts';
import { signOffer } from '#core/offers/offer-token.ts';
import { releaseBlock } from '#core/offers/release-block.ts';
import { scheduleStore } from '#core/offers/schedule-store.ts';
import { settledOffers } from '#core/offers/settled-offers.ts';
import { aBlock, monday, someKeys, unique } from '#test/support/builders.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';

const hour = 3_600_000;
const before = monday - 24 * hour;

let engine: Engine;
let table: string;
beforeAll(async () => {
  engine = await startEngine();
  table = await engine.createTable();
});
afterAll(() => engine.stop());

const published = async (facts: Partial<BlockFacts> = {}): Promise<BlockFacts> => {
  const block = aBlock(facts);
  await engine.client.send(
    new PutItemCommand({ TableName: table, Item: blockItem(block, 1, 'open', 2_000_000_000) }),
  );
  return block;
};

/** One warm function at a fixed time. */
const aFunction = (overrides: Partial<ClaimDeps> = {}) => {
  const deps = {
    store: claimsStore(engine.client, table, 30),
    settled: settledOffers(),
    keys: someKeys,
    maxWeeklyMinutes: 40 * 60,
    releaseLeadMinutes: 45,
    lateHours: 24,
    noteLate: (release: Parameters<typeof lateRelease>[1]) => lateRelease(table, release, 14),
    now: () => before,
    random: () => 0.5,
    sleep: async () => {},
    ...overrides,
  };
  return {
    claim: (driverId: string, block: BlockFacts, version = 1) =>
      claimBlock(deps, {
        requestId: unique('request'),
        driverId,
        offerToken: signOffer(someKeys, { ...block, version }),
      }),
    release: (driverId: string, { blockId }: BlockFacts) =>
      releaseBlock(deps, { requestId: unique('request'), driverId, blockId }),
    schedule: async (driverId: string) => {
      const store = scheduleStore(engine.client, table);
      const outcome = await listSchedule({ ...deps, store }, { driverId });
      return (outcome.status === 'listed' ? outcome.body.blocks : []).map(({ blockId }) => blockId);
    },
    read: (blockId: string) => deps.store.read(blockId),
  };
};

/** As the worker would do it: kept for one driver, whose token says until when. */
const keptFor = async (driverId: string, block: BlockFacts, version: number): Promise<BlockFacts> => {
  const until = before + 600_000;
  const reserve = { driverId, until, at: before };
  expect(
    await offeringStore(engine.client, table).reserve({ blockId: block.blockId, version }, reserve),
  ).toEqual({ status: 'done' });
  return { ...block, mode: 'reserved', opensAt: before, closesAt: until };
};

const refused = (code: string) => expect.objectContaining({ status: 'refused', code });
const claimed = expect.objectContaining({ status: 'claimed' });
const repeated = expect.objectContaining({ status: 'repeated' });

describe('a claim', () => {
  it('gives an open block to the driver and puts it on the schedule', async () => {
    const [fn, block, driver] = [aFunction(), await published(), unique('driver')];
    expect(await fn.claim(driver, block)).toEqual(claimed);
    expect(await fn.schedule(driver)).toEqual([block.blockId]);
  });

  it('answers a repetition as the success that it was, from any function', async () => {
    const [block, driver] = [await published(), unique('driver')];
    const fn = aFunction();
    expect(await fn.claim(driver, block)).toEqual(claimed);
    expect(await fn.claim(driver, block)).toEqual(repeated);
    expect(await aFunction().claim(driver, block)).toEqual(repeated);
    expect(await fn.schedule(driver)).toEqual([block.blockId]);
  });

  it('goes to exactly one of a hundred drivers, in either mode', async () => {
    for (const mode of ['direct', 'gated'] as const) {
      const block = await published({ mode });
      const functions = [aFunction(), aFunction(), aFunction()];
      const drivers = Array.from({ length: 100 }, () => unique('driver'));
      const outcomes = await Promise.all(
        drivers.map((driver, index) => functions[index % 3]?.claim(driver, block)),
      );
      expect(outcomes.filter((outcome) => outcome?.status === 'claimed')).toHaveLength(1);
      expect(
        outcomes.filter((outcome) => outcome?.status === 'refused').map((o) => 'code' in (o ?? {}) && o),
      ).toEqual(Array.from({ length: 99 }, () => refused('block-taken')));
    }
  });

  it('is refused when it overlaps with a block that the driver has, by a minute', async () => {
    const [fn, driver] = [aFunction(), unique('driver')];
    const first = await published({ startsAt: monday, endsAt: monday + 2 * hour });
    const second = await published({ startsAt: monday + 2 * hour - 60_000, endsAt: monday + 4 * hour });
    expect(await fn.claim(driver, first)).toEqual(claimed);
    expect(await fn.claim(driver, second)).toEqual(refused('schedule-overlap'));
    expect((await fn.read(second.blockId))?.state).toBe('open');
  });

  it('is allowed right after a block that the driver has', async () => {
    const [fn, driver] = [aFunction(), unique('driver')];
    expect(await fn.claim(driver, await published({ startsAt: monday, endsAt: monday + hour }))).toEqual(
      claimed,
    );
    expect(
      await fn.claim(driver, await published({ startsAt: monday + hour, endsAt: monday + 2 * hour })),
    ).toEqual(claimed);
  });

  it('fills a week to the minute and not beyond', async () => {
    const [fn, driver] = [aFunction({ maxWeeklyMinutes: 240 }), unique('driver')];
    const at = (day: number, minutes: number) =>
      published({ startsAt: monday + day * 24 * hour, endsAt: monday + day * 24 * hour + minutes * 60_000 });
    expect(await fn.claim(driver, await at(0, 180))).toEqual(claimed);
    expect(await fn.claim(driver, await at(1, 61))).toEqual(refused('weekly-hours-exceeded'));
    expect(await fn.claim(driver, await at(2, 60))).toEqual(claimed);
    expect(await fn.claim(driver, await at(3, 15))).toEqual(refused('weekly-hours-exceeded'));
    expect(await fn.claim(driver, await at(7, 240))).toEqual(claimed);
    expect(await fn.claim(unique('driver'), await at(4, 241))).toEqual(refused('weekly-hours-exceeded'));
  });

  it('of a block across the week end counts in both weeks', async () => {
    const [fn, driver] = [aFunction({ maxWeeklyMinutes: 120 }), unique('driver')];
    const sundayNight = Date.UTC(2027, 0, 10, 23);
    const across = await published({ startsAt: sundayNight, endsAt: sundayNight + 2 * hour });
    expect(await fn.claim(driver, across)).toEqual(claimed);
    const sunday = await published({ startsAt: sundayNight - 2 * hour, endsAt: sundayNight - 30 * 60_000 });
    expect(await fn.claim(driver, sunday)).toEqual(refused('weekly-hours-exceeded'));
    const mondayMorning = await published({
      startsAt: sundayNight + 90 * 60_000,
      endsAt: sundayNight + 3 * hour,
    });
    expect(await fn.claim(driver, mondayMorning)).toEqual(refused('schedule-overlap'));
    expect(await fn.release(driver, across)).toEqual(expect.objectContaining({ status: 'released' }));
    expect(await fn.claim(driver, sunday)).toEqual(claimed);
    expect(await fn.claim(driver, mondayMorning)).toEqual(claimed);
  });

  it('is refused before the opening, from the start on, and with a token that is not ours', async () => {
    const [driver, block] = [unique('driver'), await published({ opensAt: before + 1 })];
    expect(await aFunction().claim(driver, block)).toEqual(refused('offer-not-open'));
    expect(await aFunction({ now: () => block.startsAt }).claim(driver, block)).toEqual(
      refused('offer-expired'),
    );
    const foreign = { current: '1', keys: new Map([['1', 'another key']]) };
    expect(await aFunction({ keys: foreign }).claim(driver, block)).toEqual(refused('invalid-offer-token'));
    expect((await aFunction().read(block.blockId))?.state).toBe('open');
  });

  it('costs a function that knows the loss no call at all', async () => {
    const block = await published();
    let calls = 0;
    const counting = {
      send: (command: Parameters<typeof engine.client.send>[0]) => {
        calls += 1;
        return engine.client.send(command);
      },
    };
    const fn = aFunction({ store: claimsStore(counting, table, 30) });
    await aFunction().claim(unique('driver'), block);
    const loser = unique('driver');
    expect(await fn.claim(loser, block)).toEqual(refused('block-taken'));
    expect(calls).toBe(1);
    expect(await fn.claim(loser, block)).toEqual(refused('block-taken'));
    expect(await fn.claim(unique('driver'), block)).toEqual(refused('block-taken'));
    expect(calls).toBe(1);
  });

  it('waits for nobody: a block kept for another is refused now and free when the time is over', async () => {
    let time = before;
    const [fn, block] = [aFunction({ now: () => time }), await published()];
    const [holder, other] = [unique('driver'), unique('driver')];
    const hold = {
      requestId: unique('request'),
      driverId: holder,
      blockId: block.blockId,
      version: 1,
      at: time,
      weeks: [],
    };
    expect(await claimsStore(engine.client, table, 30).hold(hold, time + 60_000)).toEqual({
      status: 'done',
    });
    expect(await fn.claim(other, block)).toEqual(refused('block-taken'));
    time += 60_001;
    expect(await fn.claim(other, block)).toEqual(claimed);
  });

  it('in gated mode leaves the block free at once when the driver cannot take it', async () => {
    const [fn, driver] = [aFunction(), unique('driver')];
    expect(await fn.claim(driver, await published())).toEqual(claimed);
    const gated = await published({ mode: 'gated' });
    expect(await fn.claim(driver, gated)).toEqual(refused('schedule-overlap'));
    expect(await fn.claim(unique('driver'), gated)).toEqual(claimed);
  });
});

describe('a release', () => {
  it('leaves the block waiting in a new version and clears the schedule; no token is worth anything', async () => {
    const [fn, block, driver] = [aFunction(), await published(), unique('driver')];
    await fn.claim(driver, block);
    expect(await fn.release(driver, block)).toEqual(expect.objectContaining({ status: 'released' }));
    expect(await fn.schedule(driver)).toEqual([]);
    expect(await fn.read(block.blockId)).toMatchObject({ state: 'waiting', version: 2, mode: 'draw' });
    expect(await dueStore(engine.client, table).until(before)).toContainEqual({
      ...{ at: before, kind: 'offer', id: block.blockId },
    });
    expect(await fn.claim(driver, block, 1)).toEqual(refused('offer-expired'));
    expect(await fn.claim(unique('driver'), block, 1)).toEqual(refused('offer-expired'));
    for (const someone of [driver, unique('driver')])
      expect(await fn.claim(someone, block, 2)).toEqual(refused('offer-not-open'));
    const offered = await keptFor(driver, block, 2);
    expect(await fn.claim(driver, offered, 1)).toEqual(refused('offer-expired'));
    expect(await fn.claim(driver, offered, 2)).toEqual(claimed);
    expect(await fn.schedule(driver)).toEqual([block.blockId]);
  });

  it('is harmless to repeat and nobody elses business', async () => {
    const [fn, block, driver] = [aFunction(), await published(), unique('driver')];
    await fn.claim(driver, block);
    expect(await fn.release(unique('driver'), block)).toEqual(refused('not-yours'));
    await fn.release(driver, block);
    expect(await fn.release(driver, block)).toEqual(expect.objectContaining({ status: 'repeated' }));
    const next = unique('driver');
    expect(await fn.claim(next, await keptFor(next, block, 2), 2)).toEqual(claimed);
    expect(await fn.release(driver, block)).toEqual(expect.objectContaining({ status: 'repeated' }));
    expect(await fn.schedule(next)).toEqual([block.blockId]);
  });

  it('ends at the configured time before the start', async () => {
    const [block, driver] = [await published(), unique('driver')];
    await aFunction().claim(driver, block);
    const late = aFunction({ now: () => block.startsAt - 45 * 60_000 + 1 });
    expect(await late.release(driver, block)).toEqual(refused('too-late'));
    const inTime = aFunction({ now: () => block.startsAt - 45 * 60_000 });
    expect(await inTime.release(driver, block)).toEqual(expect.objectContaining({ status: 'released' }));
  });
});

describe('a fault of ours', () => {
  const denied = {
    send: async () => {
      throw Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
    },
  };

  it('is thrown, and not told to drivers as bad luck', async () => {
    const fn = aFunction({ store: claimsStore(denied, table, 30) });
    const block = await published();
    await expect(fn.claim(unique('driver'), block)).rejects.toThrow('not authorized');
    await expect(fn.release(unique('driver'), block)).rejects.toThrow('not authorized');
  });

  it('is thrown also by the read that settles a lost answer', async () => {
    const losing = {
      send: async (command: object) => {
        if (command.constructor.name === 'GetItemCommand') return denied.send();
        throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
      },
    };
    const fn = aFunction({ store: claimsStore(losing, table, 30) });
    await expect(fn.claim(unique('driver'), await published())).rejects.toThrow('not authorized');
  });
});
