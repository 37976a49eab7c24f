import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDraw } from '#core/draws/run-draw.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import { huntMutant, mutantsOf, runOne, runSeeds } from '#test/faults/campaign.ts';
import { type Engine, startEngine } from '#test/faults/engine.ts';
import { monday, unique } from '#test/support/builders.ts';
import { aDrawWorld } from '#test/support/draws.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine?.stop());

describe('draws over a faulty network', () => {
  it('break no promise in 100 histories, nearly all of them hit by faults', async () => {
    const { violating, histories, hit, contended } = await runSeeds(engine, 1, 100, 'draws');
    expect(violating).toEqual([]);
    expect(histories).toBe(100);
    expect(hit).toBeGreaterThan(75);
    expect(contended).toBeGreaterThan(25);
  });

  it('give the same trace for the same seed, alone or among others', async () => {
    const alone = await runOne(engine, 'draws', 7);
    const [among, other] = await Promise.all([7, 8, 9].map((seed) => runOne(engine, 'draws', seed)));
    expect(among).toEqual(alone);
    expect(other?.trace).not.toEqual(alone.trace);
    expect(alone.trace.length).toBeGreaterThan(30);
  });
});

/** Takes hundreds of histories: `npm run faults` hunts it as well. */
const rare: readonly string[] = ['leave-after-a-win'];

describe('the checks on histories of draws', () => {
  it.each(mutantsOf.draws.filter((mutant) => !rare.includes(mutant)))(
    'notice the mutant %s',
    async (mutant) => {
      expect(await huntMutant(engine, mutant, 3_000)).toMatchObject({ caughtAfter: expect.any(Number) });
    },
  );
});

/** So many writes of a process land; from then on it is gone. */
const dyingAfter = (most: number): Database => {
  let writes = 0;
  return {
    send: async (command) => {
      if (/^(Put|Update|Transact)/.test(command.constructor.name)) writes += 1;
      if (writes > most) throw Object.assign(new Error('killed'), { name: 'ResourceNotFoundException' });
      return engine.send(command);
    },
  };
};

describe('a block that begins before its draw is held', () => {
  it('is out of the draw for every run, wherever the one that found it died', async () => {
    for (let most = 1; ; most += 1) {
      const world = aDrawWorld(engine, engine.table, unique('seed'));
      const soon = world.clock.at + 120_000;
      const draw = await world.announce([{ startsAt: soon }, { startsAt: monday }]);
      await world.enter(unique('driver'), draw, [0, 1]);
      world.clock.at = soon;
      const dying = runDraw(world.runDeps(dyingAfter(most)), { drawId: draw.drawId, runId: unique('run') });
      const died = await dying.then(
        () => false,
        () => true,
      );
      world.clock.at += 31_000;
      await world.run(draw);
      expect(await world.verdictOn(draw)).toMatchObject({ status: 'genuine' });
      expect((await world.recordOf(draw)).record.entries).toMatchObject([
        { choices: [0, 1], won: 1, refusals: [[0, 'offer-expired']] },
      ]);
      if (!died) return;
      expect(most).toBeLessThan(30);
    }
  });
});
