import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStaffCode } from '#core/identity/choose-way.ts';
import { askAtCheckIn } from '#core/identity/open-check.ts';
import { decideCheck } from '#core/identity/review-check.ts';
import { monday, unique } from '#test/support/builders.ts';
import {
  aCourier,
  always,
  arrive,
  atCheckIn,
  blockOf,
  checkIdOf,
  claimed,
  never,
  scheduleKey,
  schedules,
  someone,
} from '#test/support/check-ins.ts';
import {
  aDriver,
  aWorld,
  createTables,
  day,
  hour,
  type IdentityEngines,
  type IdentityTables,
  type IdentityWorld,
  minute,
  startIdentityEngines,
  type TestDriver,
  type WorldOptions,
  withoutMovement,
} from '#test/support/identity.ts';
import { outages } from '#test/support/scripted-faces.ts';

let engines: IdentityEngines;
let tables: IdentityTables;
beforeAll(async () => {
  engines = await startIdentityEngines();
  tables = await createTables(engines);
});
afterAll(() => engines.stop());

const world = (options: WorldOptions = {}) =>
  aWorld(engines, tables, { policy: never, clock: { at: atCheckIn }, ...options });
const refused = (code: string) => expect.objectContaining({ status: 'refused', code });
const done = expect.objectContaining({ status: 'checked-in' });

