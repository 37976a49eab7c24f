import { createHash } from 'node:crypto';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { timeOfRound } from '#core/draws/beacon-rounds.ts';
import type { Draw } from '#core/draws/draw.ts';
import type { Due } from '#core/draws/due-store.ts';
import { drawKey } from '#core/draws/entries-store.ts';
import { handleChanges, handleDue } from '#core/draws/work-off.ts';
import type { Block } from '#core/offers/block.ts';
import { monday, unique } from '#test/support/builders.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { failingAt } from '#test/support/failing.ts';
import { aSharingWorld, type SharingWorld } from '#test/support/worker.ts';

const start = monday - 48 * 3_600_000;

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

const aWorld = () => aSharingWorld(engine, start);
const idsOf = (...blocks: { blockId: string }[]) => blocks.map(({ blockId }) => blockId);
const nothing = { due: [], waiting: [], late: [] };

const storedDraw = async ({ table }: SharingWorld, drawId = ''): Promise<{ draw: Draw; secret: string }> => {
  const { Item } = await engine.client.send(
    new GetItemCommand({ TableName: table, Key: drawKey(drawId), ConsistentRead: true }),
  );
  return { draw: JSON.parse(Item?.d?.S ?? ''), secret: Item?.se?.S ?? '' };
};

/** The draw that these blocks are open in, and no other one. */
const drawOf = async (world: SharingWorld, ...blocks: { blockId: string }[]) => {
  const open = await Promise.all(blocks.map(world.read));
  expect(new Set(open.map(({ drawId }) => drawId)).size).toBe(1);
  for (const { state, mode } of open) expect([state, mode]).toEqual(['open', 'draw']);
  const { draw, secret } = await storedDraw(world, open[0]?.drawId);
  expect(draw.blocks).toEqual(
    [...open]
      .sort((a, b) => (a.blockId < b.blockId ? -1 : 1))
      .map(({ blockId, version }) => ({ blockId, version })),
  );
  for (const { closesAt, commitment } of open)
    expect([closesAt, commitment]).toEqual([draw.closesAt, draw.commitment]);
  return { draw, secret };
};

