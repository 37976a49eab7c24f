import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { offeringStore } from '#core/draws/offering-store.ts';
import type { BlockFacts } from '#core/offers/block.ts';
import { blockItem } from '#core/offers/blocks-store.ts';
import { weekShares } from '#core/offers/calendar.ts';
import { checkInStore } from '#core/offers/check-in-store.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { scheduleStore } from '#core/offers/schedule-store.ts';
import {
  blocksToTakeBack,
  giveBackBlock,
  runningUntil,
  takeBackBlock,
} from '#core/offers/take-back-blocks.ts';
import type { Database, Item } from '#core/shared/dynamodb-store.ts';
import { aBlock, monday, unique } from '#test/support/builders.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { failingAt } from '#test/support/failing.ts';
import { itemsOf } from '#test/support/table-copies.ts';

const minute = 60_000;
const hour = 60 * minute;

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

const byKey = (a: string, b: string) => a.localeCompare(b);
const text = (item: Item) => JSON.stringify(Object.entries(item).sort(([a], [b]) => byKey(a, b)));

describe('blocks of an account that ends', () => {
  const now = monday - 10 * minute;
  /** A marketplace of one table, at a time at which nobody may release the first block any more. */
  const aMarket = async () => {
    const table = await engine.createTable();
    const store = claimsStore(engine.client, table, 30);
    const schedule = scheduleStore(engine.client, table);
    const deps = { store, schedule, now: () => now, random: () => 0.5, sleep: async () => {} };
    const claim = (driverId: string, { blockId, startsAt, endsAt }: BlockFacts, version = 1) =>
      store.commitClaim(
        {
          ...{ requestId: unique('request'), driverId, blockId, version, at: now - 48 * hour },
          deviceId: `phone-of-${driverId}`,
          weeks: weekShares(startsAt, endsAt),
        },
        40 * 60,
      );
    const publish = async (facts: Partial<BlockFacts>): Promise<BlockFacts> => {
      const block = aBlock(facts);
      const Item = blockItem(block, 1, 'open', 2_000_000_000);
      await engine.client.send(new PutItemCommand({ TableName: table, Item }));
      return block;
    };
    /** Blocks of three hours, one every four, of which the driver claims all. */
    const booked = async (driverId: string, hours: readonly number[]) => {
      const blocks: BlockFacts[] = [];
      for (const after of hours) {
        const startsAt = monday + after * hour;
        const block = await publish({ startsAt, endsAt: startsAt + 3 * hour });
        expect(await claim(driverId, block)).toEqual({ status: 'done' });
        blocks.push(block);
      }
      return blocks;
    };
    const listed = (driverId: string) => blocksToTakeBack(deps, { driverId, after: now });
    type Listed = Awaited<ReturnType<typeof listed>>[number];
    const take = (driverId: string, block: Listed, by = deps) =>
      takeBackBlock(by, { driverId, block, requestId: `take-${block.blockId}` });
    const give = (driverId: string, block: Listed, by: typeof deps = deps) =>
      giveBackBlock(by, { driverId, block, requestId: unique('give') });
    return { table, deps, store, schedule, claim, publish, booked, listed, take, give };
  };
  type Market = Awaited<ReturnType<typeof aMarket>>;
  const ownersOf = ({ store }: Market, blocks: readonly { blockId: string }[]) =>
    Promise.all(blocks.map(async ({ blockId }) => (await store.read(blockId))?.owner));
  /** What a driver has: not the version, nor whether, how and since when it is offered to others, nor what is to be done. */
  const stand = async ({ table }: Market) =>
    (await itemsOf(engine, table))
      .filter(({ pk }) => pk?.S !== 'DUE')
      .map(({ ver: _, op: __, ca: ___, rb: ____, md: _____, st, ...item }) =>
        text({ ...item, ...(st && item.ow && { st }) }),
      )
      .sort(byKey);
  /** As the worker would do it: kept for one driver until a time. */
  const keep = async ({ table }: Market, { blockId }: { blockId: string }, driverId: string, until: number) =>
    expect(
      await offeringStore(engine.client, table).reserve(
        { blockId, version: 2 },
        { driverId, until, at: now },
      ),
    ).toEqual({ status: 'done' });

  it('are taken back from the next one on, however soon it starts, but for one that is checked in', async () => {
    const market = await aMarket();
    const driver = unique('driver');
    const blocks = await market.booked(driver, [-4, 0, 4, 166]);
    const checkedIn = await market.store.read(blocks[2]?.blockId ?? '');
    if (!checkedIn) throw new Error('no block');
    await checkInStore(engine.client, market.table).commit(checkedIn, now);
    const listed = await market.listed(driver);
    expect(listed.map(({ blockId }) => blockId)).toEqual([blocks[1]?.blockId, blocks[3]?.blockId]);
    const { amount, currency, stationId, startsAt, endsAt } = blocks[1] as BlockFacts;
    expect(listed[0]).toEqual({
      ...{ blockId: blocks[1]?.blockId, version: 1, deviceId: `phone-of-${driver}` },
      ...{ amount, currency, stationId, startsAt, endsAt },
    });
    for (const block of [...listed, ...listed]) expect(await market.take(driver, block)).toBe('released');
    expect(await market.listed(driver)).toEqual([]);
    expect(await ownersOf(market, blocks)).toEqual([driver, undefined, driver, undefined]);
    const late = { ...(listed[0] as (typeof listed)[number]), blockId: checkedIn.blockId };
    expect(await market.take(driver, late)).toBe('gone');
  });

  it('are the driver’s again as they were, beyond the weekly limit, however often each is done', async () => {
    const market = await aMarket();
    const driver = unique('driver');
    // The last one runs into the next week.
    await market.booked(driver, [0, 4, 158]);
    const others = await Promise.all(
      Array.from({ length: 12 }, (_, index) => {
        const startsAt = monday + (8 + 4 * index) * hour;
        return market.publish({ startsAt, endsAt: startsAt + 3 * hour });
      }),
    );
    const before = await stand(market);
    const listed = await market.listed(driver);
    const lost = failingAt((name) => name === 'TransactWriteItemsCommand', 'after', 'unanswered');
    const killed = failingAt((name) => name === 'TransactWriteItemsCommand', 'after', 'killed');
    const over = (fault: typeof lost) => ({
      ...market.deps,
      store: claimsStore(fault.wrap(engine.client) as Database, market.table, 30),
    });
    const [first, ...rest] = listed as [(typeof listed)[number], ...typeof listed];
    expect(await market.take(driver, first, over(lost))).toBe('released');
    await expect(market.take(driver, rest[0] as typeof first, over(killed))).rejects.toThrow('killed');
    for (const block of listed) expect(await market.take(driver, block)).toBe('released');
    // With what is claimed meanwhile, the week is longer than its limit.
    for (const block of others) expect(await market.claim(driver, block)).toEqual({ status: 'done' });
    const lostAgain = failingAt((name) => name === 'TransactWriteItemsCommand', 'after', 'unanswered');
    expect(await market.give(driver, first, over(lostAgain))).toBe('restored');
    for (const block of [...listed, ...listed]) expect(await market.give(driver, block)).toBe('restored');
    const later = new Set(others.map(({ blockId }) => blockId));
    for (const block of await market.listed(driver))
      if (later.has(block.blockId)) expect(await market.take(driver, block)).toBe('released');
    expect(await stand(market)).toEqual(before);
  });

  it('stay with whoever has them now, or with nobody where the driver has no time or it is too late', async () => {
    const market = await aMarket();
    const [driver, other] = [unique('driver'), unique('driver')];
    const [taken, overlapping, held, begun] = await market.booked(driver, [0, 4, 8, 12]);
    const listed = await market.listed(driver);
    for (const block of listed) await market.take(driver, block);
    await keep(market, taken as BlockFacts, other, now + minute);
    expect(await market.claim(other, taken as BlockFacts, 2)).toEqual({ status: 'done' });
    await market.claim(driver, await market.publish({ startsAt: monday + 5 * hour }));
    await keep(market, held as BlockFacts, other, now + minute);
    const late = { ...market.deps, now: () => begun?.startsAt ?? 0 };
    const give = (index: number, by = market.deps) => market.give(driver, listed[index] as never, by);
    expect([await give(0), await give(1), await give(2), await give(3, late)]).toEqual(Array(4).fill('gone'));
    expect(await ownersOf(market, [taken, overlapping, held, begun] as BlockFacts[])).toEqual([
      other,
      undefined,
      undefined,
      undefined,
    ]);
    expect(await give(3)).toBe('restored');
  });

  it('that another claims at the same moment are one driver’s, and the answer says whose', async () => {
    const market = await aMarket();
    const [driver, other] = [unique('driver'), unique('driver')];
    const blocks = await market.booked(driver, [0, 4, 8, 12]);
    const listed = await market.listed(driver);
    await Promise.all(
      listed.map(async (block, index) => {
        const facts = blocks[index] as BlockFacts;
        // Of the version that it has after, and of the one that it has now.
        const claims = [1, 2].map((version) => market.claim(other, facts, version));
        expect(await market.take(driver, block)).toBe('released');
        await Promise.all(claims);
        expect((await market.store.read(block.blockId))?.state).toBe('waiting');
        // Open to both: the time of whom it was kept for is over.
        await keep(market, facts, driver, 1);
        const given = market.give(driver, block);
        const claimed = market.claim(other, facts, 2);
        const outcome = await given;
        await claimed;
        const owner = (await market.store.read(block.blockId))?.owner;
        if (outcome === 'try-again') return;
        expect(outcome === 'restored' ? owner === driver : owner === other).toBe(true);
      }),
    );
  });

  it('that run or are about to are waited for', async () => {
    const { booked, schedule } = await aMarket();
    const driver = unique('driver');
    await booked(driver, [0, 4]);
    const until = (at: number) => runningUntil(schedule, driver, at, hour);
    expect(await until(monday - 2 * hour)).toBeUndefined();
    expect(await until(monday - hour)).toBe(monday + 3 * hour);
    expect(await until(monday + 3 * hour - 1)).toBe(monday + 3 * hour);
    expect(await until(monday + 3 * hour)).toBe(monday + 7 * hour);
    expect(await until(monday + 7 * hour)).toBeUndefined();
  });
});
