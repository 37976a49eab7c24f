import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKey } from '#core/identity/driver-keys.ts';
import { finishErasure } from '#core/identity/erasure/finish-erasure.ts';
import { requestErasure } from '#core/identity/erasure/request-erasure.ts';
import { sweep } from '#core/identity/sweep.ts';
import { aStoredDriver, erase, receiptsOf, request } from '#test/support/erasures.ts';
import { failingAt } from '#test/support/failing.ts';
import {
  aDriver,
  aWorld,
  besides,
  createTables,
  day,
  hour,
  type IdentityEngines,
  type IdentityTables,
  type IdentityWorld,
  startIdentityEngines,
} from '#test/support/identity.ts';
import { copyItems, itemsOf } from '#test/support/table-copies.ts';

let engines: IdentityEngines;
let tables: IdentityTables;
beforeAll(async () => {
  engines = await startIdentityEngines();
  tables = await createTables(engines);
});
afterAll(() => engines.stop());

const world = () => aWorld(engines, tables);
const refused = (code: string) => expect.objectContaining({ status: 'refused', code });

describe('an erasure while photos come in', () => {
  /** Something that happens right before or after the key service made a key. */
  const atNewKey = (here: IdentityWorld, when: 'before' | 'after', act: () => Promise<unknown>) => {
    const state = { acted: false };
    const keys = {
      send: async (command: { constructor: { name: string } }) => {
        const isIt = !state.acted && command.constructor.name.startsWith('GenerateDataKey');
        if (isIt) state.acted = true;
        if (isIt && when === 'before') await act();
        const answer = await engines.keys.send(command);
        if (isIt && when === 'after') await act();
        return answer;
      },
    };
    return { state, there: besides(here, { keys }) };
  };

  it.each(['before', 'after'] as const)(
    'leaves no key that was made from what was read before: %s the key was',
    async (when) => {
      const here = world();
      const driver = await aDriver(here, { references: 0 });
      const { state, there } = atNewKey(here, when, () => erase(here, driver));
      const behind = await aDriver(there, { ...driver.sender, agrees: false, references: 0 });
      expect(await behind.addReference()).toEqual(refused('consent-required'));
      expect(state.acted).toBe(true);
      expect(await here.deps.driverKeys.keys.find(driver.driverId)).toBeUndefined();
      expect(await driver.agree()).toMatchObject({ status: 'given' });
      expect(await driver.addReference()).toMatchObject({ status: 'added', references: 1 });
    },
  );

  it('destroys a key of its own photos that is there all the same, and none that is newer', async () => {
    const here = world();
    const { keys } = here.deps.driverKeys;
    const driver = await aStoredDriver(here);
    await keys.destroy(driver.driverId, 'another subject');
    expect(await keys.find(driver.driverId)).toBeDefined();
    const copy = await itemsOf(engines.engine, tables.keys);
    const erasure = await request(here, driver);
    const own = copy.filter(({ pk }) => pk?.S === `KEY#${driver.driverId}`);
    await copyItems(engines.engine, tables.keys, own);
    expect(await keys.find(driver.driverId)).toBeDefined();
    await finishErasure(here.deps, erasure);
    expect(await keys.find(driver.driverId)).toBeUndefined();
  });

  it('deletes and counts what a request stored after the photos were deleted', async () => {
    const here = world();
    const driver = await aStoredDriver(here);
    const key = await openKey(here.deps.driverKeys, driver.driverId, driver.subject);
    if (!key) throw new Error('no key');
    const erasure = await request(here, driver);
    const stopping = failingAt((name) => name === 'BatchWriteItemCommand');
    const stopped = besides(here, { database: stopping.wrap(engines.engine.client) });
    await expect(finishErasure(stopped.deps, erasure)).rejects.toThrow('killed');
    expect(here.bucket.names()).toEqual([]);
    await here.deps.photos.put(key, 'references', 'late', Buffer.from('late'));
    expect(await finishErasure(here.deps, erasure)).toBe('done');
    expect(here.bucket.names()).toEqual([]);
    expect((await receiptsOf(here, driver))[0]?.deleted.map(({ count }) => count)).toEqual([3, 1, 6, 1]);
  });

  it('leaves what the clock has to do with references to nobody', async () => {
    const here = aWorld(engines, await createTables(engines));
    const driver = await aStoredDriver(here);
    const dueReferences = async () =>
      (await here.deps.erasures.due(here.clock.at + 1_000 * day, 500)).filter(
        ({ kind }) => kind === 'reference',
      );
    expect(await dueReferences()).toHaveLength(2);
    await erase(here, driver);
    expect(await dueReferences()).toEqual([]);
  });
});

describe('the end of an account', () => {
  it.each(['before', 'after'] as const)(
    'gives up every check that waits: told %s the erasure began',
    async (when) => {
      const here = world();
      const driver = await aDriver(here);
      const ways = { video: await driver.openCheck(), document: await driver.openCheck() };
      for (const way of ['video', 'document'] as const) await driver.choose(ways[way], way);
      const asked = await driver.openCheck();
      if (when === 'after') await request(here, driver);
      const outcome = await requestErasure(here.deps, { driverId: driver.driverId, reason: 'left' });
      if (outcome.status !== 'requested') throw new Error(outcome.code);
      expect(await finishErasure(here.deps, { driverId: driver.driverId, ...outcome.erasure })).toBe('done');
      for (const checkId of [ways.video, ways.document])
        expect(await driver.find(checkId)).toMatchObject({ state: 'closed' });
      expect(await driver.find(asked)).toMatchObject({ state: 'open' });
      const { waiting } = await here.deps.checks.waiting(1_000);
      expect(waiting.filter(({ driverId }) => driverId === driver.driverId)).toEqual([]);
    },
  );

  it('is what ends them: an erasure that is asked for leaves them to the person', async () => {
    const here = world();
    const driver = await aDriver(here);
    const checkId = await driver.openCheck();
    await driver.choose(checkId, 'video');
    await erase(here, driver);
    expect(await driver.find(checkId)).toMatchObject({ state: 'waiting', way: 'video' });
  });
});

describe('the clock', () => {
  it('finishes an erasure that was never finished', async () => {
    const here = aWorld(engines, await createTables(engines));
    const driver = await aStoredDriver(here);
    await request(here, driver);
    here.clock.at += hour;
    expect(await sweep(here.deps)).toMatchObject({ erasure: 1, failed: 0 });
    expect(await receiptsOf(here, driver)).toHaveLength(1);
    expect(await sweep(here.deps)).toMatchObject({ erasure: 0, failed: 0 });
  });

  it('tries what fails again in an hour: it stands before nothing else meanwhile', async () => {
    const here = aWorld(engines, await createTables(engines));
    const driver = await aStoredDriver(here);
    await request(here, driver);
    const failed: string[] = [];
    const fault = failingAt((name) => name === 'DeleteObjectsCommand');
    const there = besides(here, { s3: fault.wrap(here.bucket.client) });
    const deps = { ...there.deps, onFailed: (kind: string) => void failed.push(kind) };
    expect(await sweep(deps)).toMatchObject({ erasure: 0, failed: 1 });
    expect(failed).toEqual(['erasure']);
    expect(await here.deps.erasures.due(here.clock.at, 500)).toEqual([]);
    here.clock.at += hour;
    expect(await sweep(here.deps)).toMatchObject({ erasure: 1, failed: 0 });
    expect(await receiptsOf(here, driver)).toHaveLength(1);
    expect(await here.deps.erasures.due(here.clock.at, 500)).toEqual([]);
  });
});
