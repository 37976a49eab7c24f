import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Due } from '#core/draws/due-store.ts';
import { offerReserved } from '#core/draws/offer-reserved.ts';
import { reservedOffers } from '#core/draws/reserved-offers.ts';
import { handleChanges, handleDue } from '#core/draws/work-off.ts';
import type { BlockFacts } from '#core/offers/block.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { type PublishInput, publishDrop } from '#core/offers/publish-drop.ts';
import { publishingStore } from '#core/offers/publishing-store.ts';
import { monday, unique } from '#test/support/builders.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { failingAt } from '#test/support/failing.ts';
import { aSharingWorld } from '#test/support/worker.ts';

const hour = 3_600_000;
const start = monday - 48 * hour;

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

/** A station with a rotation of drivers `a`, `b`, …, who joined in that order. */
const aStation = async (names: string) => {
  const world = await aSharingWorld(engine, start);
  for (const [index, driver] of [...names].entries())
    expect(await world.rotation.join('DSE1', driver, start - 1_000 + index)).toBe('joined');
  const minutes = world.sharing.reserved.minutes * 60_000;
  let hours = 0;
  return {
    ...world,
    minutes,
    /** Blocks that follow each other, two hours each; those that nobody is asked for yet. */
    reserved: (facts: Partial<BlockFacts> = {}) => {
      hours += 2;
      return world.published({ mode: 'reserved', startsAt: monday + hours * hour, ...facts }, 'waiting');
    },
    offer: async ({ blockId }: { blockId: string }, by = world.worker()) => {
      const outcome = await offerReserved(by, blockId);
      return outcome.status === 'offered' ? outcome.driverId : outcome.status;
    },
    order: async () => (await world.rotation.inOrder('DSE1')).map(({ driverId }) => driverId).join(''),
    shownTo: async (driverId: string) => {
      const worker = world.worker();
      return reservedOffers({ ...worker, rotation: world.rotation }, driverId);
    },
  };
};

describe('the rotation of a station', () => {
  it('takes drivers in at the end, once, and lets them go', async () => {
    const { rotation, order } = await aStation('abc');
    expect(await order()).toBe('abc');
    expect(await rotation.join('DSE1', 'a', start + 1)).toBe('joined');
    expect(await order()).toBe('abc');
    expect(await rotation.place('DSE1', 'b')).toEqual({ joined: true, before: 1, drivers: 3 });
    expect(await rotation.place('DSE1', 'x')).toEqual({ joined: false, drivers: 3 });
    expect([await rotation.leave('DSE1', 'a'), await rotation.leave('DSE1', 'a')]).toEqual(['left', 'left']);
    expect(await order()).toBe('bc');
    await rotation.join('DSE1', 'a', start + 1);
    expect(await order()).toBe('bca');
    await Promise.all([rotation.join('DSE1', 'x', start + 2), rotation.join('DSE1', 'x', start + 3)]);
    expect((await order()).split('x')).toHaveLength(2);
    expect(await rotation.place('DSE2', 'a')).toEqual({ joined: false, drivers: 0 });
  });

  it('asks whoever was asked longest ago', async () => {
    const { reserved, offer, order, clock } = await aStation('abc');
    const asked: string[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      asked.push(await offer(await reserved()));
      clock.at += 1_000;
    }
    expect(asked.join('')).toBe('abcab');
    expect(await order()).toBe('cab');
  });

  it('passes over who cannot take the block or may not, and keeps their places', async () => {
    const { reserved, published, drivers, offer, order, worker, clock } = await aStation('abcd');
    const block = await reserved({ startsAt: monday });
    const overlapping = await published({ startsAt: monday + hour });
    expect(await drivers().claim('a', overlapping)).toBe('claimed');
    for (const day of [1, 2, 3, 4]) {
      const startsAt = monday + day * 24 * hour;
      const long = await published({ startsAt, endsAt: startsAt + 9.75 * hour });
      expect(await drivers().claim('b', long)).toBe('claimed');
    }
    const strict = worker({ isRestricted: async () => (driverId) => driverId === 'c' });
    expect(await offer(block, strict)).toBe('d');
    expect(await order()).toBe('abcd');
    clock.at += 1_000;
    expect(await offer(await reserved())).toBe('a');
    expect(await order()).toBe('bcda');
  });
});