describe('a block that was given back', () => {
  it('is open in a draw with the others that came with it, committed to and due at its close', async () => {
    const world = await aWorld();
    const [one, two, elsewhere] = [
      await world.released(),
      await world.released({ startsAt: monday + 7_200_000 }),
      await world.released({ stationId: 'DSE2' }),
    ];
    await handleChanges(world.worker(), { ...nothing, waiting: idsOf(one, two, elsewhere) });
    const { draw, secret } = await drawOf(world, one, two);
    const { beacon, againSeconds, sealMilliseconds } = world.sharing.draws;
    expect(createHash('sha256').update(Buffer.from(secret, 'base64url')).digest('base64url')).toBe(
      draw.commitment,
    );
    expect(draw.opensAt).toBe(start);
    expect(draw.closesAt).toBeGreaterThanOrEqual(start + againSeconds * 1_000);
    expect(draw.closesAt).toBeLessThanOrEqual(start + (againSeconds + beacon.period) * 1_000);
    expect(timeOfRound(beacon, draw.beacon.round)).toBe(draw.closesAt + sealMilliseconds);
    expect(await world.due()).toContainEqual({ at: draw.closesAt, kind: 'draw', id: draw.drawId });
    expect((await drawOf(world, elsewhere)).draw.drawId).not.toBe(draw.drawId);
  });

  it('is in one draw however often and by however many workers it is told of, in any company', async () => {
    const world = await aWorld();
    const blocks = [await world.released(), await world.released(), await world.released()];
    const [one, two, three] = idsOf(...blocks) as [string, string, string];
    const told = [[one, two], [one, two], [two, three], [three], [one, two, three]];
    await Promise.all(told.map((waiting) => handleChanges(world.worker(), { ...nothing, waiting })));
    const before = await Promise.all(blocks.map(world.read));
    const draws = (await world.due()).filter(({ kind }) => kind === 'draw');
    expect(new Set(before.map(({ drawId }) => drawId))).toEqual(new Set(draws.map(({ id }) => id)));
    for (const { id } of draws) {
      const { draw } = await storedDraw(world, id);
      expect(draw.blocks).toEqual(
        before.filter(({ drawId }) => drawId === id).map(({ blockId, version }) => ({ blockId, version })),
      );
    }
    await handleChanges(world.worker(), { ...nothing, waiting: [one, two, three] });
    expect(await Promise.all(blocks.map(world.read))).toEqual(before);
  });

  it('is offered by what is due where the stream told nobody, and where the worker was killed', async () => {
    for (const when of ['before', 'after'] as const) {
      const world = await aWorld();
      const block = await world.released();
      const own = { at: start, kind: 'offer', id: block.blockId } as const;
      expect(await world.due()).toEqual([own]);
      const killed = failingAt((name) => name === 'TransactWriteItemsCommand', when);
      const dying = world.worker({}, killed.wrap(world.client));
      await expect(handleDue(dying, own, start + 10_000)).rejects.toThrow('killed');
      world.clock.at += 6_000;
      expect(await world.tick()).toMatchObject({ overdue: 1 });
      expect(world.timers).toContainEqual({ due: own, delaySeconds: 0 });
      expect(await handleDue(world.worker(), own, world.clock.at + 10_000)).toMatchObject({ status: 'done' });
      const { draw } = await drawOf(world, block);
      expect(await world.due()).toEqual([{ at: draw.closesAt, kind: 'draw', id: draw.drawId }]);
    }
  });

  it('has a shorter draw shortly before it begins, and none where none would be over', async () => {
    const world = await aWorld();
    const { sealMilliseconds: sealMs, beacon } = world.sharing.draws;
    const near = await world.released();
    world.clock.at = monday - 2_000 - sealMs - 2 * beacon.period * 1_000;
    await handleChanges(world.worker(), { ...nothing, waiting: idsOf(near) });
    const { draw } = await drawOf(world, near);
    expect(timeOfRound(beacon, draw.beacon.round)).toBe(draw.closesAt + sealMs);
    expect(draw.closesAt + sealMs).toBeLessThan(monday);
    expect(draw.closesAt - draw.opensAt).toBeGreaterThanOrEqual(2_000);

    const late = await aWorld();
    const block = await late.released();
    late.clock.at = monday - 2_000 - sealMs;
    await handleChanges(late.worker(), { ...nothing, due: await late.due(), waiting: idsOf(block) });
    expect((await late.read(block)).state).toBe('waiting');
    expect(await late.due()).toEqual([]);
  });
});

describe('what nobody won in a draw', () => {
  /** Holds draws that nobody has entered: a stand-in for the allocator, which passes every block. */
  const emptyDraws = (world: SharingWorld) => {
    const worker = world.worker({
      findDraw: async (drawId) => storedDraw(world, drawId),
      runDraw: async ({ drawId }) => {
        const { draw } = await storedDraw(world, drawId);
        for (const block of draw.blocks) {
          await worker.offering.pass(block, world.clock.at);
          // As the stream would tell of it at once.
          await handleChanges(worker, { ...nothing, waiting: idsOf(block) });
        }
        return { status: 'drawn' };
      },
    });
    return worker;
  };

  it('comes again together, twice as long every time, up to a quarter of an hour', async () => {
    const world = await aWorld();
    const blocks = [await world.released(), await world.released(), await world.released()];
    const worker = emptyDraws(world);
    await handleChanges(worker, { due: await world.due(), waiting: idsOf(...blocks), late: [] });
    const seconds: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      const { draw } = await drawOf(world, ...blocks);
      seconds.push((draw.closesAt - draw.opensAt) / 1_000);
      const [due] = (await world.due()) as [Due];
      expect(due).toEqual({ at: draw.closesAt, kind: 'draw', id: draw.drawId });
      world.clock.at = due.at - 700;
      expect(await handleDue(worker, due, due.at + 10_000)).toEqual({ status: 'done', as: 'drawn' });
      expect(world.clock.at).toBe(due.at);
    }
    const { againSeconds, beacon } = world.sharing.draws;
    for (const [round, length] of seconds.entries()) {
      const least = Math.min(againSeconds * 2 ** round, 900);
      expect(length).toBeGreaterThanOrEqual(least);
      expect(length).toBeLessThanOrEqual(least + beacon.period);
    }
    expect((await world.due()).length).toBe(1);
  });

  it('comes again also when the worker was killed after the draw', async () => {
    const world = await aWorld();
    const block = await world.released();
    const worker = emptyDraws(world);
    await handleChanges(worker, { due: await world.due(), waiting: idsOf(block), late: [] });
    const [due] = (await world.due()) as [Due];
    world.clock.at = due.at;
    const killed = failingAt((name) => name === 'TransactWriteItemsCommand');
    const { offering } = world.worker({}, killed.wrap(world.client));
    const dying = { ...worker, offering: { ...worker.offering, openInDraw: offering.openInDraw } };
    await expect(handleDue(dying, due, due.at + 10_000)).rejects.toThrow('killed');
    expect((await world.read(block)).state).toBe('waiting');
    const over = { ...worker, runDraw: async () => ({ status: 'over' }) as const };
    expect(await handleDue(over, due, due.at + 10_000)).toEqual({ status: 'done', as: 'over' });
    await drawOf(world, block);
  });
});

