import { hash } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { finishErasure } from '#core/identity/erasure/finish-erasure.ts';
import { exportCheck } from '#core/identity/export-identity.ts';
import { readSelfie } from '#core/identity/images/read-selfie.ts';
import { selfieLimits } from '#core/identity/images/selfie-image.ts';
import { finishMovement, startMovement } from '#core/identity/movement.ts';
import { viewCheck } from '#core/identity/review-check.ts';
import { selfieAttempt } from '#core/identity/selfie-attempt.ts';
import type { SelfieOutcome } from '#core/identity/send-selfie.ts';
import { sweep } from '#core/identity/sweep.ts';
import { log } from '#lambdas/shell/log.ts';
import { failingAt } from '#test/support/failing.ts';
import {
  aDriver,
  aWorld,
  besides,
  createTables,
  type IdentityEngines,
  startIdentityEngines,
} from '#test/support/identity.ts';
import { outages } from '#test/support/scripted-faces.ts';
import { itemsOf } from '#test/support/table-copies.ts';

let engines: IdentityEngines;
beforeAll(async () => {
  engines = await startIdentityEngines();
});
afterAll(() => engines.stop());

const written: string[] = [];
beforeEach(() => {
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      written.push(String(chunk));
      return true;
    });
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, level).mockImplementation((...said) => {
      written.push(said.map((one) => (typeof one === 'string' ? one : inspect(one, { depth: 9 }))).join(' '));
    });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** What would give a photo away: parts of it in every base64 that it may be inside of, and its plain hashes. */
const tellsOf = (photo: Buffer): string[] => {
  const image = readSelfie(photo, selfieLimits);
  if (image.status !== 'image') throw new Error('no image');
  return [photo, image.bytes].flatMap((bytes) => [
    ...[0.3, 0.5, 0.7].flatMap((part) =>
      [0, 1, 2].flatMap((shift) => {
        const from = Math.floor((bytes.length * part) / 3) * 3 + shift;
        const piece = bytes.subarray(from, from + 18);
        return [piece.toString('base64'), piece.toString('base64url'), piece.toString('hex')];
      }),
    ),
    ...(['hex', 'base64', 'base64url'] as const).map((encoding) => hash('sha256', bytes, encoding)),
  ]);
};
const piecesOf = (photo: Buffer) =>
  [0.3, 0.5, 0.7].map((part) => {
    const from = Math.floor(photo.length * part);
    return photo.subarray(from, from + 18);
  });
/** Everything as text, bytes among it in base64. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, each) =>
    each instanceof Uint8Array || (each as { type?: string })?.type === 'Buffer'
      ? Buffer.from((each as { data?: number[] }).data ?? (each as Uint8Array)).toString('base64')
      : each,
  ) ?? '';

it('no photo is anywhere but sealed: in no table, name, log line, error or event', async () => {
  const tables = await createTables(engines);
  const here = aWorld(engines, tables);
  const driver = await aDriver(here, { references: 0 });
  const photos: Buffer[] = [];
  const take = async (facts: Parameters<typeof driver.photo>[0] = {}) => {
    const photo = await driver.photo(facts);
    photos.push(photo);
    return photo;
  };
  const said: unknown[] = [];
  const say = (value: unknown) => said.push(value instanceof Error ? inspect(value, { depth: 9 }) : value);
  const { driverId, deviceId } = driver;
  const caller = { accountId: driverId, deviceId };
  const circumstances = { caller, requestId: 'request', startedAt: 0, endedAt: 1 };
  const send = async (checkId: string, photo: Buffer) => {
    const outcome: SelfieOutcome = await driver.send(checkId, photo);
    say(selfieAttempt(outcome, checkId, circumstances));
    say(outcome);
    return outcome;
  };

  // Every way that a photo takes: kept, refused as another's, and too many.
  for (let index = 0; index < 2; index += 1) say(await driver.addReference(await take()));
  say(await driver.addReference(await take({ similarity: 3 })));
  const started = await startMovement(here.deps, driver.sender);
  if (started.status !== 'started') throw new Error('not started');
  here.faces.film(started.sessionId, await take(), 80);
  say(await finishMovement(here.deps, { ...driver.sender, sessionId: started.sessionId }));

  // Passed, unfit, an outage whose error carries the photo, a killed write, and one for a person.
  await send(await driver.openCheck(), await take());
  const checkId = await driver.openCheck();
  await send(checkId, await take({ faces: [] }));
  await send(checkId, (await take()).subarray(0, 900));
  const outage = await take();
  here.faces.script.before = async () => {
    throw Object.assign(outages['a 500'](), { $response: { body: outage.toString('base64') } });
  };
  await send(checkId, outage);
  here.faces.script.before = async () => {};
  const fault = failingAt((name) => name === 'TransactWriteItemsCommand', 'before', 'killed');
  const faulty = besides(here, { database: fault.wrap(engines.engine.client) });
  const behind = await aDriver(faulty, { ...driver.sender, references: 0 });
  await behind.send(checkId, await take({ similarity: 90 })).catch((error: Error) => {
    say(error);
    log.error('handler.failed', error, {});
  });
  for (let index = 0; index < 2; index += 1) await send(checkId, await take({ similarity: 10 }));
  for (const reason of [...here.unavailable, ...faulty.unavailable])
    log.error('faces.unavailable', new Error(reason));
  const look = { driverId, checkId, reviewerId: 'reviewer', rationale: 'to look' };
  expect(await viewCheck(here.deps, { ...look, sharp: false })).toMatchObject({ status: 'shown' });
  for (const check of await here.deps.checks.list(driverId)) say(exportCheck(check));

  const expectNothing = async () => {
    const everything = textOf([
      await itemsOf(engines.engine, tables.identity),
      await itemsOf(engines.engine, tables.keys),
      here.bucket.names(),
      here.bucket.all().map(({ bytes }) => bytes),
      said,
      written,
    ]);
    expect(everything).toContain('service-unavailable');
    for (const photo of photos) for (const tell of tellsOf(photo)) expect(everything).not.toContain(tell);
    for (const { bytes } of here.bucket.all())
      for (const photo of photos)
        for (const piece of piecesOf(photo)) expect(bytes?.includes(piece) ?? false).toBe(false);
  };
  expect(photos.length).toBeGreaterThan(9);
  expect(here.bucket.names()).toHaveLength(4);
  expect(written.join('')).toContain('faces.unavailable');
  await expectNothing();
  const outcome = await driver.withdraw();
  if (outcome.status !== 'requested') throw new Error('no erasure');
  await finishErasure(here.deps, { ...driver.sender, ...outcome.erasure });
  say(await here.deps.erasures.receipts(driverId));
  log.info('identity-upkeep.done', await sweep(here.deps));
  await expectNothing();
});

it('the search for it finds a photo that is there, at every alignment', async () => {
  const { faces } = aWorld(engines, await createTables(engines));
  const photo = await faces.photoOf('somebody');
  const tells = tellsOf(photo);
  for (const shift of [0, 1, 2]) {
    const leaked = textOf([{ body: Buffer.concat([Buffer.alloc(shift), photo]) }]);
    expect(tells.some((tell) => leaked.includes(tell))).toBe(true);
  }
  expect(tells).toContain(hash('sha256', photo));
});
