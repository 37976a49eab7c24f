import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finishErasure } from '#core/identity/erasure/finish-erasure.ts';
import { sweep } from '#core/identity/sweep.ts';
import { failingAt } from '#test/support/failing.ts';
import {
  aDriver,
  aWaitingCheck,
  aWorld,
  besides,
  createTables,
  hour,
  type IdentityEngines,
  type IdentityTables,
  startIdentityEngines,
  type TestDriver,
  type WorldOptions,
} from '#test/support/identity.ts';

let engines: IdentityEngines;
let tables: IdentityTables;
beforeAll(async () => {
  engines = await startIdentityEngines();
  tables = await createTables(engines);
});
afterAll(() => engines.stop());

const world = (options: WorldOptions = {}) => aWorld(engines, tables, options);
const looked = (result: string, more: object = {}) =>
  expect.objectContaining({ status: 'looked', result, ...more });
const refused = (code: string) => expect.objectContaining({ status: 'refused', code });
const _statusOf = (outcome: Awaited<ReturnType<TestDriver['send']>>) =>
  outcome.status === 'looked' ? outcome.result : outcome.code;

describe('a selfie whose answer is lost', () => {
  const kinds = (['before', 'after'] as const).flatMap((when) =>
    (['killed', 'unanswered'] as const).flatMap((error) =>
      [99.9, 90, 10].map((similarity) => ({ when, error, similarity })),
    ),
  );

  it.each(kinds)(
    '$when the write, $error, at $similarity, is one look in the end',
    async ({ when, error, similarity }) => {
      const here = world();
      const driver = await aDriver(here);
      const checkId = await driver.openCheck();
      // So that somebody else's photo is the one that a person has to look at.
      if (similarity === 10) await driver.send(checkId, await driver.photoLike(10));
      const fault = failingAt((name) => name === 'TransactWriteItemsCommand', when, error);
      const faulty = besides(here, { database: fault.wrap(engines.engine.client) });
      const behindFault = await aDriver(faulty, { ...driver.sender, references: 0 });
      const photo = await driver.photoLike(similarity);
      const before = (await driver.find(checkId)).looks.length;
      if (error === 'killed') await expect(behindFault.send(checkId, photo)).rejects.toThrow('killed');
      else await behindFault.send(checkId, photo);
      expect(fault.state.failed).toBe(true);
      const asked = here.faces.script.asked.length;
      expect(await driver.send(checkId, photo)).toEqual(
        looked(similarity === 99.9 ? 'passed' : 'inconclusive'),
      );
      if (when === 'after' || error === 'unanswered') expect(here.faces.script.asked).toHaveLength(asked);
      const check = await driver.find(checkId);
      expect(check.looks).toHaveLength(before + 1);
      const kept =
        check.photoId !== undefined &&
        here.bucket.names().some((name) => name.endsWith(check.photoId ?? '/'));
      expect(kept).toBe(check.state === 'waiting');
    },
  );
});

describe('a photo for a person', () => {
  const selfies = (here: ReturnType<typeof world>) =>
    here.bucket.names().filter((name) => name.startsWith('selfies/'));
  /** What is sent to the clients fails by its name, from the first time on that the photo is stored. */
  const broken = (here: ReturnType<typeof world>, fails: RegExp) => {
    let isStored = false;
    const wrap = <T extends object>(client: T): T =>
      ({
        send: async (command: { constructor: { name: string } }) => {
          const { name } = command.constructor;
          if (isStored && fails.test(name))
            throw Object.assign(new Error(name), { name: 'AccessDeniedException' });
          const answer = await (client as unknown as { send(command: object): Promise<unknown> }).send(
            command,
          );
          isStored ||= name === 'PutObjectCommand';
          return answer;
        },
      }) as unknown as T;
    return besides(here, { database: wrap(engines.engine.client), s3: wrap(here.bucket.client) });
  };
  const sendBehind = async (fails: RegExp) => {
    const here = aWorld(engines, await createTables(engines));
    const driver = await aDriver(here);
    const checkId = await driver.openCheck();
    await driver.send(checkId, await driver.photoLike(10));
    const behind = await aDriver(broken(here, fails), { ...driver.sender, agrees: false, references: 0 });
    await expect(behind.send(checkId, await driver.photoLike(10))).rejects.toThrow();
    return { here, driver, checkId };
  };

  it.each([
    ['it cannot be written down', /^TransactWrite/],
    ['nothing can be read or written any more', /^TransactWrite|^GetItem/],
  ])('is deleted again where %s', async (_, fails) => {
    const { here, driver, checkId } = await sendBehind(fails);
    expect(selfies(here)).toEqual([]);
    expect(await driver.find(checkId)).toMatchObject({ state: 'open' });
  });

  it('that not even that was possible for is deleted by the clock within hours, also after an erasure', async () => {
    for (const erases of [false, true]) {
      const { here, driver } = await sendBehind(/^TransactWrite|^DeleteObject/);
      expect(selfies(here)).toHaveLength(1);
      // It began, and somebody stopped it: the driver’s name for the photos is gone.
      if (erases) await driver.withdraw();
      here.clock.at += hour - 1;
      if (!erases) await sweep(here.deps);
      expect(selfies(here)).toHaveLength(1);
      here.clock.at += 1;
      expect(await sweep(here.deps)).toMatchObject({ selfie: 1, failed: 0 });
      expect(selfies(here)).toEqual([]);
    }
  });
});