describe('a timer', () => {
  const due: Due = { at: start + 60_000, kind: 'draw', id: 'AAAAAAAAAAAA' };

  it('comes a second or two before its time, and not at all where it would be too long', async () => {
    const world = await aWorld();
    const at = (ms: number): Due => ({ ...due, at: start + ms });
    const far = at(901_500 + 1_000);
    await handleChanges(world.worker(), {
      ...nothing,
      due: [at(-1), at(1_400), at(60_000), at(901_499), far],
    });
    expect(world.timers.map(({ delaySeconds }) => delaySeconds)).toEqual([0, 0, 58, 899]);
  });

  it('that comes too early, or for a draw that cannot be held yet, comes again', async () => {
    const world = await aWorld();
    const held: string[] = [];
    const answers = (status: 'no-beacon' | 'busy' | 'early'): ReturnType<typeof world.worker> =>
      world.worker({
        runDraw: async ({ drawId }) => {
          held.push(drawId);
          const at = world.clock.at + 10_000;
          return status === 'busy' ? { status, until: at } : status === 'early' ? { status, at } : { status };
        },
      });
    const handled = (status: Parameters<typeof answers>[0]) =>
      handleDue(answers(status), due, world.clock.at + 20_000);
    expect(await handled('early')).toMatchObject({ status: 'again', because: 'early' });
    expect(held).toEqual([]);
    world.clock.at = due.at;
    for (const status of ['no-beacon', 'busy', 'early'] as const)
      expect(await handled(status)).toMatchObject({ status: 'again', because: status });
    expect(held).toHaveLength(3);
    expect(world.timers).toEqual([58, 1, 8, 8].map((delaySeconds) => ({ due, delaySeconds })));
  });

  it('is set again every minute for what is due soon and for what nobody did', async () => {
    const world = await aWorld();
    const { due: store } = world.worker();
    const of = (ms: number): Due => ({ at: start + ms, kind: 'draw', id: unique('draw') });
    const [overdue, running, soon, later] = [of(-5_001), of(-4_999), of(119_000), of(121_000)];
    for (const one of [overdue, running, soon, later]) await store.put(one as Due);
    expect(await world.tick()).toEqual({ timers: 2, overdue: 1 });
    expect(world.timers.map((timer) => timer.due)).toEqual([overdue, soon]);
  });

  it('for winners who have longer to confirm is another one, and what the others left is offered', async () => {
    const world = await aWorld();
    const block = (await world.released()) as Block;
    const confirm: Due = { at: start, kind: 'confirm', id: 'AAAAAAAAAAAA' };
    const worker = world.worker({
      findDraw: async () => ({ draw: { blocks: [block] } }),
      passUnconfirmed: async () => ({ status: 'later', at: start + 30_000 }),
    });
    await worker.due.put(confirm);
    expect(await handleDue(worker, confirm, start + 10_000)).toEqual({ status: 'done', as: 'kept' });
    await drawOf(world, block);
    const left = (await world.due()).filter(({ kind }) => kind === 'confirm');
    expect(left).toEqual([{ ...confirm, at: start + 30_000 }]);
  });
});