describe('a reserved block', () => {
  it('is one driver’s to see and to claim, until its time is over', async () => {
    const { reserved, offer, drivers, shownTo, read, clock, minutes, table } = await aStation('ab');
    const [one, two] = [await reserved(), await reserved()];
    expect([await offer(one), await offer(two)]).toEqual(['a', 'b']);
    const [shown, ...others] = await shownTo('a');
    expect(others).toEqual([]);
    expect(shown).toMatchObject({ blockId: one.blockId, closesAt: start + minutes, opensAt: start });
    const token = { ...one, ...(await read(one)) };
    const { claim } = drivers();
    expect(await claim('b', token)).toBe('block-taken');
    const [past, Key] = [clock.at - 1, { pk: { S: `B#${one.blockId}` }, sk: { S: 'B' } }];
    const hold = (UpdateExpression: string, at: number) =>
      engine.client.send(
        new UpdateItemCommand({
          ...{ TableName: table, Key, UpdateExpression },
          ExpressionAttributeValues: { ':at': { N: String(at) } },
        }),
      );
    // As after a puzzle: what kept it is over, and it is nobody else's for that.
    await hold('SET hx = :at', past);
    expect(await claim('b', token)).not.toBe('claimed');
    expect(await claim('a', token)).toBe('claimed');
    expect(await shownTo('a')).toEqual([]);
    const late = await read(two);
    clock.at = start + minutes;
    expect(await shownTo('b')).toEqual([]);
    expect(await claim('b', late)).toBe('offer-expired');
  });

  it('goes on to the next when its time is over, and to a draw when all turns are', async () => {
    const { reserved, worker, read, due, clock, minutes, sharing, rotation } = await aStation('abcde');
    const block = await reserved();
    await handleChanges(worker(), { due: [], waiting: [block.blockId], late: [] });
    const { turns } = sharing.reserved;
    for (const [turn, driver] of [...'abcde'.slice(0, turns)].entries()) {
      const until = start + (turn + 1) * minutes;
      const kept = { state: 'open', mode: 'reserved', holder: driver, heldUntil: until, version: turn + 1 };
      expect(await read(block)).toMatchObject({ ...kept, closesAt: until });
      const [own] = (await due()) as [Due];
      expect(own).toEqual({ at: until, kind: 'offer', id: block.blockId });
      clock.at = until - 1_200;
      expect(await handleDue(worker(), own, until + 10_000)).toMatchObject({ status: 'done' });
      expect(clock.at).toBe(until);
    }
    const drawn = await read(block);
    expect(drawn).toMatchObject({ state: 'open', mode: 'draw', version: turns + 1 });
    expect(drawn.holder).toBeUndefined();
    const { againSeconds, beacon } = sharing.draws;
    const seconds = ((drawn.closesAt ?? 0) - drawn.opensAt) / 1_000;
    expect(seconds).toBeLessThanOrEqual(againSeconds + beacon.period);
    expect(await due()).toEqual([{ at: drawn.closesAt, kind: 'draw', id: drawn.drawId }]);
    // To let it pass cost them their turn and nothing else.
    expect((await rotation.inOrder('DSE1')).map(({ driverId }) => driverId).slice(-turns)).toEqual(
      [...'abcde'].slice(0, turns),
    );
  });

  it('is drawn where nobody is left to ask: nobody is asked twice for one block', async () => {
    const { reserved, worker, read, due, clock, minutes } = await aStation('a');
    const block = await reserved();
    await handleChanges(worker(), { due: [], waiting: [block.blockId], late: [] });
    expect(await read(block)).toMatchObject({ mode: 'reserved', holder: 'a' });
    clock.at += minutes;
    const [own] = (await due()) as [Due];
    await handleDue(worker(), own, clock.at + 10_000);
    expect(await read(block)).toMatchObject({ state: 'open', mode: 'draw', version: 2 });
    const lonely = await reserved({ stationId: 'DSE2' });
    await handleChanges(worker(), { due: [], waiting: [lonely.blockId], late: [] });
    expect(await read(lonely)).toMatchObject({ state: 'open', mode: 'draw', version: 1 });
    const soon = await reserved({ startsAt: clock.at + minutes });
    await handleChanges(worker(), { due: [], waiting: [soon.blockId], late: [] });
    expect(await read(soon)).toMatchObject({ state: 'open', mode: 'draw', version: 1 });
  });

  it('stays due where a clock is behind, and while a puzzle keeps it for its driver', async () => {
    const { reserved, offer, worker, read, due, clock, minutes, client, table } = await aStation('ab');
    const block = await reserved();
    await offer(block);
    const [own] = (await due()) as [Due];
    const until = start + minutes;
    clock.at = until - 1;
    const early = { ...worker(), sleep: async () => {} };
    expect(await handleDue(early, own, until + 10_000)).toMatchObject({ status: 'again', because: 'kept' });
    expect(await due()).toEqual([own]);
    const wish = { ...block, requestId: unique('request'), driverId: 'a', at: clock.at, weeks: [] };
    const solving = until + 30_000;
    expect(await claimsStore(client, table, 30).hold(wish, solving)).toEqual({ status: 'done' });
    expect(await handleDue(worker(), own, until + 10_000)).toEqual({ status: 'done', as: 'kept' });
    expect(await due()).toEqual([{ ...own, at: solving }]);
    expect(await read(block)).toMatchObject({ holder: 'a', version: 1 });
    clock.at = solving;
    await handleDue(worker(), { ...own, at: solving }, solving + 10_000);
    expect(await read(block)).toMatchObject({ holder: 'b', version: 2 });
  });

  it('is offered to one driver by many workers at once, and several blocks to several drivers', async () => {
    const { reserved, worker, read, order } = await aStation('abcdef');
    const blocks = [await reserved(), await reserved(), await reserved()];
    const workers = [1, 2, 3].map(() =>
      worker({ sleep: (ms) => new Promise((done) => setTimeout(done, ms)) }),
    );
    await Promise.all(
      workers.flatMap((by) =>
        blocks.map(({ blockId }) => handleChanges(by, { due: [], waiting: [blockId], late: [] })),
      ),
    );
    const holders = await Promise.all(blocks.map(async (block) => (await read(block)).holder));
    expect([...holders].sort()).toEqual(['a', 'b', 'c']);
    expect((await order()).slice(0, 3)).toBe('def');
    for (const block of blocks) expect(await read(block)).toMatchObject({ version: 1, mode: 'reserved' });
  });

  it('is neither lost nor another’s where a worker is killed at any step', async () => {
    let steps = 0;
    for (const when of ['before', 'after'] as const)
      for (let step = 1; ; step += 1) {
        const { reserved, worker, read, due, client, clock, minutes, order } = await aStation('ab');
        const block = await reserved();
        await handleChanges(worker(), { due: [], waiting: [block.blockId], late: [] });
        clock.at += minutes;
        const [own] = (await due()) as [Due];
        const killed = failingAt(step, when);
        const fails = await handleDue(worker({}, killed.wrap(client)), own, clock.at + 10_000).then(
          () => false,
          () => true,
        );
        for (const one of await due(clock.at)) await handleDue(worker(), one, clock.at + 10_000);
        expect(await read(block)).toMatchObject({ version: 2, holder: 'b', heldUntil: clock.at + minutes });
        expect(await due()).toEqual([{ at: clock.at + minutes, kind: 'offer', id: block.blockId }]);
        expect(await order()).toBe('ab');
        steps = Math.max(steps, step);
        if (!fails) break;
      }
    expect(steps).toBeGreaterThan(5);
  });
});

