import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStaffCode } from '#core/identity/choose-way.ts';
import { readSelfie } from '#core/identity/images/read-selfie.ts';
import { selfieLimits } from '#core/identity/images/selfie-image.ts';
import { watermarkedView } from '#core/identity/images/watermark.ts';
import { newId } from '#core/identity/keys.ts';
import { decideCheck, listWaitingChecks, viewCheck } from '#core/identity/review-check.ts';
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
  type IdentityWorld,
  minute,
  startIdentityEngines,
  type TestDriver,
  type WorldOptions,
} from '#test/support/identity.ts';
import { itemsOf } from '#test/support/table-copies.ts';

let engines: IdentityEngines;
let tables: IdentityTables;
beforeAll(async () => {
  engines = await startIdentityEngines();
  tables = await createTables(engines);
});
afterAll(() => engines.stop());

const world = (options: WorldOptions = {}) => aWorld(engines, tables, options);
const refused = (code: string) => expect.objectContaining({ status: 'refused', code });
const chosen = expect.objectContaining({ status: 'chosen' });

const aCode = async ({ deps }: IdentityWorld, { driverId }: { driverId: string }, stationId = 'DSE1') => {
  const created = await createStaffCode(deps, { stationId, driverId, by: 'staff' });
  if (created.status !== 'created') throw new Error('no code');
  return created.code;
};
/** As check-in at a station would have asked. */
const aCheckAt = async ({ deps }: IdentityWorld, driver: TestDriver, stationId = 'DSE1') => {
  const checkId = newId();
  const createdAt = deps.now();
  await deps.checks.create(
    {
      ...driver.sender,
      checkId,
      stationId,
      state: 'open',
      revision: 0,
      askedBy: 'schedule',
      createdAt,
      expiresAt: createdAt + 30 * minute,
      looks: [],
    },
    { name: 'checks', most: 1_000, windowMs: hour },
  );
  return checkId;
};