describe('a check-in that asks who drives', () => {
  it('goes on after a selfie', async () => {
    const here = world({ policy: always });
    const driver = await aDriver(here);
    const blockId = await claimed(here, driver);
    const checkId = checkIdOf(await arrive(here, driver, blockId));
    expect(checkIdOf(await arrive(here, driver, blockId))).toBe(checkId);
    expect(await driver.find(checkId)).toMatchObject({ askedBy: 'schedule', blockId, stationId: 'DSE1' });
    expect(await driver.send(checkId, await driver.photo())).toMatchObject({ result: 'passed' });
    expect(await arrive(here, driver, blockId)).toEqual(done);
  });

  it('asks once on a phone that is new', async () => {
    const here = world({ policy: schedules({ newPhones: true, mostPerDay: 3, mostPerWeek: 7 }) });
    const driver = await aDriver(here);
    const other = { driverId: driver.driverId, deviceId: unique('phone') };
    const arriveOn = async (sender: typeof other) => arrive(here, sender, await claimed(here, sender));
    const finish = (outcome: Awaited<ReturnType<typeof arriveOn>>) =>
      driver.choose(checkIdOf(outcome), 'video');
    await finish(await arriveOn(driver));
    expect(await arriveOn(driver)).toEqual(done);
    await finish(await arriveOn(other));
    expect(await arriveOn(other)).toEqual(done);
    expect(await arriveOn(driver)).toEqual(done);
  });

  it('whatever comes, leaves the block with the driver', async () => {
    const ends: Record<
      string,
      (here: IdentityWorld, driver: TestDriver, checkId: string) => Promise<unknown>
    > = {
      nothing: async () => {},
      'an unfit photo': async (_, driver, checkId) => driver.send(checkId, await driver.photo({ faces: [] })),
      'photos of somebody else': async (_, driver, checkId) => {
        for (let index = 0; index < 2; index += 1) await driver.send(checkId, await driver.photoLike(1));
      },
      'an outage': async (here, driver, checkId) => {
        here.faces.script.before = async () => {
          throw outages.throttled();
        };
        await driver.send(checkId, await driver.photo());
      },
      'a person who cannot tell': async (here, driver, checkId) => {
        await driver.choose(checkId, 'video');
        await decideCheck(here.deps, { ...driver.sender, checkId, result: 'inconclusive', ...someone });
      },
      'consent withdrawn': async (_, driver) => driver.withdraw(),
      'the time of the check over': async (here) => {
        here.clock.at += 25 * minute;
      },
    };
    for (const [name, end] of Object.entries(ends)) {
      const here = world({ policy: always, clock: { at: monday - 29 * minute } });
      const driver = await aDriver(here);
      const blockId = await claimed(here, driver);
      const checkId = checkIdOf(await arrive(here, driver, blockId));
      await end(here, driver, checkId);
      expect(checkIdOf(await arrive(here, driver, blockId)), name).toBe(checkId);
      here.clock.at += 4 * hour;
      expect(await arrive(here, driver, blockId), name).toEqual(refused('check-in-over'));
      expect(await blockOf(here, blockId), name).toMatchObject({ state: 'taken', owner: driver.driverId });
    }
  });

  it('begins anew when its time ran out, and photos that were compared still count', async () => {
    const here = world({
      policy: { ...withoutMovement(), schedule: always.schedule },
      clock: { at: monday - 30 * minute },
    });
    const driver = await aDriver(here);
    const blockId = await claimed(here, driver);
    const checkId = checkIdOf(await arrive(here, driver, blockId));
    const first = await driver.photoLike(10);
    await driver.send(checkId, first);
    await driver.send(checkId, await driver.photo({ faces: [] }));
    expect((await driver.find(checkId)).looks).toHaveLength(2);
    here.clock.at = monday;
    expect(await driver.send(checkId, await driver.photo())).toEqual(refused('check-expired'));
    expect(checkIdOf(await arrive(here, driver, blockId))).toBe(checkId);
    expect((await driver.find(checkId)).looks).toMatchObject([{ band: 'unlike' }]);
    expect(await driver.send(checkId, first)).toMatchObject({
      result: 'inconclusive',
      next: 'another-photo',
    });
    expect(await driver.send(checkId, await driver.photoLike(10))).toMatchObject({ next: 'person' });
    expect((await driver.profile()).askedAt).toHaveLength(1);
  });

  it('asks anew when the block was given back and claimed again', async () => {
    const here = world({ policy: schedules({ share: 1, mostPerDay: 2, mostPerWeek: 7 }) });
    const driver = await aDriver(here);
    const blockId = await claimed(here, driver);
    const first = checkIdOf(await arrive(here, driver, blockId));
    await driver.send(first, await driver.photo());
    await claimed(here, driver, { blockId, version: 2 });
    const second = checkIdOf(await arrive(here, driver, blockId));
    expect(second).not.toBe(first);
    const other = await aDriver(here);
    await claimed(here, other, { blockId, version: 3 });
    expect([first, second]).not.toContain(checkIdOf(await arrive(here, other, blockId)));
    await claimed(here, driver, { blockId, version: 4 });
    expect(checkIdOf(await arrive(here, driver, blockId))).toBe(second);
    await driver.choose(second, 'video');
    // The limit of the day is reached.
    expect(await arrive(here, driver, blockId)).toEqual(done);
  });

  it('is not passed over by going to another block: the same is asked there, and counts once', async () => {
    const here = world({ policy: schedules({ share: 1, mostPerDay: 3, mostPerWeek: 7 }) });
    const driver = await aDriver(here);
    const first = checkIdOf(await arrive(here, driver, await claimed(here, driver)));
    const another = await claimed(here, driver);
    expect(checkIdOf(await arrive(here, driver, another))).toBe(first);
    expect((await driver.profile()).askedAt).toHaveLength(1);
    expect(await driver.send(first, await driver.photo())).toMatchObject({ result: 'passed' });
    expect(checkIdOf(await arrive(here, driver, another))).not.toBe(first);
  });

  it('in time may take the time that a slow way takes, and not longer than the block', async () => {
    const here = world({ policy: always, clock: { at: monday + 10 * minute } });
    const [driver, late] = [await aDriver(here), await aDriver(here)];
    const [blockId, unasked] = [await claimed(here, driver), await claimed(here, late)];
    const checkId = checkIdOf(await arrive(here, driver, blockId));
    await driver.choose(checkId, 'video');
    here.clock.at = monday + 40 * minute;
    expect(await arrive(here, late, unasked)).toEqual(refused('check-in-over'));
    expect(checkIdOf(await arrive(here, driver, blockId))).toBe(checkId);
    await decideCheck(here.deps, { ...driver.sender, checkId, result: 'passed', ...someone });
    expect(await arrive(here, driver, blockId)).toEqual(done);
  });

  it('takes the staff’s word on another phone and far away, once, for the driver that it was given', async () => {
    const here = world({ policy: always });
    const [driver, other] = [await aDriver(here), await aDriver(here)];
    const [blockId, foreign] = [await claimed(here, driver), await claimed(here, other)];
    const broken = { driverId: driver.driverId, deviceId: unique('phone') };
    expect(await arrive(here, broken, blockId)).toEqual(refused('wrong-device'));
    const code = async (stationId: string) => {
      const created = await createStaffCode(here.deps, { stationId, driverId: driver.driverId, by: 'staff' });
      return created.status === 'created' ? created.code : '';
    };
    const [elsewhere, right] = [await code('DSE2'), await code('DSE1')];
    const away = { latitude: 0, longitude: 0 };
    expect(await arrive(here, broken, blockId, away, elsewhere)).toEqual(refused('staff-code-invalid'));
    expect(await arrive(here, other, foreign, undefined, right)).toEqual(refused('staff-code-invalid'));
    expect(await arrive(here, broken, blockId, away, right)).toEqual(done);
    expect(await arrive(here, broken, blockId, away, right)).toMatchObject({ status: 'repeated' });
    const second = await claimed(here, driver);
    expect(await arrive(here, driver, second, away, right)).toEqual(refused('staff-code-invalid'));
  });

  it('draws no second lot for whoever asks again', async () => {
    const here = world({ policy: schedules({ share: 0.5, mostPerDay: 3, mostPerWeek: 7 }) });
    const kinds = new Set<string>();
    for (let index = 0; index < 12; index += 1) {
      const { sender } = await aCourier(here);
      const block = { blockId: `block-${index}`, version: 1, stationId: 'DSE1' };
      const ask = () => askAtCheckIn({ ...here.deps, scheduleKey }, sender, block);
      const first = await ask();
      for (const again of [await ask(), ...(await Promise.all([ask(), ask()]))])
        expect(again.status).toBe(first.status);
      kinds.add(first.status);
    }
    expect([...kinds].sort()).toEqual(['asked', 'go']);
  });

  it('never asks above the limits, however many blocks are checked in at once', async () => {
    for (const [mostPerDay, mostPerWeek] of [
      [1, 3],
      [2, 3],
      [3, 1],
      [0, 7],
    ] as const) {
      const here = world({ policy: schedules({ share: 1, mostPerDay, mostPerWeek }) });
      const driver = await aCourier(here);
      const blocks = await Promise.all(Array.from({ length: 6 }, () => claimed(here, driver)));
      const outcomes = await Promise.all(blocks.map((blockId) => arrive(here, driver, blockId)));
      const most = Math.min(mostPerDay, mostPerWeek);
      const checks = outcomes.flatMap((outcome) => (outcome.status === 'asked' ? [checkIdOf(outcome)] : []));
      expect(new Set(checks).size).toBeLessThanOrEqual(most);
      for (const outcome of outcomes)
        if (outcome.status === 'refused') expect(outcome).toMatchObject({ code: 'try-again' });
      for (const blockId of blocks) await arrive(here, driver, blockId);
      const { askedAt } = await driver.profile();
      expect(askedAt.length).toBeLessThanOrEqual(most);
      expect(await here.deps.checks.list(driver.driverId)).toHaveLength(askedAt.length);
    }
  });

  it('does not ask where the stage compares no faces', async () => {
    const here = world({ policy: { ...always, mode: 'off' } });
    const driver = await aCourier(here);
    expect(await arrive(here, driver, await claimed(here, driver))).toEqual(done);
  });
});

