import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeIdentity } from '#core/identity/describe-identity.ts';
import { finishMovement, startMovement } from '#core/identity/movement.ts';
import { readOptOut } from '#core/identity/opt-out-gateway.ts';
import { releaseOf } from '#core/identity/rules/release.ts';
import {
  aDriver,
  aPolicy,
  aWorld,
  besides,
  createTables,
  type IdentityEngines,
  type IdentityTables,
  minute,
  startIdentityEngines,
  type WorldOptions,
} from '#test/support/identity.ts';
import { outages } from '#test/support/scripted-faces.ts';

let engines: IdentityEngines;
let tables: IdentityTables;
beforeAll(async () => {
  engines = await startIdentityEngines();
  tables = await createTables(engines);
});
afterAll(() => engines.stop());

const world = (options: WorldOptions = {}) => aWorld(engines, tables, options);
const refused = (code: string) => expect.objectContaining({ status: 'refused', code });
const outage = expect.objectContaining({
  status: 'looked',
  result: 'inconclusive',
  reasons: ['service-unavailable'],
});
const down = <T extends object>(client: T, operation: string, name = 'TimeoutError'): T =>
  ({
    send: async (command: { constructor: { name: string } }) => {
      if (command.constructor.name.startsWith(operation)) throw Object.assign(new Error(name), { name });
      return (client as unknown as { send(command: object): Promise<unknown> }).send(command);
    },
  }) as unknown as T;

describe('an outage of the service that compares faces', () => {
  const kinds = (Object.keys(outages) as (keyof typeof outages)[]).flatMap((kind) =>
    (['DetectFaces', 'CompareFaces'] as const).map((operation) => ({ kind, operation })),
  );

  it.each(kinds)(
    '$kind at $operation is inconclusive, counts for nothing, and ends',
    async ({ kind, operation }) => {
      const here = world();
      const driver = await aDriver(here);
      const checkId = await driver.openCheck();
      const [before, photo, names] = [await driver.find(checkId), await driver.photo(), here.bucket.names()];
      here.faces.script.before = async (asked) => {
        if (asked === operation) throw outages[kind]();
      };
      expect(await driver.send(checkId, photo)).toEqual(outage);
      expect(await driver.send(checkId, photo)).toMatchObject({ next: 'other-way' });
      expect(await driver.addReference(await driver.photo())).toEqual(outage);
      expect(await driver.find(checkId)).toEqual(before);
      expect(here.bucket.names()).toEqual(names);
      expect(new Set(here.unavailable)).toEqual(new Set([outages[kind]().name]));
      here.faces.script.before = async () => {};
      expect(await driver.send(checkId, photo)).toMatchObject({ result: 'passed' });
    },
  );

  it('leaves every way without a face open', async () => {
    const here = world();
    const driver = await aDriver(here);
    const checkId = await driver.openCheck();
    here.faces.script.before = async () => {
      throw outages.throttled();
    };
    await driver.send(checkId, await driver.photo());
    expect(await driver.choose(checkId, 'video')).toMatchObject({ status: 'chosen', way: 'video' });
  });

  it('is no outage where the photo is at fault', async () => {
    const here = world();
    const driver = await aDriver(here);
    const checkId = await driver.openCheck();
    const fails = (operation: string, name: string) => {
      here.faces.script.before = async (asked) => {
        if (asked === operation) throw Object.assign(new Error(name), { name });
      };
    };
    fails('DetectFaces', 'InvalidImageFormatException');
    expect(await driver.send(checkId, await driver.photo())).toEqual(refused('image-refused'));
    fails('CompareFaces', 'InvalidParameterException');
    expect(await driver.send(checkId, await driver.photo())).toMatchObject({
      result: 'retake',
      reasons: ['no-face'],
    });
    expect(here.unavailable).toEqual([]);
  });

  it('of one comparison among several decides nothing, unless another one already said yes', async () => {
    for (const [similarity, expected] of [
      [99, { result: 'passed' }],
      [10, { result: 'inconclusive', reasons: ['service-unavailable'] }],
    ] as const) {
      const here = world();
      const driver = await aDriver(here, { references: 3 });
      const checkId = await driver.openCheck();
      let compared = 0;
      here.faces.script.before = async (operation) => {
        if (operation !== 'CompareFaces') return;
        compared += 1;
        if (compared === 2) throw outages['a 500']();
      };
      expect(await driver.send(checkId, await driver.photoLike(similarity))).toMatchObject(expected);
    }
  });

  it('gives a movement back, which serves once it is over', async () => {
    const here = world();
    const driver = await aDriver(here, { references: 0 });
    const started = await startMovement(here.deps, driver.sender);
    if (started.status !== 'started') throw new Error('not started');
    const { sessionId } = started;
    here.faces.film(sessionId, await driver.photo(), 80);
    here.faces.script.before = async () => {
      throw outages['no answer in time']();
    };
    expect(await startMovement(here.deps, driver.sender)).toEqual(refused('try-again'));
    expect(await finishMovement(here.deps, { ...driver.sender, sessionId })).toEqual(outage);
    here.faces.script.before = async () => {};
    expect(await finishMovement(here.deps, { ...driver.sender, sessionId })).toMatchObject({
      result: 'passed',
    });
  });
});

