import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addReference } from '#core/identity/add-reference.ts';
import { describeIdentity } from '#core/identity/describe-identity.ts';
import { finishErasure } from '#core/identity/erasure/finish-erasure.ts';
import { requestErasure } from '#core/identity/erasure/request-erasure.ts';
import { giveConsent } from '#core/identity/give-consent.ts';
import { finishMovement, startMovement } from '#core/identity/movement.ts';
import { isReopenedSince, reopenAccount } from '#core/identity/reopen-account.ts';
import { releaseOf } from '#core/identity/rules/release.ts';
import { sweep } from '#core/identity/sweep.ts';
import { unique } from '#test/support/builders.ts';
import { failingAt } from '#test/support/failing.ts';
import {
  aDriver,
  aPolicy,
  aWorld,
  besides,
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

let engines: IdentityEngines;
let tables: IdentityTables;
beforeAll(async () => {
  engines = await startIdentityEngines();
  tables = await createTables(engines);
});
afterAll(() => engines.stop());

const world = (options: WorldOptions = {}) => aWorld(engines, tables, options);
const refused = (code: string) => expect.objectContaining({ status: 'refused', code });
const added = (references: number) => expect.objectContaining({ status: 'added', references });

describe('reference photos', () => {
  it('are two or three: a fourth is refused before it is looked at', async () => {
    const here = world();
    const driver = await aDriver(here, { references: 0 });
    for (const count of [1, 2, 3]) expect(await driver.addReference()).toEqual(added(count));
    const asked = here.faces.script.asked.length;
    expect(await driver.addReference()).toEqual(refused('references-complete'));
    expect(here.faces.script.asked).toHaveLength(asked);
    expect(here.bucket.names()).toHaveLength(3);
  });

  it('are of one person: another’s is inconclusive and kept nowhere', async () => {
    const here = world();
    const driver = await aDriver(here);
    const before = here.bucket.names();
    const other = await here.faces.photoOf('somebody else');
    expect(await driver.addReference(other)).toEqual({
      status: 'looked',
      result: 'inconclusive',
      reasons: ['not-confirmed'],
    });
    expect(here.bucket.names()).toEqual(before);
    expect((await driver.profile()).references).toHaveLength(1);
  });

  it('need consent to the release as it is now', async () => {
    const { deps, policy, ...rest } = world();
    const driver = await aDriver({ deps, policy, ...rest }, { agrees: false, references: 0 });
    expect(await driver.addReference()).toEqual(refused('consent-required'));
    const { version, sha256 } = releaseOf(policy);
    for (const wrong of [{ version: 'an older one' }, { version, sha256: '0'.repeat(64) }])
      expect(await giveConsent(deps, { ...driver.sender, ...wrong })).toEqual(refused('release-outdated'));
    const first = await giveConsent(deps, { ...driver.sender, version, sha256 });
    rest.clock.at += minute;
    expect(await driver.agree()).toEqual(first);
    expect(await driver.addReference()).toEqual(added(1));
  });

  it('expire when they are read, although nothing swept', async () => {
    const here = world();
    const driver = await aDriver(here, { references: 1 });
    here.clock.at += 100 * day;
    await driver.addReference();
    const days = here.policy.retention.referenceDays;
    here.clock.at += (days - 100) * day - 1;
    const shown = async () =>
      describeIdentity(here.policy, { state: 'on' }, await driver.profile(), 30, here.clock.at).references;
    expect(await shown()).toHaveLength(2);
    here.clock.at += 1;
    expect(await shown()).toHaveLength(1);
    here.clock.at += 100 * day;
    expect(await shown()).toEqual([]);
    const checkId = await driver.openCheck();
    expect(await driver.send(checkId, await driver.photo())).toEqual(refused('reference-required'));
    expect(here.bucket.names()).toHaveLength(2);
    expect(await sweep(here.deps)).toMatchObject({ failed: 0 });
    expect(here.bucket.names()).toEqual([]);
    expect((await driver.profile()).references).toEqual([]);
  });

  it('sent by two phones at the same time are one more, or both where both were compared', async () => {
    const here = world();
    const driver = await aDriver(here);
    const other = await aDriver(here, { driverId: driver.driverId, references: 0 });
    const outcomes = await Promise.all([driver.addReference(), other.addReference()]);
    const kept = outcomes.filter(({ status }) => status === 'added').length;
    expect(kept).toBeGreaterThan(0);
    const { references } = await driver.profile();
    expect(references).toHaveLength(1 + kept);
    expect(here.bucket.names()).toHaveLength(1 + kept);
  });

  it('of two people sent as the first at the same time: one person’s stays', async () => {
    const here = world();
    const driver = await aDriver(here, { references: 0 });
    const photos = [await driver.photo(), await here.faces.photoOf('somebody else')];
    const outcomes = await Promise.all(photos.map((photo) => driver.addReference(photo)));
    expect(outcomes.filter(({ status }) => status === 'added')).toHaveLength(1);
    expect((await driver.profile()).references).toHaveLength(1);
    expect(here.bucket.names()).toHaveLength(1);
  });

  it.each(([1, 2] as const).flatMap((nth) => (['before', 'after'] as const).map((when) => ({ nth, when }))))(
    'whose answer is lost $when write $nth, of the key and of the photo, are kept once',
    async ({ nth, when }) => {
      const here = world();
      const driver = await aDriver(here, { references: 0 });
      let writes = 0;
      const isIt = (name: string) => {
        if (name === 'TransactWriteItemsCommand') writes += 1;
        return writes === nth;
      };
      const fault = failingAt(isIt, when, 'unanswered');
      const faulty = besides(here, { database: fault.wrap(engines.engine.client) });
      const behindFault = await aDriver(faulty, { ...driver.sender, agrees: false, references: 0 });
      expect(await behindFault.addReference(await driver.photo())).toEqual(added(1));
      expect(fault.state.failed).toBe(true);
      expect((await driver.profile()).references).toHaveLength(1);
      expect(here.bucket.names()).toHaveLength(1);
    },
  );

  it('cost tries, which are counted', async () => {
    const driver = await aDriver(world(), { references: 0 });
    const unfit = async () => driver.addReference(await driver.photo({ faces: [] }));
    for (let index = 0; index < 20; index += 1) expect(await unfit()).toMatchObject({ result: 'retake' });
    expect(await unfit()).toMatchObject({ code: 'slow-down', retryAfterSeconds: expect.any(Number) });
  });
});

describe('an account that ended', () => {
  it.each(['left', 'offboarded'] as const)('takes in no photo any more: %s', async (reason) => {
    const here = world();
    const driver = await aDriver(here);
    const checkId = await driver.openCheck();
    const outcome = await requestErasure(here.deps, { driverId: driver.driverId, reason });
    if (outcome.status !== 'requested') throw new Error('no erasure');
    for (const when of ['during', 'after']) {
      expect(await driver.agree(), when).toEqual(refused('account-restricted'));
      expect(await driver.addReference(), when).toEqual(refused('consent-required'));
      expect(await driver.send(checkId, await driver.photo()), when).toEqual(refused('consent-required'));
      await finishErasure(here.deps, { ...driver.sender, ...outcome.erasure });
    }
    expect(here.bucket.names()).toEqual([]);
  });

  it('takes them in again when that is taken back, whatever comes late or twice', async () => {
    const here = world();
    const driver = await aDriver(here);
    const { driverId } = driver;
    const end = async (at: number) =>
      (await isReopenedSince(here.deps, { driverId, at })) ||
      (await requestErasure(here.deps, { driverId, reason: 'offboarded' }));
    const at = here.clock.at;
    const outcome = await requestErasure(here.deps, { driverId, reason: 'offboarded' });
    if (outcome.status !== 'requested') throw new Error('no erasure');
    const reopen = (said: number) => reopenAccount(here.deps, { driverId, at: said });
    expect(await reopen(at + minute)).toEqual({ status: 'reopened' });
    const after = await driver.profile();
    expect(after).not.toHaveProperty('closed');
    expect(await reopen(at + minute)).toEqual({ status: 'known' });
    expect(await end(at)).toBe(true);
    expect(await driver.profile()).toEqual(after);
    expect(await driver.agree()).toEqual(refused('erasure-pending'));
    await finishErasure(here.deps, { ...driver.sender, ...outcome.erasure });
    expect(await driver.agree()).toMatchObject({ status: 'given' });
    // It ends anew, and is heard of the first time again.
    expect(await end(at + hour)).toMatchObject({ status: 'requested' });
    expect(await reopen(at + minute)).toEqual({ status: 'known' });
    expect(await driver.profile()).toMatchObject({ closed: true });
  });

  it('is closed also where an erasure is under way', async () => {
    const here = world();
    const driver = await aDriver(here);
    const asked = await driver.withdraw();
    expect(await driver.agree()).toEqual(refused('erasure-pending'));
    expect(await requestErasure(here.deps, { driverId: driver.driverId, reason: 'left' })).toEqual(asked);
    expect(await driver.agree()).toEqual(refused('account-restricted'));
  });
});

describe('a movement', () => {
  const required = () => {
    const policy = aPolicy();
    return aPolicy({ liveness: { ...policy.liveness, enrolment: 'required' } });
  };
  const start = async (here: IdentityWorld, driver: TestDriver, checkId?: string) => {
    const started = await startMovement(here.deps, { ...driver.sender, checkId });
    if (started.status !== 'started') throw new Error(`not started: ${started.code}`);
    return started.sessionId;
  };
  const finish = (here: IdentityWorld, driver: TestDriver, sessionId: string) =>
    finishMovement(here.deps, { ...driver.sender, sessionId });

  it('gives the first photo where that is asked for, once', async () => {
    const here = world({ policy: required() });
    const driver = await aDriver(here, { references: 0 });
    expect(await driver.addReference()).toEqual(refused('movement-required'));
    const sessionId = await start(here, driver);
    expect(await finish(here, driver, sessionId)).toEqual(refused('session-pending'));
    here.faces.film(sessionId, await driver.photo(), 80);
    expect(await finish(here, driver, sessionId)).toMatchObject({ result: 'passed' });
    expect(await finish(here, driver, sessionId)).toEqual(refused('unknown-session'));
    expect((await driver.profile()).references).toMatchObject([{ takenBy: 'movement' }]);
    expect(await driver.addReference()).toEqual(added(2));
  });

  it('that was followed badly, too late, or on another phone gives none', async () => {
    const here = world();
    const driver = await aDriver(here, { references: 0 });
    const weak = await start(here, driver);
    here.faces.film(weak, await driver.photo(), 74.9);
    const retake = { result: 'retake', reasons: ['movement-not-finished'] };
    expect(await finish(here, driver, weak)).toMatchObject(retake);
    const late = await start(here, driver);
    here.faces.film(late, await driver.photo(), 80);
    const other = await aDriver(here, { driverId: driver.driverId, references: 0 });
    expect(await finish(here, other, late)).toEqual(refused('unknown-session'));
    here.clock.at += 3 * minute;
    expect(await finish(here, driver, late)).toEqual(refused('unknown-session'));
    expect((await driver.profile()).references).toEqual([]);
  });

  it('settles a check that photos left unsure, or leaves it to a person', async () => {
    for (const [similarity, expected, state] of [
      [99, { result: 'passed' }, { state: 'passed', settledBy: 'movement' }],
      [90, { result: 'inconclusive', next: 'person' }, { state: 'waiting', way: 'photos' }],
    ] as const) {
      const here = world();
      const driver = await aDriver(here);
      const checkId = await driver.openCheck();
      for (let index = 0; index < 2; index += 1) await driver.send(checkId, await driver.photoLike(90));
      const sessionId = await start(here, driver, checkId);
      here.faces.film(sessionId, await driver.photoLike(similarity), 80);
      expect(await finish(here, driver, sessionId)).toMatchObject(expected);
      expect(await driver.find(checkId)).toMatchObject(state);
    }
  });

  it('is not offered where no component films', async () => {
    const here = world({ policy: withoutMovement() });
    const driver = await aDriver(here);
    expect(await startMovement(here.deps, driver.sender)).toEqual(refused('movement-unavailable'));
  });

  it('belongs to the driver who opened it', async () => {
    const here = world();
    const [driver, other] = [await aDriver(here), await aDriver(here)];
    const sessionId = await start(here, driver);
    here.faces.film(sessionId, await driver.photo(), 80);
    expect(await finish(here, other, sessionId)).toEqual(refused('unknown-session'));
    const settled = { ...driver.sender, checkId: unique('check') };
    expect(await startMovement(here.deps, settled)).toEqual(refused('unknown-check'));
    expect(
      await addReference(here.deps, { ...driver.sender, sent: Buffer.alloc(0), takenBy: 'photo' }),
    ).toEqual(refused('image-refused'));
  });
});