describe('a code from the staff', () => {
  it('passes the check at once, without consent or a photo, and serves one driver once', async () => {
    const here = world();
    const driver = await aDriver(here, { agrees: false, references: 0 });
    const [checkId, code] = [await aCheckAt(here, driver), await aCode(here, driver)];
    expect(code).toMatch(/^\d{8}$/);
    expect(await driver.choose(checkId, 'staff-code')).toMatchObject({ check: { state: 'open' } });
    expect(await driver.choose(checkId, 'staff-code', code)).toMatchObject({ check: { state: 'passed' } });
    expect(await driver.choose(checkId, 'staff-code', code)).toEqual(chosen);
    expect(await driver.find(checkId)).toMatchObject({ settledBy: 'staff-code' });
    const other = await aCheckAt(here, driver);
    expect(await driver.choose(other, 'staff-code', code)).toEqual(refused('staff-code-invalid'));
  });

  it('of another station, of no station, or of eleven minutes ago passes nothing', async () => {
    const here = world();
    const driver = await aDriver(here, { agrees: false, references: 0 });
    const checkId = await aCheckAt(here, driver, 'DSE2');
    const [wrong, right] = [await aCode(here, driver, 'DSE1'), await aCode(here, driver, 'DSE2')];
    expect(await driver.choose(checkId, 'staff-code', wrong)).toEqual(refused('staff-code-invalid'));
    expect(await driver.choose(checkId, 'staff-code', 'no code!')).toEqual(refused('staff-code-invalid'));
    here.clock.at += 10 * minute;
    expect(await driver.choose(checkId, 'staff-code', right)).toEqual(refused('staff-code-invalid'));
    expect(await driver.find(checkId)).toMatchObject({ state: 'open', revision: 0 });
    expect(await driver.choose(checkId, 'staff-code', await aCode(here, driver, 'DSE2'))).toEqual(chosen);
  });

  it('is not guessed: ten tries an hour, the right one among them', async () => {
    const here = world();
    const driver = await aDriver(here, { agrees: false, references: 0 });
    const [checkId, code] = [await aCheckAt(here, driver), await aCode(here, driver)];
    for (let index = 0; index < 10; index += 1)
      expect(await driver.choose(checkId, 'staff-code', `wrong-${index}`)).toEqual(
        refused('staff-code-invalid'),
      );
    expect(await driver.choose(checkId, 'staff-code', code)).toEqual(
      expect.objectContaining({ code: 'slow-down', retryAfterSeconds: 3_600 }),
    );
    expect(await driver.choose(checkId, 'video')).toEqual(chosen);
    here.clock.at += hour;
    expect(await driver.choose(checkId, 'staff-code', await aCode(here, driver))).toMatchObject({
      check: { state: 'passed' },
    });
  });

  it('raced for two checks of its driver passes one, and never one of another driver', async () => {
    const here = world();
    const driver = await aDriver(here, { agrees: false, references: 0 });
    const other = await aDriver(here, { agrees: false, references: 0 });
    const code = await aCode(here, driver);
    const [first, second, foreign] = [
      await aCheckAt(here, driver),
      await aCheckAt(here, driver),
      await aCheckAt(here, other),
    ];
    expect(await other.choose(foreign, 'staff-code', code)).toEqual(refused('staff-code-invalid'));
    const outcomes = await Promise.all([first, second].map((one) => driver.choose(one, 'staff-code', code)));
    expect(outcomes.filter(({ status }) => status === 'chosen')).toHaveLength(1);
    const states = await Promise.all([first, second].map((one) => driver.find(one)));
    expect(states.map(({ state }) => state).sort()).toEqual(['open', 'passed']);
    expect(await other.find(foreign)).toMatchObject({ state: 'open' });
  });

  it('whose answer is lost is found as spent by this driver', async () => {
    const here = world();
    const driver = await aDriver(here, { agrees: false, references: 0 });
    const [checkId, code] = [await aCheckAt(here, driver), await aCode(here, driver)];
    const fault = failingAt((name) => name === 'TransactWriteItemsCommand', 'after', 'unanswered');
    const faulty = besides(here, { database: fault.wrap(engines.engine.client) });
    const behind = await aDriver(faulty, { ...driver.sender, agrees: false, references: 0 });
    expect(await behind.choose(checkId, 'staff-code', code)).toEqual(chosen);
    expect(await driver.choose(checkId, 'staff-code', code)).toEqual(chosen);
  });

  it('also passes what waits for a person, takes it off their list, and deletes the photo', async () => {
    const here = world();
    const driver = await aDriver(here);
    const checkId = await aWaitingCheck(driver);
    const { photoId = '/' } = await driver.find(checkId);
    expect(here.bucket.names().some((name) => name.endsWith(photoId))).toBe(true);
    expect(await driver.choose(checkId, 'staff-code', await aCode(here, driver))).toEqual(chosen);
    expect((await waitingOf(here)).map((one) => one.checkId)).not.toContain(checkId);
    expect(here.bucket.names().some((name) => name.endsWith(photoId))).toBe(false);
  });
});

const waitingOf = async ({ deps }: IdentityWorld) => {
  const listed = [];
  let after: string | undefined;
  do {
    const page = await listWaitingChecks(deps, after);
    listed.push(...page.waiting);
    after = page.next;
  } while (after !== undefined);
  return listed;
};
const someone = { reviewerId: 'reviewer', rationale: 'looked at both' };

