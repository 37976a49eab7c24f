import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drawRecord } from '#contract/draw-record.ts';
import { drawView } from '#contract/draws.ts';
import { dueStore } from '#core/draws/due-store.ts';
import { runDraw } from '#core/draws/run-draw.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { localBeaconSignature } from '#local/services/beacon.ts';
import { monday, unique } from '#test/support/builders.ts';
import { aDrawWorld, confirmMs, type DrawWorld } from '#test/support/draws.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';

const hour = 3_600_000;

let engine: Engine;
let table: string;
let world: DrawWorld;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());
beforeEach(async () => {
  table = await engine.createTable();
  world = aDrawWorld(engine.client, table);
});

const names = (count: number) => Array.from({ length: count }, (_, index) => `driver-${index}`);

describe('a draw', () => {
  it('gives each block to the first on the list who asks for it, and tells everybody why', async () => {
    const draw = await world.announce(3);
    for (const driver of names(8)) await world.enter(driver, draw, [0, 1]);
    expect(await world.run(draw)).toMatchObject({ status: 'drawn', entries: 8, given: 2 });

    const { record } = await world.recordOf(draw);
    expect(drawRecord.parse(record)).toEqual(record);
    expect(await world.verdictOn(draw)).toMatchObject({ status: 'genuine', warnings: ['local-beacon'] });
    const views = await Promise.all(names(8).map((driver) => world.look(driver, draw)));
    for (const view of views) expect(drawView.parse(view)).toEqual(view);
    const byRank = views.toSorted((a, b) => (a.result?.rank ?? 0) - (b.result?.rank ?? 0));
    expect(byRank.map(({ result }) => result?.entrant)).toEqual(record.entries.map(({ entrant }) => entrant));
    expect(byRank.map(({ result }) => result?.outcome.status)).toEqual([
      ...['won', 'won'],
      ...Array(6).fill('lost'),
    ]);
    const [first, second] = draw.blocks.map(({ blockId }) => blockId);
    expect(byRank[5]?.result?.outcome).toEqual({
      status: 'lost',
      reasons: [first, second].map((blockId) => ({ blockId, reason: 'drawn-before' })),
    });
    // What nobody named waits to be offered again.
    const blocks = await world.blocksOf(draw);
    expect(blocks.map((block) => block?.state)).toEqual(['taken', 'taken', 'waiting']);
    expect(blocks[0]).toMatchObject({ claimedOn: 'phone-1', version: 1 });
    expect(world.told).toEqual([expect.objectContaining({ drawId: draw.drawId, entries: 8, given: 2 })]);
    expect(await world.outcome('somebody', draw)).toEqual({ status: 'not-entered' });
  });

  it('is not held before it closes, and shows neither outcome nor secret before it is over', async () => {
    const draw = await world.announce(1);
    await world.enter('driver', draw);
    const early = await world.look('driver', draw);
    expect(early).toMatchObject({ state: 'open', entry: { state: 'entered' } });
    expect(early.result).toBeUndefined();
    const { drawId, closesAt } = draw;
    world.clock.at = closesAt - 1;
    const at = closesAt;
    expect(await runDraw(world.runDeps(), { drawId, runId: 'run' })).toEqual({ status: 'early', at });
    expect(await runDraw(world.runDeps(), { drawId: 'no-such-draw', runId: 'run' })).toEqual({
      status: 'unknown',
    });
    const silent = world.runDeps(undefined, { beacon: async () => ({ status: 'not-yet' }) });
    expect(await world.run(draw, silent)).toEqual({ status: 'no-beacon' });
    const sealed = await world.look('driver', draw);
    expect(sealed).toMatchObject({ state: 'sealed', entries: 1 });
    expect(JSON.stringify(sealed)).not.toContain(await world.store.secret(drawId));
    expect(await world.run(draw)).toMatchObject({ status: 'drawn' });
    const over = await world.look('driver', draw);
    expect(over).toMatchObject({ state: 'drawn', rollDigest: sealed.rollDigest });
    expect(over.result?.secret).toBe(await world.store.secret(drawId));
  });

  it('takes no other value than that of the chain that was named', async () => {
    const draw = await world.announce(1);
    await world.enter('driver', draw);
    const chain = { ...world.runDeps().chain, chainHash: 'ab'.repeat(32) };
    const asked: number[] = [];
    const beacon = async (round: number) => {
      asked.push(round);
      return { status: 'known' as const, signature: localBeaconSignature(round) };
    };
    expect(await world.run(draw, world.runDeps(undefined, { chain, beacon }))).toEqual({
      status: 'no-beacon',
    });
    expect(asked).toEqual([]);
  });

  it('counts a driver once, however often and from however many phones, with what was named first before', async () => {
    const draw = await world.announce(3);
    await world.enter('driver', draw, [1]);
    await world.enter('driver', draw, [1]);
    expect(await world.enter('driver', draw, [2, 0], { deviceId: 'phone-2' })).toMatchObject({
      choices: [1, 2, 0].map((index) => draw.blocks[index]?.blockId),
    });
    await world.run(draw);
    const { record } = await world.recordOf(draw);
    expect(record.entries).toEqual([expect.objectContaining({ choices: [1, 2, 0], won: 1 })]);
    expect((await world.blocksOf(draw))[1]).toMatchObject({ owner: 'driver', claimedOn: 'phone-1' });
  });

  it('holds to overlaps, weekly hours and standing, and draws who is behind after all others', async () => {
    // 10 hours each: four fill the week.
    const days = [0, 1, 2, 3].map((day) => ({ startsAt: monday + day * 24 * hour, minutes: 600 }));
    for (const plan of days) {
      const own = await world.announce([plan]);
      await world.enter('busy', own);
      await world.run(own);
    }
    const draw = await world.announce([
      { startsAt: monday + hour },
      { startsAt: monday + 4 * 24 * hour },
      { startsAt: monday + 5 * 24 * hour },
    ]);
    world.restricted.add('restricted');
    world.behind.add('late');
    await world.enter('busy', draw, [0, 1]);
    await world.enter('restricted', draw, [0]);
    for (const driver of ['late', ...names(6)]) await world.enter(driver, draw, [2]);
    await world.run(draw);
    expect(await world.verdictOn(draw)).toMatchObject({ status: 'genuine' });
    expect(await world.outcome('busy', draw)).toEqual({
      status: 'lost',
      reasons: [
        { blockId: draw.blocks[0]?.blockId, reason: 'schedule-overlap' },
        { blockId: draw.blocks[1]?.blockId, reason: 'weekly-hours-exceeded' },
      ],
    });
    expect(await world.outcome('restricted', draw)).toMatchObject({
      reasons: [{ reason: 'account-restricted' }],
    });
    const { record } = await world.recordOf(draw);
    expect(record.entries.at(-1)).toMatchObject({ behind: true });
    expect(await world.look('late', draw)).toMatchObject({
      result: { rank: 9, outcome: { status: 'lost' } },
    });
    expect((await world.blocksOf(draw)).map((block) => block?.state)).toEqual([
      ...['waiting', 'waiting', 'taken'],
    ]);
  });

  it('keeps a block for a winner who has something to show, who claims it or leaves it to others', async () => {
    const draw = await world.announce(2);
    await world.enter('quick', draw, [0], { asks: true });
    await world.enter('slow', draw, [1], { asks: true });
    await world.run(draw);
    const outcome = await world.outcome('quick', draw);
    if (outcome?.status !== 'confirm') throw new Error(JSON.stringify(outcome));
    expect(await world.claimToken('somebody', outcome.offerToken)).toMatchObject({ code: 'draw-closed' });
    expect(await world.claimToken('quick', outcome.offerToken)).toMatchObject({ status: 'claimed' });
    expect(await world.outcome('quick', draw)).toMatchObject({ status: 'won' });

    const [due] = (await dueStore(engine.client, table).until(Number.MAX_SAFE_INTEGER)).filter(
      ({ kind }) => kind === 'confirm',
    );
    expect(await world.passUnconfirmed(draw)).toEqual({ status: 'later', at: due?.at });
    world.clock.at = due?.at ?? 0;
    expect(world.clock.at).toBeGreaterThan(draw.closesAt + confirmMs);
    expect(await world.outcome('slow', draw)).toMatchObject({ status: 'not-confirmed' });
    for (let times = 0; times < 2; times += 1)
      expect(await world.passUnconfirmed(draw)).toEqual({ status: 'done' });
    expect(await world.outcome('slow', draw)).toMatchObject({ status: 'not-confirmed' });
    expect((await world.blocksOf(draw)).map((block) => [block?.state, block?.version])).toEqual([
      ['taken', 1],
      ['waiting', 2],
    ]);
  });

  it('takes a block back from a winner whose puzzle has failed', async () => {
    const draw = await world.announce(1);
    await world.enter('hasty', draw, [0], { asks: true });
    await world.run(draw);
    const { blockId = '' } = draw.blocks[0] ?? {};
    await claimsStore(engine.client, table, 30).endHold({
      ...{ requestId: 'failed', driverId: 'hasty', blockId, version: 1, at: world.clock.at, weeks: [] },
    });
    expect((await world.blocksOf(draw))[0]).toMatchObject({ state: 'open' });
    expect(await world.passUnconfirmed(draw)).toEqual({ status: 'done' });
    expect((await world.blocksOf(draw))[0]).toMatchObject({ state: 'waiting', version: 2 });
    expect(await world.outcome('hasty', draw)).toMatchObject({ status: 'not-confirmed' });
  });

  it('keeps nothing for a winner whose calendar is taken: the next choice is', async () => {
    const own = await world.announce([{ startsAt: monday, minutes: 600 }]);
    await world.enter('busy', own);
    await world.run(own);
    const draw = await world.announce([{ startsAt: monday + hour }, { startsAt: monday + 24 * hour }]);
    await world.enter('busy', draw, [0, 1], { asks: true });
    await world.run(draw);
    expect(await world.outcome('busy', draw)).toMatchObject({
      status: 'confirm',
      block: { blockId: draw.blocks[1]?.blockId },
    });
    expect((await world.recordOf(draw)).record.entries[0]?.refusals).toEqual([[0, 'schedule-overlap']]);
    expect((await world.blocksOf(draw)).map((block) => [block?.state, block?.holder])).toEqual([
      ['waiting', undefined],
      ['open', 'busy'],
    ]);
  });

  it('gives nothing that was taken out of it, or has begun', async () => {
    const draw = await world.announce([{ startsAt: monday }, { startsAt: world.clock.at + hour }]);
    await world.enter('driver', draw, [0, 1]);
    const { blockId = '' } = draw.blocks[0] ?? {};
    const given = { requestId: 'given-back', driverId: 'owner', blockId, version: 1, at: world.clock.at };
    await world.takeDirectly(given);
    world.clock.at += 2 * hour;
    await world.run(draw);
    expect(await world.verdictOn(draw)).toMatchObject({
      status: 'genuine',
      warnings: expect.arrayContaining(['drawn-late']),
    });
    expect(await world.outcome('driver', draw)).toMatchObject({
      reasons: [{ reason: 'block-withdrawn' }, { reason: 'offer-expired' }],
    });
    expect((await world.blocksOf(draw)).map((block) => block?.state)).toEqual(['taken', 'waiting']);
  });
});

