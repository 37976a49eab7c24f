import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selfieCheckState } from '#contract/identity.ts';
import { type Check, type CheckStep, checkTransitions, mayStep } from '#core/identity/check.ts';
import { checkItem } from '#core/identity/check-item.ts';
import { openCheck } from '#core/identity/open-check.ts';
import { unique } from '#test/support/builders.ts';
import {
  aDriver,
  aPolicy,
  aWorld,
  createTables,
  type IdentityEngines,
  type IdentityTables,
  minute,
  recordRetentionDays,
  startIdentityEngines,
  startOfTests,
  type TestDriver,
  type WorldOptions,
  withoutMovement,
} from '#test/support/identity.ts';
import { phoneSegments, withSegments } from '#test/support/images.ts';
import { aFace } from '#test/support/scripted-faces.ts';

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
const statusOf = (outcome: Awaited<ReturnType<TestDriver['send']>>) =>
  outcome.status === 'looked' ? outcome.result : outcome.code;

describe('a step of a check', () => {
  const steps = Object.keys(checkTransitions) as CheckStep[];
  const pairs = selfieCheckState.options.flatMap((state) => steps.map((step) => ({ state, step })));

  it.each(pairs)('$step, from $state, is done or refused as the transitions say', async ({ state, step }) => {
    const { deps } = world();
    const check: Check = {
      driverId: unique('driver'),
      checkId: unique('check'),
      state,
      revision: 7,
      askedBy: 'schedule',
      createdAt: startOfTests,
      expiresAt: startOfTests + minute,
      looks: [],
      ...(state === 'waiting' && { askedAt: startOfTests }),
    };
    const Item = checkItem(check, recordRetentionDays);
    await engines.engine.client.send(new PutItemCommand({ TableName: tables.identity, Item }));
    const change = step === 'askPerson' ? { askedAt: startOfTests + 1 } : {};
    const behind = await deps.checks.step({ ...check, revision: 6 }, step, change);
    expect(behind).toEqual({ status: 'moved' });
    const answer = await deps.checks.step(check, step, change);
    expect(answer).toEqual({ status: mayStep(step, state) ? 'done' : 'moved' });
    const found = await deps.checks.find(check.driverId, check.checkId);
    expect(found).toMatchObject(
      mayStep(step, state) ? { state: checkTransitions[step].to, revision: 8 } : { state, revision: 7 },
    );
    const { waiting } = await deps.checks.waiting(100);
    expect(waiting.filter(({ checkId }) => checkId === check.checkId)).toHaveLength(
      found?.state === 'waiting' && mayStep(step, state) ? 1 : 0,
    );
  });
});

