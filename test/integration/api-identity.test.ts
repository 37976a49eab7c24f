import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient } from '#contract/client.ts';
import { verifyReceipt } from '#core/privacy/verify-receipt.ts';
import { callAwsJson } from '#local/services/aws-json-client.ts';
import { face, hasFaces, noFaces } from '#test/support/faces.ts';
import { aPhoto, aPng } from '#test/support/images.ts';
import { type Marketplace, openMarketplace } from '#test/support/marketplace.ts';

let market: Marketplace;
beforeAll(async () => {
  market = await openMarketplace({ attestation: 'enforce' });
});
afterAll(() => market?.stop());

type Driver = Client & { token: string };
const quarterMs = 900_000;
/** A block whose check-in is open. */
const soon = () => Math.ceil((Date.now() + 60_000) / quarterMs) * quarterMs;

const agree = async (driver: Driver) => {
  const identity = await driver.getIdentity();
  if (!identity.ok) throw new Error(identity.body.code);
  return driver.putConsent({ body: { version: identity.body.release.version } });
};
const withReference = async (driver: Driver, ...photos: string[]) => {
  await agree(driver);
  for (const photo of photos) {
    const added = await driver.addReference({ body: face(photo) });
    if (added.status !== 201) throw new Error(JSON.stringify(added.body));
  }
};
const claimSoon = async (driver: Driver) => {
  const [offer] = await market.publish([{ startsAt: soon() }]);
  const claimed = await driver.claimBlock({ body: { offerToken: offer?.offerToken ?? '' } });
  if (!claimed.ok) throw new Error(claimed.body.code);
  return claimed.body.status === 'claimed' ? claimed.body.block.blockId : '';
};
/** The check that the first check-in on a phone asks for. */
const asked = async (driver: Driver) => {
  const blockId = await claimSoon(driver);
  const answer = await driver.checkIn({ params: { blockId } });
  if (answer.ok || !answer.body.check) throw new Error('not asked');
  return { blockId, checkId: answer.body.check.checkId, check: answer.body.check };
};
const operator = async (name: string) =>
  createClient({ origin: market.system.url, token: await market.system.signIn(`${name}@evenfield.test`) });