describe('what is decided about an entry', () => {
  it('stays so, whatever write of a run that is long gone arrives later', async () => {
    const draw = await world.announce(2);
    await world.enter('driver', draw, [0, 1]);
    const { drawId } = draw;
    const wish = (block: number) => ({
      ...{
        drawId,
        driverId: 'driver',
        blockId: draw.blocks[block]?.blockId ?? '',
        version: 1,
        at: world.clock.at,
      },
    });
    const claim = (block: number) =>
      world.takeDirectly({
        ...{ requestId: unique('late'), ...wish(block), alongside: [world.store.win(wish(block))] },
      });
    const [first, second] = [wish(0), wish(1)];
    const kept = (one: typeof first) => ({ ...one, weeks: [] });
    expect(await world.store.refuse(first, 'entry-withdrawn')).toMatchObject({ status: 'refused' });
    expect(await world.store.refuse(first, 'schedule-overlap')).toMatchObject({ status: 'done' });
    expect(await world.store.refuse(first, 'account-restricted')).toMatchObject({
      entry: { refusals: { [first.blockId]: 'schedule-overlap' } },
    });
    expect(await claim(0)).toMatchObject({ status: 'refused' });
    expect(await world.store.keep(kept(first), world.clock.at + 1, 2_400)).toMatchObject({
      status: 'refused',
    });
    expect(await claim(1)).toEqual({ status: 'done' });
    expect(await world.store.refuse(second, 'schedule-overlap')).toMatchObject({
      status: 'refused',
      entry: { won: second.blockId },
    });
    const other = await world.announce(1);
    const elsewhere = { ...second, blockId: other.blocks[0]?.blockId ?? '' };
    expect(await world.store.keep(kept(elsewhere), world.clock.at + 1, 2_400)).toMatchObject({
      status: 'refused',
    });
    expect((await world.blocksOf(draw)).map((block) => block?.owner)).toEqual([undefined, 'driver']);
  });
});
