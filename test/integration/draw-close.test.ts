import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunDrawDeps } from '#core/draws/run-draw.ts';
import { localBeaconSignature } from '#local/services/beacon.ts';
import { type AnnouncedDraw, aDrawWorld, type DrawWorld } from '#test/support/draws.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';

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

describe('near the close', () => {
  /** The draw is held in between: right before the n-th call of whoever enters. */
  const enterWhile = async (
    skewMs: number,
    { before, within }: { before: number; within: number },
    driver = 'late',
  ) => {
    const draw = await world.announce(1);
    world.clock.at = draw.closesAt - within;
    let calls = 0;
    const through = {
      send: async (command: object) => {
        calls += 1;
        if (calls === before) await world.run(draw);
        return engine.client.send(command as never);
      },
    };
    return { draw, entered: await world.enter(driver, draw, [0], { skewMs, through }) };
  };

  it.each([-900, 0, 900].flatMap((skewMs) => [1, 2, 3].map((before) => ({ skewMs, before }))))(
    'an entry is in, or is told that it is not and cannot win: clocks $skewMs ms apart, held before call $before',
    async ({ skewMs, before }) => {
      const { draw, entered } = await enterWhile(skewMs, { before, within: 50 });
      await world.run(draw);
      const outcome = await world.outcome('late', draw);
      if (entered.status === 'entered') expect(outcome).toMatchObject({ status: 'won' });
      else {
        expect(entered).toMatchObject({ code: 'draw-closed' });
        expect(outcome?.status).not.toBe('won');
        expect((await world.blocksOf(draw))[0]?.owner).toBeUndefined();
      }
    },
  );

  it('an entry that comes after the list was read, and before it is sealed, is told so', async () => {
    const draw = await world.announce(1);
    let late: Awaited<ReturnType<typeof world.enter>> | undefined;
    const through = {
      send: async (command: object) => {
        if (command instanceof PutItemCommand && !late)
          late = await world.enter('late', draw, [0], { skewMs: -900 });
        return engine.client.send(command as never);
      },
    };
    await world.run(draw, world.runDeps(through));
    expect(late).toMatchObject({ status: 'refused', code: 'draw-closed' });
    expect(await world.look('late', draw)).toMatchObject({ entries: 0, entry: { state: 'left' } });
  });

  /** Right before a run's first write of this kind something else happens. */
  const rightBefore = (prefix: 'R#' | 'O#', happens: () => Promise<void>) => {
    let isFirst = true;
    return {
      send: async (command: object) => {
        const { sk } = command instanceof PutItemCommand ? (command.input.Item ?? {}) : {};
        if (isFirst && sk?.S?.startsWith(prefix)) {
          isFirst = false;
          await happens();
        }
        return engine.client.send(command as never);
      },
    };
  };
  const silent = { beacon: async () => ({ status: 'unavailable' as const }) };
  /** The run that is under way stands still for so long that another one takes over. */
  const overtake = async (draw: AnnouncedDraw, overrides: Partial<RunDrawDeps> = {}) => {
    world.clock.at += 31_000;
    return world.run(draw, world.runDeps(undefined, overrides));
  };

  it('of two runs that read different lists the first one seals, and both go on with its list', async () => {
    const draw = await world.announce(1);
    for (const driver of ['stays', 'leaves']) await world.enter(driver, draw);
    const through = rightBefore('R#', async () => {
      await world.entries.leave(draw.drawId, 'leaves');
      expect(await overtake(draw, silent)).toEqual({ status: 'no-beacon' });
    });
    expect(await world.run(draw, world.runDeps(through))).toMatchObject({ status: 'drawn', entries: 1 });
    expect(await world.verdictOn(draw)).toMatchObject({ status: 'genuine' });
    expect(await world.look('stays', draw)).toMatchObject({ entries: 1, result: { rank: 1 } });
  });

  it('of two runs that come to an end the first one publishes', async () => {
    const draw = await world.announce(1);
    await world.enter('driver', draw);
    let published: unknown;
    const through = rightBefore('O#', async () => {
      expect(await overtake(draw)).toMatchObject({ status: 'drawn' });
      published = await world.recordOf(draw);
    });
    expect(await world.run(draw, world.runDeps(through))).toEqual({ status: 'over' });
    expect(await world.recordOf(draw)).toEqual(published);
  });

  it('an entry that is in stays in when a second phone comes too late', async () => {
    const draw = await world.announce(2);
    expect(await world.enter('driver', draw, [0])).toMatchObject({ status: 'entered' });
    const through = rightBefore('R#', async () => {
      // By a clock that is behind it is still before the close.
      const late = await world.enter('driver', draw, [1], { skewMs: -900 });
      expect(late).toMatchObject({ status: 'refused', code: 'try-again' });
    });
    await world.run(draw, world.runDeps(through));
    expect(await world.outcome('driver', draw)).toMatchObject({ status: 'won' });
  });

  it('whoever leaves before the close is not drawn, and is told the same again afterwards', async () => {
    const draw = await world.announce(1);
    await world.enter('gone', draw);
    await world.enter('there', draw);
    for (let times = 0; times < 2; times += 1)
      expect(await world.leave('gone', draw)).toEqual({ status: 'left' });
    await world.run(draw);
    expect(await world.leave('gone', draw)).toEqual({ status: 'left' });
    expect(await world.leave('there', draw)).toEqual({ status: 'refused', code: 'draw-closed' });
    expect(await world.outcome('there', draw)).toMatchObject({ status: 'won' });
    expect(await world.outcome('gone', draw)).toEqual({ status: 'not-entered' });
    expect(await world.leave('gone', { ...draw, drawId: 'no-such-draw' })).toMatchObject({
      code: 'unknown-draw',
    });
  });

  it('an entry that was taken back once the draw was sealed is on the list and does not win', async () => {
    const draw = await world.announce(2);
    for (const driver of names(4)) await world.enter(driver, draw, [0, 1]);
    const beacon = async (round: number) => {
      for (const driver of names(3)) await world.entries.leave(draw.drawId, driver);
      return { status: 'known' as const, signature: localBeaconSignature(round) };
    };
    await world.run(draw, world.runDeps(undefined, { beacon }));
    expect(await world.outcome('driver-3', draw)).toMatchObject({ status: 'won' });
    const { record } = await world.recordOf(draw);
    expect(record.entries).toHaveLength(4);
    expect(await world.verdictOn(draw)).toMatchObject({ status: 'genuine' });
    const reasons = record.entries.flatMap(({ refusals = [] }) => refusals.map(([, reason]) => reason));
    expect(new Set(reasons)).toEqual(new Set(['entry-withdrawn']));
    expect((await world.blocksOf(draw)).map((block) => block?.state).toSorted()).toEqual([
      'taken',
      'waiting',
    ]);
  });
});
