import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunDrawDeps } from '#core/draws/run-draw.ts';
import { signDraw } from '#core/draws/sign-record.ts';
import { verifyDraw } from '#core/draws/verify-record.ts';
import { monday, unique } from '#test/support/builders.ts';
import { type AnnouncedDraw, aDrawWorld, type DrawWorld } from '#test/support/draws.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { aKey } from '#test/support/published-draws.ts';

const hour = 3_600_000;
const key = aKey();

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

const sign: RunDrawDeps['sign'] = (payload) => signDraw(key.signer, payload);

/** What may come in between, besides what drivers do. */
const troubles = {
  nothing: async () => undefined,
  'a block is given back to whom it had been taken from': async (world, { blocks }) => {
    const { blockId = '' } = blocks[0] ?? {};
    const given = { requestId: 'given-back', driverId: 'owner', blockId, version: 1, at: world.clock.at };
    await world.takeDirectly(given);
  },
  'an outage until the first blocks have begun': async (world) => {
    world.clock.at = monday + hour;
  },
} satisfies Record<string, (world: DrawWorld, draw: AnnouncedDraw) => Promise<unknown>>;

const lot = (of: number) => fc.nat(of - 1).map((drawn) => drawn === 0);
const someone = fc.record({
  choices: fc.uniqueArray(fc.nat(3), { minLength: 1 }),
  asks: lot(3),
  isBehind: lot(4),
  isRestricted: lot(8),
  /** During the first two blocks of the draw. */
  isBooked: lot(3),
  leaves: fc.constantFrom('never', 'never', 'never', 'before', 'after'),
});

/** Draws that the system held on an engine, and the checker, which knows nothing of it and walks by a rule of its own. */
it.each(Object.entries(troubles))('a draw that was held can be held again: %s', async (_, trouble) => {
  const people = fc.array(someone, { minLength: 1, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(people, async (drivers) => {
      const world = aDrawWorld(engine.client, await engine.createTable(), unique('seed'));
      const everybody = drivers.map((driver, index) => ({ ...driver, driverId: `driver-${index}` }));
      const leaving = (when: string) => everybody.filter(({ leaves }) => leaves === when);
      const earlier = await world.announce(everybody.map(() => ({ startsAt: monday })));
      for (const [index, { driverId, isBooked }] of everybody.entries())
        if (isBooked) await world.enter(driverId, earlier, [index]);
      await world.run(earlier, world.runDeps(undefined, { sign }));

      const draw = await world.announce(
        [0, 0, 24, 48].map((hours) => ({ startsAt: monday + hours * hour, minutes: 90 })),
      );
      for (const { driverId, choices, asks } of everybody)
        await world.enter(driverId, draw, choices, { asks });
      for (const { driverId } of leaving('before')) await world.leave(driverId, draw);
      for (const { driverId } of everybody.filter(({ isBehind }) => isBehind)) world.behind.add(driverId);
      for (const { driverId } of everybody.filter(({ isRestricted }) => isRestricted))
        world.restricted.add(driverId);
      await trouble(world, draw);
      const beacon: RunDrawDeps['beacon'] = async (round) => {
        for (const { driverId } of leaving('after')) await world.entries.leave(draw.drawId, driverId);
        return world.runDeps().beacon(round);
      };
      expect(await world.run(draw, world.runDeps(undefined, { sign, beacon }))).toMatchObject({
        status: 'drawn',
      });

      for (const { drawId } of [earlier, draw]) {
        const published = JSON.stringify(await world.store.record(drawId));
        const verdict = verifyDraw(published, key.keys);
        expect(verdict.status === 'refused' ? verdict.reasons : verdict.status).toBe('genuine');
      }
    }),
    { numRuns: 5 },
  );
});
