import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handleChanges, type WorkOffDeps } from '#core/draws/work-off.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { behindUntil, countedSince } from '#core/offers/late-releases.ts';
import { lateReleasesStore, toLateRelease } from '#core/offers/late-releases-store.ts';
import { takeBackBlock } from '#core/offers/take-back-blocks.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import { monday, unique } from '#test/support/builders.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { failingAt } from '#test/support/failing.ts';
import { itemsOf } from '#test/support/table-copies.ts';
import { aSharingWorld } from '#test/support/worker.ts';

const hour = 3_600_000;
const day = 24 * hour;

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

/** Gives blocks back so many hours before their start, one after the other, an hour apart. */
const aWorld = async () => {
  const world = await aSharingWorld(engine, monday - 10 * day);
  const driver = unique('driver');
  const releases = async (hoursBefore: readonly number[], database: Database = world.client) => {
    for (const hours of hoursBefore) {
      const block = await world.published({ startsAt: world.clock.at + hours * hour });
      const { claim, release } = world.drivers(database);
      expect(await world.drivers().claim(driver, block)).toBe('claimed');
      expect(['released', 'repeated']).toContain(await release(driver, block.blockId));
      expect(await claim(driver, block)).not.toBe('claimed');
      world.clock.at += hour;
    }
  };
  const counted = () => world.late.of(driver, countedSince(world.clock.at));
  /** What the stream tells of the driver's late releases, all of them every time. */
  const tell = async (by: Partial<WorkOffDeps> = {}) => {
    const late = (await itemsOf(engine, world.table)).flatMap(
      ({ pk, sk }) => toLateRelease(pk?.S, sk?.S) ?? [],
    );
    await handleChanges(world.worker(by), { due: [], waiting: [], late });
  };
  const { most, lateHours } = world.sharing.releases;
  return { ...world, driver, releases, counted, tell, most, lateHours };
};

describe('a release', () => {
  it('is written down when it is late, once and with the release, and not otherwise', async () => {
    const { releases, counted, lateHours, client, clock } = await aWorld();
    await releases([lateHours, lateHours + 5]);
    expect(await counted()).toEqual([]);
    for (const when of ['before', 'after'] as const) {
      const lost = failingAt((name) => name === 'TransactWriteItemsCommand', when, 'unanswered');
      await releases([lateHours - 0.01, 2], lost.wrap(client));
      expect(lost.state.failed).toBe(true);
    }
    // Tries take some milliseconds.
    const hoursAgo = (await counted()).map(({ at }) => Math.round((clock.at - at) / hour));
    expect(hoursAgo).toEqual([4, 3, 2, 1]);
  });

  it('that is not the driver’s own does not count', async () => {
    const { published, drivers, driver, client, table, counted, clock, read } = await aWorld();
    const block = await published({ startsAt: clock.at + 2 * hour });
    await drivers().claim(driver, block);
    const taken = { ...(await read(block)), version: 1 };
    const deps = {
      store: claimsStore(client, table, 30),
      now: () => clock.at,
      random: () => 0,
      sleep: async () => {},
    };
    expect(await takeBackBlock(deps, { driverId: driver, block: taken, requestId: 'step' })).toBe('released');
    expect(await read(block)).toMatchObject({ state: 'waiting', version: 2 });
    expect(await counted()).toEqual([]);
  });
});

describe('a driver with late releases', () => {
  it('is drawn as others are up to the limit, and behind them beyond it until it is kept again', async () => {
    const { releases, tell, late, driver, most, clock, counted, mails } = await aWorld();
    await releases(Array.from({ length: most }, () => 2));
    await tell();
    expect(await late.behind(clock.at)).toEqual(new Set());
    const [first] = await counted();
    await releases([2]);
    await tell();
    const until = (first?.at ?? 0) + 14 * day;
    expect(behindUntil(await counted(), most, clock.at)).toBe(until);
    expect(await late.behind(clock.at)).toEqual(new Set([driver]));
    expect(await late.behind(until - 1)).toEqual(new Set([driver]));
    expect(await late.behind(until)).toEqual(new Set());
    expect(mails).toHaveLength(1);
    expect(mails[0]?.to).toBe(`${driver}@example.com`);
  });

  it('is told once of every end, however often the stream tells, and of a later one again', async () => {
    const { releases, tell, most, mails } = await aWorld();
    await releases(Array.from({ length: most + 1 }, () => 2));
    await tell();
    await tell();
    expect(mails).toHaveLength(1);
    await releases([2]);
    await tell();
    await tell();
    expect(mails).toHaveLength(2);
    expect(mails[1]?.subject).not.toBe(mails[0]?.subject);
  });

  it('is told at last when mail fails, or the worker dies, and behind all the while', async () => {
    const { releases, tell, late, driver, most, clock, mails, client, table } = await aWorld();
    await releases(Array.from({ length: most + 1 }, () => 2));
    const broken = async () => {
      throw new Error('no mail today');
    };
    await expect(tell({ sendMail: broken })).rejects.toThrow('no mail today');
    await expect(tell({ findContact: broken })).rejects.toThrow('no mail today');
    expect(await late.behind(clock.at)).toEqual(new Set([driver]));
    expect(mails).toEqual([]);
    const killed = failingAt((name) => name === 'UpdateItemCommand');
    const dying = lateReleasesStore(killed.wrap(client), table);
    await expect(tell({ late: dying })).rejects.toThrow('killed');
    expect(mails).toEqual([]);
    await tell();
    await tell();
    expect(mails).toHaveLength(1);
  });

  it('whom no mail reaches, or whose mail is refused, is behind all the same and not tried for ever', async () => {
    for (const by of [
      { findContact: async () => ({}) },
      { sendMail: async () => ({ status: 'refused', reason: 'MessageRejected' }) as const },
    ]) {
      const { releases, tell, late, driver, most, clock, mails } = await aWorld();
      await releases(Array.from({ length: most + 1 }, () => 2));
      await tell(by);
      await tell();
      expect(await late.behind(clock.at)).toEqual(new Set([driver]));
      expect(mails).toEqual([]);
    }
  });
});
