import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunDrawDeps, runDraw } from '#core/draws/run-draw.ts';
import type { Database, Item } from '#core/shared/dynamodb-store.ts';
import { monday, unique } from '#test/support/builders.ts';
import { type AnnouncedDraw, aDrawWorld, type DrawWorld } from '#test/support/draws.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { inTurns } from '#test/support/processes.ts';
import { copyItems, deleteItems, itemsOf } from '#test/support/table-copies.ts';

const hour = 3_600_000;
/** A run that died has its lease for less. */
const laterMs = 31_000;

let engine: Engine;
let table: string;
let world: DrawWorld;
let draw: AnnouncedDraw;
/** The table as the draw closes. */
let before: Item[];
/** What the draw comes to when nothing happens, and after how many writes. */
let undisturbed: Awaited<ReturnType<DrawWorld['recordOf']>>['record'];
let writes = 0;

const isWrite = (command: object) => /^(Put|Update|Transact|Delete)/.test(command.constructor.name);

const counting = (database: Database): Database => ({
  send: (command: object) => {
    if (isWrite(command)) writes += 1;
    return database.send(command);
  },
});

/** So many writes of a process land; from then on it is gone. */
const dyingAfter = (database: Database, most: number): Database => {
  let sent = 0;
  return {
    send: async (command: object) => {
      if (isWrite(command)) sent += 1;
      if (sent > most) throw Object.assign(new Error('killed'), { name: 'ResourceNotFoundException' });
      return database.send(command);
    },
  };
};

/** The answer of one write does not arrive. */
const losingAnswer = (database: Database, which: number): Database => {
  let sent = 0;
  return {
    send: async (command: object) => {
      const isIt = isWrite(command) && ++sent === which;
      const answer = await database.send(command);
      if (isIt) throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
      return answer;
    },
  };
};

const again = async () => {
  await deleteItems(engine, table);
  await copyItems(engine, table, before);
  world.clock.at = draw.closesAt;
  world.told.length = 0;
};

/** Each under a name of its own, or the engine would take its writes for repeated ones. */
const run = (deps: RunDrawDeps) => runDraw(deps, { drawId: draw.drawId, runId: unique('run') });

/** Whatever happened: another run ends it, and it came to what it always comes to. */
const expectOne = async () => {
  world.clock.at += laterMs;
  await run(world.runDeps());
  const published = await world.recordOf(draw);
  expect(published.record.entries).toEqual(undisturbed.entries);
  expect(published.record.rollDigest).toBe(undisturbed.rollDigest);
  expect(await run(world.runDeps())).toEqual({ status: 'over' });
  expect(await world.recordOf(draw)).toEqual(published);
  expect(world.told.length).toBeGreaterThan(0);

  const entries = await world.store.entries(draw.drawId);
  const byEntrant = new Map(published.record.entries.map((entry) => [entry.entrant, entry]));
  const blocks = await world.blocksOf(draw);
  for (const { driverId, won, asked, choices } of entries) {
    const { result } = await world.look(driverId, draw);
    const entry = byEntrant.get(result?.entrant ?? '');
    expect(entry?.won === undefined ? undefined : draw.blocks[entry.won]?.blockId).toBe(won);
    const status = won === undefined ? 'lost' : asked ? 'confirm' : 'won';
    expect(result?.outcome).toMatchObject({ status });
    if (won !== undefined) expect(choices).toContain(won);
  }
  for (const [place, block] of blocks.entries()) {
    const winners = entries.filter(({ won }) => won === draw.blocks[place]?.blockId);
    expect(winners.length).toBeLessThanOrEqual(1);
    const [winner] = winners;
    const expected = !winner
      ? { state: 'waiting', version: 2 }
      : winner.asked
        ? { state: 'open', version: 1, holder: winner.driverId }
        : { state: 'taken', version: 1, owner: winner.driverId };
    expect(block).toMatchObject(expected);
  }
};

beforeAll(async () => {
  engine = await startEngine();
  table = await engine.createTable();
  world = aDrawWorld(engine.client, table);
  // Whoever has this one overlaps with the first of the draw.
  const own = await world.announce([{ startsAt: monday + hour }]);
  await world.enter('busy', own);
  await world.run(own);
  draw = await world.announce([1, 2, 3, 4].map((hours) => ({ startsAt: monday + hours * hour })));
  world.restricted.add('restricted');
  world.behind.add('behind');
  await world.enter('busy', draw, [0, 1]);
  await world.enter('restricted', draw, [1, 2]);
  await world.enter('asked', draw, [2, 1], { asks: true });
  for (const driver of ['one', 'two', 'behind']) await world.enter(driver, draw, [0, 2, 1]);
  before = await itemsOf(engine, table);
  await again();
  const answer = await run(world.runDeps(counting(engine.client)));
  expect(answer).toMatchObject({ status: 'drawn', entries: 6, given: 3 });
  undisturbed = (await world.recordOf(draw)).record;
  expect(await world.verdictOn(draw)).toMatchObject({ status: 'genuine' });
  await expectOne();
});
afterAll(() => engine.stop());

describe('a draw whose run', () => {
  it('is killed after any of its writes comes to the same', async () => {
    expect(writes).toBeGreaterThan(10);
    for (let most = 0; most < writes; most += 1) {
      await again();
      await expect(run(world.runDeps(dyingAfter(engine.client, most)))).rejects.toThrow();
      await expectOne();
    }
  });

  it('loses the answer of any of its writes comes to the same', async () => {
    for (let which = 1; which <= writes; which += 1) {
      await again();
      await run(world.runDeps(losingAnswer(engine.client, which))).catch(() => undefined);
      await expectOne();
    }
  });

  it('meets another one at any point comes to the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat()), async (chances) => {
        await again();
        const turns = inTurns(chances);
        const runs = [0, laterMs].map((skewMs) => {
          const database = turns(engine.client as Database & { send(command: object): Promise<unknown> });
          // The second one takes the first for dead: its clock says that the lease is over.
          const deps = { ...world.runDeps(database), ...world.surroundings(skewMs) };
          return run(deps);
        });
        const ended = await Promise.allSettled(runs);
        for (const end of ended) expect(end.status).toBe('fulfilled');
        await expectOne();
      }),
      { numRuns: 15 },
    );
  });
});