describe('consent that ends while a photo is compared', () => {
  it.each([
    ['the driver', 99.9],
    ['unsure', 90],
    ['somebody else', 10],
  ])('leaves nothing of a photo that was %s', async (_, similarity) => {
    const here = world();
    const driver = await aDriver(here);
    const checkId = await driver.openCheck();
    await driver.send(checkId, await driver.photoLike(20));
    const photo = await driver.photoLike(similarity);
    here.faces.script.before = async (operation) => {
      if (operation === 'CompareFaces') await driver.withdraw();
    };
    expect(await driver.send(checkId, photo)).toEqual(refused('consent-required'));
    expect((await driver.find(checkId)).looks).toHaveLength(1);
    expect(here.bucket.names().filter((name) => name.startsWith('selfies/'))).toEqual([]);
    expect(await driver.send(checkId, photo)).toEqual(refused('consent-required'));
    expect(await driver.choose(checkId, 'video')).toMatchObject({ status: 'chosen' });
  });

  it('is not mended by another consent before the answer', async () => {
    const here = world();
    const driver = await aDriver(here);
    const checkId = await driver.openCheck();
    here.faces.script.before = async (operation) => {
      if (operation !== 'CompareFaces') return;
      const outcome = await driver.withdraw();
      if (outcome.status !== 'requested') throw new Error('no erasure');
      await finishErasure(here.deps, { ...driver.sender, ...outcome.erasure });
      expect(await driver.agree()).toMatchObject({ status: 'given' });
    };
    expect(await driver.send(checkId, await driver.photo())).toEqual(refused('consent-required'));
    expect(await driver.find(checkId)).toMatchObject({ state: 'open', looks: [] });
  });

  it('leaves nothing of a reference either', async () => {
    const here = world();
    const driver = await aDriver(here);
    here.faces.script.before = async (operation) => {
      if (operation === 'CompareFaces') await driver.withdraw();
    };
    const { subject } = await driver.profile();
    const before = here.bucket.names();
    expect(await driver.addReference()).toEqual(refused('consent-required'));
    expect(here.bucket.names()).toEqual(before);
    expect(before.every((name) => name.includes(subject ?? '-'))).toBe(true);
    expect((await driver.profile()).references).toEqual([]);
  });

  it('leaves a check that waits for its photo to the other ways', async () => {
    const here = world();
    const driver = await aDriver(here);
    const checkId = await aWaitingCheck(driver);
    const outcome = await driver.withdraw();
    if (outcome.status !== 'requested') throw new Error('no erasure');
    await finishErasure(here.deps, { ...driver.sender, ...outcome.erasure });
    expect(await driver.find(checkId)).toMatchObject({ state: 'closed' });
    expect((await driver.find(checkId)).looks.some(({ band, fingerprint }) => band ?? fingerprint)).toBe(
      false,
    );
    expect((await here.deps.checks.waiting(100)).waiting.map((one) => one.checkId)).not.toContain(checkId);
    expect(await driver.choose(checkId, 'document')).toMatchObject({ status: 'chosen' });
  });
});