const driverIdOf = async (driver: Driver) => {
  const me = await driver.getMe();
  return me.ok ? me.body.driverId : '';
};
const receiptOf = async (driver: Driver) => {
  for (const patience = Date.now() + 20_000; Date.now() < patience; ) {
    const answer = await driver.listReceipts();
    const [first] = answer.ok ? answer.body.receipts : [];
    if (first) return first.receipt;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('no receipt came');
};

describe('a driver without any photo', () => {
  it('is told everything, keeps the block, and shows who drives by a code from the staff', async () => {
    const driver = await market.driver();
    const identity = await driver.getIdentity();
    expect(identity.body).toMatchObject({
      faceChecks: { state: 'on' },
      references: [],
      schedule: { mostPerDay: 1, mostPerWeek: 3, askedToday: 0 },
      ways: [{ way: 'staff-code' }, { way: 'video' }, { way: 'document' }],
    });
    const { blockId, checkId, check } = await asked(driver);
    expect(check.ways.map(({ way }) => way).slice(0, 3)).toEqual(['staff-code', 'video', 'document']);
    const unfounded = await driver.chooseWay({
      params: { checkId },
      body: { way: 'staff-code', code: '00000000' },
    });
    expect(unfounded.body).toMatchObject({ code: 'staff-code-invalid' });
    const publisher = await operator('publisher');
    const code = await publisher.createStaffCode({
      params: { stationId: 'DSE1' },
      body: { driverId: await driverIdOf(driver) },
    });
    if (!code.ok) throw new Error(code.body.code);
    const body = { way: 'staff-code', code: code.body.code } as const;
    expect((await driver.chooseWay({ params: { checkId }, body })).body).toMatchObject({ state: 'passed' });
    expect((await driver.checkIn({ params: { blockId } })).body).toMatchObject({ status: 'checked-in' });
    const again = await driver.checkIn({ params: { blockId } });
    expect(again.body).toMatchObject({ status: 'checked-in' });
    expect((await driver.getMe()).body).toMatchObject({ selfieChecks: { askedToday: 1, askedThisWeek: 1 } });
    const schedule = await driver.listSchedule();
    expect(schedule.ok && schedule.body.blocks.map((block) => block.blockId)).toContain(blockId);
  });

  it('is refused photos until there is consent to the release that holds', async () => {
    const driver = await market.driver();
    const png = new Uint8Array(64).fill(0x89);
    expect((await driver.addReference({ body: png })).body).toMatchObject({ code: 'consent-required' });
    expect((await driver.putConsent({ body: { version: '1999-01' } })).body).toMatchObject({
      code: 'release-outdated',
    });
    const wrong = await driver.putConsent({ body: { version: '2026-11', sha256: '0'.repeat(64) } });
    expect(wrong.body).toMatchObject({ code: 'release-outdated' });
    const given = await agree(driver);
    expect(given.status).toBe(200);
    expect(await agree(driver)).toMatchObject({ body: given.body });
  });
});

describe('a check-in', () => {
  it('is refused before its time, to others, and far from the station, and takes nothing away', async () => {
    const [driver, other] = await market.drivers(2);
    if (!driver || !other) throw new Error('no drivers');
    const [offer] = await market.publish([{}]);
    await driver.claimBlock({ body: { offerToken: offer?.offerToken ?? '' } });
    const params = { blockId: offer?.blockId ?? '' };
    const early = await driver.checkIn({ params });
    expect(early.body).toMatchObject({ code: 'too-early', opensAt: expect.stringMatching(/Z$/) });
    expect((await other.checkIn({ params })).body).toMatchObject({ code: 'not-yours' });
    const blockId = await claimSoon(driver);
    const away = { position: { latitude: 40.7, longitude: -74 } };
    expect((await driver.checkIn({ params: { blockId }, body: away })).body).toMatchObject({
      code: 'not-at-station',
    });
    const wild = { position: { latitude: 400, longitude: 0 } };
    expect((await driver.checkIn({ params: { blockId }, body: wild })).body).toMatchObject({
      code: 'invalid-request',
    });
    const near = { position: { latitude: 47.5476, longitude: -122.3217, accuracyMeters: 30 } };
    expect((await driver.checkIn({ params: { blockId }, body: near })).body).toMatchObject({
      code: 'selfie-required',
    });
  });
});

describe('a file that is no photo', () => {
  it.each([
    ['nothing', new Uint8Array(0), 422, 'empty'],
    ['a text', new TextEncoder().encode('not a photo at all'), 422, 'not-jpeg-or-png'],
    [
      'a picture of 40,000 x 40,000',
      new Uint8Array(aPng({ width: 40_000, height: 40_000, packed: deflateSync(Buffer.alloc(1_000)) })),
      422,
      'too-many-pixels',
    ],
    [
      'a photo with a page behind it',
      new Uint8Array(Buffer.concat([aPhoto(), Buffer.from('<html><script>')])),
      422,
      'not-only-an-image',
    ],
  ])('%s is refused with its reason, and nothing is kept', async (_, body, status, reason) => {
    const driver = await market.driver();
    await agree(driver);
    const answer = await driver.addReference({ body, headers: { 'content-type': 'image/png' } });
    expect(answer).toMatchObject({ status, body: { code: 'image-refused', reason } });
    expect((await driver.getIdentity()).body).toMatchObject({ references: [] });
  });

  it('of another type, or of 6 MB, is refused before it is read', async () => {
    const driver = await market.driver();
    await agree(driver);
    const webp = { body: new Uint8Array(100), headers: { 'content-type': 'image/webp' } };
    expect((await driver.addReference(webp)).body).toMatchObject({ code: 'unsupported-media-type' });
    const large = { body: new Uint8Array(6 * 1024 * 1024).fill(0xff) };
    expect(await driver.addReference(large)).toMatchObject({
      status: 413,
      body: { code: 'request-too-large' },
    });
  });
});

describe.skipIf(!hasFaces)(`a driver with photos${hasFaces ? '' : `: ${noFaces}`}`, () => {
  it('passes with a selfie, is refused the same photo twice, and checks in', async () => {
    const driver = await market.driver();
    await withReference(driver, 'people/d01_a.jpg', 'people/d01_b.jpg');
    const { blockId, checkId } = await asked(driver);
    const send = (name: string) => driver.sendSelfie({ params: { checkId }, body: face(name) });
    expect((await send('cases/dark_strong_d02.jpg')).body).toMatchObject({ result: 'retake' });
    expect((await send('people/d01_b.jpg')).body).toMatchObject({ code: 'image-used-before' });
    expect((await send('people/d01_selfie.jpg')).body).toMatchObject({ result: 'passed', otherWays: [] });
    expect((await send('people/d01_selfie.jpg')).body).toMatchObject({ result: 'passed' });
    expect((await send('people/d02_selfie.jpg')).body).toMatchObject({ code: 'check-settled' });
    expect((await driver.checkIn({ params: { blockId } })).status).toBe(200);
    const another = await driver.createSelfieCheck();
    const params = { checkId: another.ok ? another.body.checkId : '' };
    const replay = await driver.sendSelfie({ params, body: face('people/d01_selfie.jpg') });
    expect(replay.body).toMatchObject({ code: 'image-used-before' });
  });

  it('who is somebody else never passes: a person looks, and only that person’s word counts', async () => {
    const driver = await market.driver();
    await withReference(driver, 'people/d05_a.jpg');
    const { blockId, checkId } = await asked(driver);
    const send = (name: string) => driver.sendSelfie({ params: { checkId }, body: face(name) });
    expect((await send('people/d06_selfie.jpg')).body).toMatchObject({
      result: 'inconclusive',
      next: 'another-photo',
    });
    const second = await send('people/d07_selfie.jpg');
    expect(second.body).toMatchObject({ result: 'inconclusive', next: 'person' });
    expect((await driver.checkIn({ params: { blockId } })).body).toMatchObject({ code: 'selfie-required' });
    const [analyst, driverId] = [await operator('analyst'), await driverIdOf(driver)];
    const listed = await analyst.listSelfieChecks();
    expect(listed.ok && listed.body.waiting).toContainEqual(expect.objectContaining({ driverId, checkId }));
    const params = { driverId, checkId };
    const rationale = 'The driver waits at the station.';
    const view = await analyst.viewSelfieCheck({ params, body: { rationale } });
    expect(view.body).toMatchObject({ blurred: true, photos: [{ kind: 'selfie' }, { kind: 'reference' }] });
    expect((await driver.getMe()).ok && (await market.publisher.listSelfieChecks()).body).toMatchObject({
      code: 'forbidden',
    });
    const decided = await analyst.decideSelfieCheck({ params, body: { result: 'passed', rationale } });
    expect(decided.body).toMatchObject({ state: 'passed' });
    expect((await driver.checkIn({ params: { blockId } })).status).toBe(200);
    const data = await driver.exportMe();
    expect(data.body).toMatchObject({
      views: [{ checkId, rationale }],
      selfieChecks: [expect.objectContaining({ checkId, state: 'passed', settledBy: 'person' })],
    });
    expect(JSON.stringify(data.body)).not.toMatch(/similar|band|unlike|fingerprint/);
  });

  it('erases it all, gets a receipt that anybody can verify, and may begin anew', async () => {
    const driver = await market.driver();
    await withReference(driver, 'people/d03_a.jpg', 'people/d03_b.jpg');
    const erased = await driver.eraseIdentity();
    expect(erased.status).toBe(202);
    expect((await driver.addReference({ body: face('people/d03_selfie.jpg') })).ok).toBe(false);
    const receipt = await receiptOf(driver);
    const keys = await market.anonymous.getKeys();
    const verified = verifyReceipt(receipt, keys.body);
    expect(verified).toMatchObject({ status: 'verified', payload: { reason: 'asked' } });
    if (verified.status !== 'verified') return;
    expect(verified.payload.deleted[0]).toMatchObject({ count: 2 });
    const changed = `${receipt.slice(0, -5)}${receipt.at(-5) === 'A' ? 'B' : 'A'}${receipt.slice(-4)}`;
    expect(verifyReceipt(changed, keys.body)).toMatchObject({ status: 'refused' });
    expect((await driver.getIdentity()).body).toMatchObject({ references: [] });
    expect((await driver.getIdentity()).body).not.toHaveProperty('consent');
    await withReference(driver, 'people/d03_selfie.jpg');
  });

  it('who moves is followed by the component, which never says that somebody is there', async () => {
    const driver = await market.driver();
    await agree(driver);
    const session = await driver.createMovementSession({ body: { purpose: 'reference' } });
    if (!session.ok) throw new Error(session.body.code);
    const { sessionId, url = '', component } = session.body;
    expect(component).toBe('local');
    const finish = () => driver.finishMovementSession({ params: { sessionId } });
    expect((await finish()).body).toMatchObject({ code: 'session-pending' });
    const stranger = await market.driver();
    expect((await stranger.finishMovementSession({ params: { sessionId } })).body).toMatchObject({
      code: 'unknown-session',
    });
    const asked = (await (await fetch(`${url}/challenge`)).json()) as { frames: number };
    const still = Buffer.from(face('people/d02_selfie.jpg')).toString('base64');
    const frames = Array.from({ length: asked.frames }, () => still);
    await fetch(`${url}/frames`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ frames }),
    });
    expect((await finish()).body).toMatchObject({
      result: 'retake',
      reasons: [{ code: 'movement-not-finished' }],
    });
    expect((await finish()).body).toMatchObject({ code: 'unknown-session' });
    expect((await driver.getIdentity()).body).toMatchObject({ references: [] });
  });

  it('whose account ends is forgotten as well, and can send no photo again', async () => {
    const driver = await market.driver();
    await withReference(driver, 'people/d04_a.jpg');
    const bus = market.system.resource('AWS::Events::EventBus').physicalId;
    const Detail = JSON.stringify({ driverId: await driverIdOf(driver), reason: 'offboarded' });
    const entry = {
      EventBusName: bus,
      Source: 'evenfield.enforcement',
      DetailType: 'account.closed',
      Detail,
    };
    await callAwsJson(market.system.endpoints.events ?? '', 'AWSEvents.PutEvents', { Entries: [entry] });
    const receipt = await receiptOf(driver);
    const keys = await market.anonymous.getKeys();
    expect(verifyReceipt(receipt, keys.body)).toMatchObject({ payload: { reason: 'offboarded' } });
    expect((await agree(driver)).body).toMatchObject({ code: 'account-restricted' });
    expect((await driver.getMe()).body).toMatchObject({ standing: 'closed' });
  });
});