describe('a person', () => {
  it.each(['video', 'document'] as const)(
    'who is asked by %s passes or closes, and the other ways stay',
    async (way) => {
      const here = world();
      const driver = await aDriver(here, { agrees: false, references: 0 });
      const [checkId, other] = [await aCheckAt(here, driver), await aCheckAt(here, driver)];
      for (const id of [checkId, other]) {
        expect(await driver.choose(id, way)).toMatchObject({ check: { state: 'waiting' }, way });
        expect(await driver.choose(id, way)).toEqual(chosen);
      }
      expect((await waitingOf(here)).find((one) => one.checkId === checkId)).toMatchObject({ way });
      const decide = (id: string, result: 'passed' | 'inconclusive') =>
        decideCheck(here.deps, { driverId: driver.driverId, checkId: id, result, ...someone });
      expect(await decide(checkId, 'passed')).toMatchObject({
        check: { state: 'passed', settledBy: 'person' },
      });
      expect(await decide(checkId, 'inconclusive')).toEqual(refused('check-settled'));
      expect(await decide(other, 'inconclusive')).toMatchObject({ check: { state: 'closed' } });
      expect(await decide('no check', 'passed')).toEqual(refused('unknown-check'));
      expect(await waitingOf(here)).not.toContainEqual(
        expect.objectContaining({ driverId: driver.driverId }),
      );
      expect(await driver.choose(other, 'staff-code', await aCode(here, driver))).toEqual(chosen);
      expect(await driver.find(other)).toMatchObject({ state: 'passed' });
    },
  );

  it('among two who decide at the same time is one', async () => {
    const here = world();
    const driver = await aDriver(here, { agrees: false, references: 0 });
    const checkId = await aCheckAt(here, driver);
    await driver.choose(checkId, 'video');
    const outcomes = await Promise.all(
      (['passed', 'inconclusive'] as const).map((result) =>
        decideCheck(here.deps, { driverId: driver.driverId, checkId, result, ...someone }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'decided')).toHaveLength(1);
  });

  it('sees the photos with their own name in the pixels, blurred unless they ask otherwise', async () => {
    const here = world();
    const driver = await aDriver(here, { references: 2 });
    const checkId = await driver.openCheck();
    const photos = [await driver.photoLike(10), await driver.photoLike(10)];
    for (const photo of photos) await driver.send(checkId, photo);
    const view = (sharp: boolean) =>
      viewCheck(here.deps, { driverId: driver.driverId, checkId, sharp, ...someone });
    for (const blurred of [true, false]) {
      const shown = await view(!blurred);
      if (shown.status !== 'shown') throw new Error(shown.code);
      expect(shown.blurred).toBe(blurred);
      expect(shown.photos.map(({ kind }) => kind)).toEqual(['selfie', 'reference', 'reference']);
      const image = readSelfie(photos[1] ?? Buffer.alloc(0), selfieLimits);
      if (image.status !== 'image') throw new Error('no image');
      const lines = ['reviewer', new Date(here.clock.at).toISOString(), checkId];
      const expected = watermarkedView(image, { lines, blurred, longestSide: 640 });
      expect(shown.photos[0]?.jpeg.equals(expected)).toBe(true);
      expect(expected.equals(watermarkedView(image, { lines: [], blurred, longestSide: 640 }))).toBe(false);
    }
    const views = await here.deps.views.list(driver.driverId);
    expect(views.map(({ by, rationale, checkId, blurred }) => ({ by, rationale, checkId, blurred }))).toEqual(
      expect.arrayContaining(
        [true, false].map((blurred) => ({ by: 'reviewer', rationale: someone.rationale, checkId, blurred })),
      ),
    );
  });

  it('sees nothing that is not written down first', async () => {
    const here = world();
    const driver = await aDriver(here);
    const checkId = await aWaitingCheck(driver);
    const fault = failingAt((name) => name === 'PutItemCommand');
    const { deps } = besides(here, { database: fault.wrap(engines.engine.client) });
    const viewing = viewCheck(deps, { driverId: driver.driverId, checkId, sharp: false, ...someone });
    await expect(viewing).rejects.toThrow('killed');
    expect(await here.deps.views.list(driver.driverId)).toEqual([]);
  });

  it('sees photos only while the check waits, and the photo is gone with the decision', async () => {
    const here = world();
    const driver = await aDriver(here);
    const view = (checkId: string) =>
      viewCheck(here.deps, { driverId: driver.driverId, checkId, sharp: false, ...someone });
    const open = await driver.openCheck();
    expect(await view(open)).toEqual(refused('check-settled'));
    expect(await view('no check')).toEqual(refused('unknown-check'));
    for (const result of ['passed', 'inconclusive'] as const) {
      const checkId = await aWaitingCheck(driver);
      await decideCheck(here.deps, { driverId: driver.driverId, checkId, result, ...someone });
      expect(here.bucket.names().filter((name) => name.startsWith('selfies/'))).toEqual([]);
      expect(await view(checkId)).toEqual(refused('check-settled'));
    }
    const byVideo = await driver.openCheck();
    await driver.choose(byVideo, 'video');
    expect(await view(byVideo)).toEqual(refused('photo-gone'));
    expect(await here.deps.views.list(driver.driverId)).toEqual([]);
  });

  it('who comes after 72 hours finds no photo, and the sweeper leaves none', async () => {
    const here = world();
    const driver = await aDriver(here);
    const checkId = await aWaitingCheck(driver);
    const view = () => viewCheck(here.deps, { driverId: driver.driverId, checkId, sharp: true, ...someone });
    here.clock.at += 72 * hour - 1;
    expect(await view()).toMatchObject({ status: 'shown' });
    // The hour after which it had to be named is long over; it is named, and stays.
    expect(await sweep(here.deps)).toMatchObject({ failed: 0 });
    expect(await view()).toMatchObject({ status: 'shown' });
    here.clock.at += 1;
    expect(await view()).toEqual(refused('photo-gone'));
    here.clock.at += 1;
    await sweep(here.deps);
    expect(here.bucket.names().filter((name) => name.startsWith('selfies/'))).toEqual([]);
    expect(await driver.find(checkId)).toMatchObject({ state: 'closed' });
    expect(await driver.choose(checkId, 'staff-code', await aCode(here, driver))).toEqual(chosen);
  });

  it('who was asked by video meanwhile keeps the check when the photo’s time is over', async () => {
    const here = world();
    const driver = await aDriver(here);
    const checkId = await aWaitingCheck(driver);
    expect(await driver.choose(checkId, 'video')).toEqual(chosen);
    here.clock.at += 73 * hour;
    await sweep(here.deps);
    expect(here.bucket.names().filter((name) => name.startsWith('selfies/'))).toEqual([]);
    expect(await driver.find(checkId)).toMatchObject({ state: 'waiting', way: 'video' });
  });

  it('whose word comes after another’s leaves the first one there', async () => {
    const here = world();
    const driver = await aDriver(here, { agrees: false, references: 0 });
    const checkId = await aCheckAt(here, driver);
    const decide = (result: 'passed' | 'inconclusive', reviewerId: string) =>
      decideCheck(here.deps, { driverId: driver.driverId, checkId, result, reviewerId, rationale: result });
    for (const [result, reviewer] of [
      ['inconclusive', 'one'],
      ['passed', 'another'],
    ] as const) {
      await driver.choose(checkId, 'video');
      expect(await decide(result, reviewer)).toMatchObject({ status: 'decided' });
      here.clock.at += minute;
    }
    const at = here.clock.at;
    expect(await here.deps.checks.verdicts(driver.driverId)).toEqual([
      { checkId, by: 'one', rationale: 'inconclusive', at: at - 2 * minute },
      { checkId, by: 'another', rationale: 'passed', at: at - minute },
    ]);
  });

  it('is waited for 30 days on the list, and no longer', async () => {
    const here = aWorld(engines, await createTables(engines));
    const driver = await aDriver(here, { agrees: false, references: 0 });
    await driver.choose(await aCheckAt(here, driver), 'video');
    const listed = (await itemsOf(engines.engine, here.tables.identity)).find(
      ({ pk }) => pk?.S === 'WAITING',
    );
    expect(Number(listed?.ttl?.N)).toBe(Math.floor((here.clock.at + 30 * 24 * hour) / 1_000));
  });
});