describe('a selfie', () => {
  it('that is the driver passes the check, is kept nowhere, and passes it once', async () => {
    const { deps, bucket, ...rest } = world();
    const driver = await aDriver({ deps, bucket, ...rest });
    const checkId = await driver.openCheck();
    const before = bucket.names();
    expect(await driver.send(checkId, await driver.photo())).toEqual(looked('passed', { reasons: [] }));
    expect(await driver.find(checkId)).toMatchObject({ state: 'passed', settledBy: 'face' });
    expect(bucket.names()).toEqual(before);
    expect(await driver.send(checkId, await driver.photo())).toEqual(refused('check-settled'));
  });

  it('that is unfit costs nothing: the check stays as it was, and nothing counts against the driver', async () => {
    const here = world();
    const driver = await aDriver(here);
    const checkId = await driver.openCheck();
    const dark = await driver.photo({ faces: [aFace({ Quality: { Brightness: 1, Sharpness: 80 } })] });
    expect(await driver.send(checkId, dark)).toEqual(looked('retake', { reasons: ['too-dark'] }));
    expect(await driver.send(checkId, await driver.photo({ faces: [] }))).toEqual(
      looked('retake', { reasons: ['no-face'] }),
    );
    expect(here.faces.count('CompareFaces')).toBe(0);
    const { state, looks } = await driver.find(checkId);
    expect(state).toBe('open');
    expect(looks.some(({ band, fingerprint }) => band ?? fingerprint)).toBe(false);
    expect(await driver.send(checkId, await driver.photo())).toEqual(looked('passed'));
  });

  it('that is nobody’s own leads over a second one to a person, and the block is not touched', async () => {
    const driver = await aDriver(world());
    const checkId = await driver.openCheck();
    expect(await driver.send(checkId, await driver.photoLike(10))).toEqual(
      looked('inconclusive', { next: 'another-photo', reasons: ['not-confirmed'] }),
    );
    expect(await driver.send(checkId, await driver.photoLike(10))).toEqual(
      looked('inconclusive', { next: 'person', reasons: ['not-confirmed', 'a-person-looks'] }),
    );
    expect(await driver.find(checkId)).toMatchObject({ state: 'waiting', way: 'photos' });
  });

  it('that is unsure twice leads to a movement where there is a component, else to a person', async () => {
    for (const [policy, next] of [
      [aPolicy(), 'movement'],
      [withoutMovement(), 'person'],
    ] as const) {
      const driver = await aDriver(world({ policy }));
      const checkId = await driver.openCheck();
      await driver.send(checkId, await driver.photoLike(90));
      expect(await driver.send(checkId, await driver.photoLike(90))).toEqual(
        looked('inconclusive', { next }),
      );
    }
  });

  it('sent again in the same check gets the stored answer, and nobody is asked a second time', async () => {
    const here = world();
    const driver = await aDriver(here);
    const checkId = await driver.openCheck();
    const photos = [await driver.photoLike(90), await driver.photoLike(10), await driver.photoLike(10)];
    for (const photo of photos) {
      const first = await driver.send(checkId, photo);
      const asked = here.faces.script.asked.length;
      // Other EXIF makes no other picture.
      for (const again of [photo, withSegments(photo, ...phoneSegments(1))]) {
        const { check: _, ...answer } = (await driver.send(checkId, again)) as typeof first & {
          check: Check;
        };
        const { check: __, ...stored } = first as typeof first & { check: Check };
        expect(answer).toEqual(stored);
      }
      expect(here.faces.script.asked).toHaveLength(asked);
    }
    expect((await driver.find(checkId)).looks).toHaveLength(3);
  });

  it('sent twice at the same time is one look with one answer', async () => {
    const driver = await aDriver(world());
    const checkId = await driver.openCheck();
    const photo = await driver.photoLike(90);
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => driver.send(checkId, photo)));
    for (const outcome of outcomes) expect(['inconclusive', 'try-again']).toContain(statusOf(outcome));
    expect(outcomes.map(statusOf)).toContain('inconclusive');
    expect((await driver.find(checkId)).looks).toHaveLength(1);
  });

  it('that was used before serves nowhere else: neither another check nor a reference, nor the other way', async () => {
    const driver = await aDriver(world(), { references: 0 });
    const reference = await driver.photo();
    await driver.addReference(reference);
    const [checkId, photo] = [await driver.openCheck(), await driver.photo()];
    expect(await driver.send(checkId, reference)).toEqual(refused('image-used-before'));
    expect(await driver.send(checkId, photo)).toEqual(looked('passed'));
    const other = await driver.openCheck();
    expect(other).not.toBe(checkId);
    expect(await driver.send(other, photo)).toEqual(refused('image-used-before'));
    expect(await driver.addReference(photo)).toEqual(refused('image-used-before'));
    expect((await driver.find(other)).looks).toEqual([]);
  });

  it.each([
    ['the driver', 99.9],
    ['unsure', 90],
    ['somebody else', 10],
  ])('beside four more of %s loses no look, and at most one passes', async (_, similarity) => {
    const driver = await aDriver(world());
    const checkId = await driver.openCheck();
    const photos = await Promise.all(Array.from({ length: 5 }, () => driver.photoLike(similarity)));
    const outcomes = await Promise.all(photos.map((photo) => driver.send(checkId, photo)));
    const check = await driver.find(checkId);
    const told = outcomes.filter(({ status }) => status === 'looked');
    expect(told.length).toBeGreaterThan(0);
    expect(check.looks).toHaveLength(told.length);
    expect(check.revision).toBe(told.length);
    expect(new Set(check.looks.map(({ fingerprint }) => fingerprint)).size).toBe(told.length);
    expect(outcomes.filter((outcome) => statusOf(outcome) === 'passed')).toHaveLength(
      similarity === 99.9 ? 1 : 0,
    );
    for (const outcome of outcomes)
      expect(['passed', 'inconclusive', 'check-settled', 'try-again']).toContain(statusOf(outcome));
  });

  it('in every order of likeness ends as passed, retake or inconclusive, or is told to wait', async () => {
    const seen = new Set<string>();
    for (const first of [99, 90, 10])
      for (const second of [99, 90, 10]) {
        const driver = await aDriver(world());
        const checkId = await driver.openCheck();
        for (const similarity of [first, second, 90])
          seen.add(statusOf(await driver.send(checkId, await driver.photoLike(similarity))));
      }
    expect([...seen].sort()).toEqual(['check-settled', 'inconclusive', 'passed']);
  });

  it('is limited in number, and the ways without a face stay', async () => {
    const policy = aPolicy();
    const here = world({ policy: { ...policy, check: { ...policy.check, photos: 3 } } });
    const driver = await aDriver(here);
    const checkId = await driver.openCheck();
    for (let index = 0; index < 3; index += 1)
      expect(await driver.send(checkId, await driver.photo({ faces: [] }))).toEqual(looked('retake'));
    const asked = here.faces.script.asked.length;
    expect(await driver.send(checkId, await driver.photo())).toMatchObject({
      code: 'slow-down',
      retryAfterSeconds: expect.any(Number),
    });
    expect(here.faces.script.asked).toHaveLength(asked);
    expect(await driver.choose(checkId, 'video')).toMatchObject({ status: 'chosen' });
  });

  it('needs the check of this driver, this phone and this half hour', async () => {
    const here = world();
    const [driver, other] = [await aDriver(here), await aDriver(here)];
    const checkId = await driver.openCheck();
    const photo = await driver.photo();
    expect(await driver.send('no-such-check', photo)).toEqual(refused('unknown-check'));
    expect(await other.send(checkId, photo)).toEqual(refused('unknown-check'));
    const borrowed = await aDriver(here, { driverId: driver.driverId, references: 0 });
    expect(await borrowed.send(checkId, photo)).toEqual(refused('wrong-device'));
    expect(await borrowed.openCheck()).not.toBe(checkId);
    here.clock.at += 30 * minute;
    expect(await driver.send(checkId, photo)).toEqual(refused('check-expired'));
    expect(await driver.choose(checkId, 'document')).toMatchObject({ status: 'chosen' });
  });

  it('needs consent, a reference, and a photo that is one', async () => {
    const here = world();
    const strange = await aDriver(here, { agrees: false, references: 0 });
    const photo = await strange.photo();
    expect(await strange.send(await strange.openCheck(), photo)).toEqual(refused('consent-required'));
    const bare = await aDriver(here, { references: 0 });
    expect(await bare.send(await bare.openCheck(), photo)).toEqual(refused('reference-required'));
    const driver = await aDriver(here);
    const checkId = await driver.openCheck();
    expect(await driver.send(checkId, Buffer.from('no photo'))).toEqual(refused('image-refused'));
    expect(await driver.send(checkId, photo.subarray(0, 300))).toEqual(refused('image-refused'));
    expect((await driver.find(checkId)).looks).toEqual([]);
  });

  it('is asked for unasked so often a day', async () => {
    const policy = aPolicy();
    const here = world({ policy: { ...policy, check: { ...policy.check, unaskedPerDay: 2 } } });
    const driver = await aDriver(here);
    const checkId = await driver.openCheck();
    expect(await driver.openCheck()).toBe(checkId);
    await driver.send(checkId, await driver.photo());
    await driver.send(await driver.openCheck(), await driver.photo());
    expect(await openCheck(here.deps, driver.sender)).toMatchObject({
      code: 'slow-down',
      retryAfterSeconds: expect.any(Number),
    });
  });
});