describe('the prompts of a driver', () => {
  /** What becomes of every check that is asked for. */
  const fates: Record<
    string,
    (here: IdentityWorld, driver: TestDriver, checkId: string) => Promise<unknown>
  > = {
    'always passes': async (_, driver, checkId) => driver.send(checkId, await driver.photo()),
    'never matches': async (here, driver, checkId) => {
      for (let index = 0; index < 2; index += 1) await driver.send(checkId, await driver.photoLike(1));
      await decideCheck(here.deps, { ...driver.sender, checkId, result: 'inconclusive', ...someone });
    },
    'sends unfit photos': async (_, driver, checkId) =>
      driver.send(checkId, await driver.photo({ faces: [] })),
    'takes a way without a face': async (here, driver, checkId) => {
      await driver.choose(checkId, 'video');
      await decideCheck(here.deps, { ...driver.sender, checkId, result: 'passed', ...someone });
    },
    'leaves every check open': async () => {},
  };

  it('are the same whatever comes of them: no mismatch makes the next one come sooner', async () => {
    const policy = schedules({ share: 0.5 });
    const sender = { driverId: 'the same driver', deviceId: 'the same phone' };
    const histories = await Promise.all(
      Object.values(fates).map(async (fate) => {
        const here = aWorld(engines, await createTables(engines), { policy, clock: { at: atCheckIn } });
        const driver = await aDriver(here, sender);
        const prompts: string[] = [];
        const seen = new Set<string>();
        for (let shift = 0; shift < 24; shift += 1) {
          const startsAt = monday + shift * 17 * hour;
          here.clock.at = startsAt - 10 * minute;
          const blockId = await claimed(here, sender, { blockId: `shift-${shift}`, startsAt });
          const outcome = await arrive(here, sender, blockId);
          const check = outcome.status === 'asked' ? outcome.check : undefined;
          // One that was left unfinished is asked for again, and is no prompt of its own.
          prompts.push(check && !seen.has(check.checkId) ? `${shift} ${check.askedBy}` : `${shift}`);
          if (check) await fate(here, driver, seen.add(check.checkId) && check.checkId);
        }
        return prompts;
      }),
    );
    for (const history of histories) expect(history).toEqual(histories[0]);
    const count = histories[0]?.filter((prompt) => prompt.includes('schedule')).length ?? 0;
    expect(count).toBeGreaterThan(3);
    // 17 days of shifts: three in any week.
    expect(count).toBeLessThanOrEqual(9);
    expect(24 * 17 * hour).toBeLessThan(18 * day);
  });
});