describe('an outage of storage or keys', () => {
  it.each([
    [
      'photos cannot be read',
      (of: ReturnType<typeof world>) => ({ s3: down(of.bucket.client, 'GetObject') }),
    ],
    ['keys cannot be opened', () => ({ keys: down(engines.keys, 'Decrypt') })],
  ])('%s: is inconclusive, and the check stays as it was', async (_, broken) => {
    const here = world();
    const driver = await aDriver(here);
    const checkId = await driver.openCheck();
    const [before, photo] = [await driver.find(checkId), await driver.photo()];
    const there = besides(here, broken(here));
    const behind = await aDriver(there, { ...driver.sender, references: 0 });
    expect(await behind.send(checkId, photo)).toEqual(outage);
    expect(await behind.addReference()).toEqual(outage);
    expect(there.unavailable).toEqual(['TimeoutError', 'TimeoutError']);
    expect(await driver.find(checkId)).toEqual(before);
    expect(await behind.choose(checkId, 'document')).toMatchObject({ status: 'chosen' });
  });

  it('a photo that cannot be kept for a person is inconclusive, and not half kept', async () => {
    const here = world();
    const driver = await aDriver(here);
    const checkId = await driver.openCheck();
    await driver.send(checkId, await driver.photoLike(10));
    const [before, names, photo] = [
      await driver.find(checkId),
      here.bucket.names(),
      await driver.photoLike(10),
    ];
    const there = besides(here, { s3: down(here.bucket.client, 'PutObject', 'SlowDown') });
    const behind = await aDriver(there, { ...driver.sender, references: 0 });
    expect(await behind.send(checkId, photo)).toEqual(outage);
    expect(await behind.addReference()).toEqual(outage);
    expect(await driver.find(checkId)).toEqual(before);
    expect(here.bucket.names()).toEqual(names);
    expect(await driver.send(checkId, photo)).toMatchObject({ result: 'inconclusive', next: 'person' });
  });

  it('a table that takes no writes answers try-again, and keeps no photo', async () => {
    const here = world();
    const driver = await aDriver(here);
    const checkId = await driver.openCheck();
    await driver.send(checkId, await driver.photoLike(10));
    const [before, names] = [await driver.find(checkId), here.bucket.names()];
    const busy = down(engines.engine.client, 'TransactWriteItems', 'ThrottlingException');
    const behind = await aDriver(besides(here, { database: busy }), { ...driver.sender, references: 0 });
    for (const similarity of [99.9, 90, 10])
      expect(await behind.send(checkId, await driver.photoLike(similarity))).toEqual(refused('try-again'));
    expect(await behind.addReference(await driver.photo())).toEqual(refused('try-again'));
    expect(await behind.choose(checkId, 'video')).toEqual(refused('try-again'));
    expect(await driver.find(checkId)).toEqual(before);
    expect(here.bucket.names()).toEqual(names);
  });
});