describe('a drop with reserved blocks', () => {
  const iso = (at: number) => new Date(at).toISOString();

  it('opens them to one driver each, at its opening, also where the stream told nobody', async () => {
    const { table, worker, read, due, clock, client, sharing } = await aStation('abc');
    const opensAt = start + 3 * 60_000;
    const input: PublishInput = {
      ...{ publisherId: 'publisher', stationId: 'DSE1', mode: 'reserved', requestKey: unique('drop') },
      opensAt: iso(opensAt),
      blocks: [0, 1].map((index) => ({
        startAt: iso(monday + index * hour),
        endAt: iso(monday + (index + 1) * hour),
        pay: { amount: 5_000, currency: 'EUR' },
      })),
    };
    const outcome = await publishDrop(
      {
        store: publishingStore(client, table, 30),
        stations: new Map([['DSE1', { draw: 0, reserved: 100, gated: 0, direct: 0 }]]),
        draws: sharing.draws,
        now: () => clock.at,
        newSecret: () => '',
        randomKey: () => '',
      },
      input,
    );
    const blocks = outcome.status === 'published' ? outcome.blocks : [];
    const waiting = blocks.map(({ blockId }) => blockId);
    await handleChanges(worker(), { due: [], waiting, late: [] });
    for (const block of blocks) expect(await read(block)).toMatchObject({ state: 'waiting' });
    clock.at = opensAt;
    const items = await due();
    expect(items).toEqual([...waiting].sort().map((id) => ({ at: opensAt, kind: 'offer', id })));
    for (const one of items) await handleDue(worker(), one, opensAt + 10_000);
    const holders = await Promise.all(blocks.map(async (block) => (await read(block)).holder));
    expect([...holders].sort()).toEqual(['a', 'b']);
  });

  it('leaves what is due for a block that is not written yet', async () => {
    const { worker, due, published, read, clock } = await aStation('a');
    const id = unique('block');
    const item: Due = { at: start, kind: 'offer', id };
    await worker().due.put(item);
    await handleChanges(worker(), { due: [item], waiting: [], late: [] });
    expect(await due()).toEqual([item]);
    const block = await published({ blockId: id, mode: 'reserved' }, 'waiting');
    await handleDue(worker(), item, start + 10_000);
    expect(await read(block)).toMatchObject({ holder: 'a' });
    const never: Due = { ...item, id: unique('block') };
    await worker().due.put(never);
    clock.at += hour;
    expect(await handleDue(worker(), never, clock.at)).toEqual({ status: 'done', as: 'unknown' });
  });
});