describe('face checks', () => {
  it.each(['missing', 'unknown'] as const)(
    'are off while the opt-out is %s, and every other way is open',
    async (said) => {
      const here = world();
      const driver = await aDriver(here);
      const checkId = await driver.openCheck();
      const off = besides(here, { optOut: async () => said });
      const behind = await aDriver(off, { ...driver.sender, agrees: false, references: 0 });
      const asked = here.faces.script.asked.length;
      expect(await behind.agree()).toEqual(refused('face-checks-off'));
      expect(await behind.addReference(await driver.photo())).toEqual(refused('face-checks-off'));
      expect(await behind.send(checkId, await driver.photo())).toEqual(refused('face-checks-off'));
      expect(await startMovement(off.deps, driver.sender)).toEqual(refused('face-checks-off'));
      expect(here.faces.script.asked).toHaveLength(asked);
      const state = await off.deps.faceChecks();
      const shown = describeIdentity(off.policy, state, await driver.profile(), 30, off.clock.at);
      expect(shown.faceChecks).toMatchObject({ state: 'off', reason: expect.stringContaining('opted out') });
      expect(shown.ways.map(({ way }) => way)).toEqual(['staff-code', 'video', 'document']);
      expect(await behind.choose(checkId, 'document')).toMatchObject({ status: 'chosen' });
    },
  );

  it('are on against a missing opt-out only where somebody signed for it, and drivers read who', async () => {
    const override = { signedBy: 'A. Operator', signedOn: '2026-11-01' };
    const policy = aPolicy({ processor: 'aws-rekognition', trainingOverride: override });
    const here = world({ policy, optOut: async () => 'missing' });
    expect(await here.deps.faceChecks()).toEqual({ state: 'on' });
    const driver = await aDriver(here);
    expect(await driver.send(await driver.openCheck(), await driver.photo())).toMatchObject({
      result: 'passed',
    });
    expect(releaseOf(policy).text).toContain('A. Operator accepted that on 2026-11-01');
    const shown = describeIdentity(policy, { state: 'on' }, await driver.profile(), 30, here.clock.at);
    expect(shown.faceChecks.training).toContain('A. Operator');
    expect(shown.release.sha256).not.toBe(releaseOf(aPolicy({ processor: 'aws-rekognition' })).sha256);
  });

  it('follow the opt-out within ten minutes, and stand while it cannot be read', async () => {
    const said: { now: 'effective' | 'missing' | 'unknown' } = { now: 'effective' };
    const { deps, clock } = world({ optOut: async () => said.now });
    expect(await deps.faceChecks()).toEqual({ state: 'on' });
    said.now = 'unknown';
    clock.at += 11 * minute;
    expect(await deps.faceChecks()).toEqual({ state: 'on' });
    said.now = 'missing';
    clock.at += 11 * minute;
    expect(await deps.faceChecks()).toMatchObject({ state: 'off' });
    said.now = 'effective';
    clock.at += 11 * minute;
    expect(await deps.faceChecks()).toEqual({ state: 'on' });
  });

  it('are off where the stage says so', async () => {
    const { deps } = world({ policy: aPolicy({ mode: 'off' }) });
    expect(await deps.faceChecks()).toMatchObject({ state: 'off' });
  });
});

describe('the opt-out policy', () => {
  const answering = (content: object | Error) => ({
    send: async () => {
      if (content instanceof Error) throw content;
      return { EffectivePolicy: { PolicyContent: JSON.stringify(content) } };
    },
  });
  const services = (policies: Record<string, string>) => ({
    services: Object.fromEntries(
      Object.entries(policies).map(([name, opt_out_policy]) => [name, { opt_out_policy }]),
    ),
  });
  const named = (name: string) => Object.assign(new Error(name), { name });

  it.each([
    ['effective', services({ default: 'optOut' })],
    ['effective', services({ default: 'optIn', rekognition: 'optOut' })],
    ['missing', services({ default: 'optOut', rekognition: 'optIn' })],
    ['missing', services({ lex: 'optOut' })],
    ['missing', {}],
    ['missing', named('EffectivePolicyNotFoundException')],
    ['missing', named('AWSOrganizationsNotInUseException')],
    ['unknown', named('AccessDeniedException')],
    ['unknown', named('TimeoutError')],
  ])('is %s with %j', async (expected, content) => {
    expect(await readOptOut(answering(content))).toBe(expected);
  });
});
