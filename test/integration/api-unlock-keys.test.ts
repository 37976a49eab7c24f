import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '#contract/client.ts';
import { approveDevice } from '#core/devices/govern-devices.ts';
import { unlockKeysStore } from '#core/devices/unlock-keys-store.ts';
import { dpopKey, signProof } from '#phone/dpop.ts';
import { openSession, type Session } from '#phone/session.ts';
import { softwareAndroid } from '#phone/software-android.ts';
import { softwareIphone } from '#phone/software-iphone.ts';
import { softwareUnlockKey } from '#phone/unlock-key.ts';
import { codeOf, phonesAt, tokenOf } from '#test/support/api-phones.ts';
import { unique } from '#test/support/builders.ts';
import { type Marketplace, openMarketplace } from '#test/support/marketplace.ts';
import { aClock, anIphone, enrolled, openDevices } from '#test/support/phones.ts';

let market: Marketplace;
beforeAll(async () => {
  market = await openMarketplace({ attestation: 'enforce' });
});
afterAll(() => market?.stop());

const { aDriver, freshNonce, withPhone } = phonesAt(() => market);

const deviceOf = async (session: Session): Promise<string> => {
  const outcome = await session.token();
  if (!outcome.ok) throw new Error(outcome.problem.code);
  return outcome.token.deviceId;
};
const enrol = async (
  session: Session,
  key: ReturnType<typeof softwareUnlockKey>,
  wrong: Parameters<typeof key.enrolment>[2] = {},
) => {
  const deviceId = await deviceOf(session);
  const body = key.enrolment(session.accountId(), deviceId, wrong);
  return session.client.enrolUnlockKey({ params: { deviceId }, body });
};
const store = () => unlockKeysStore(market.devicesTable.database, market.devicesTable.TableName);
const stored = async (session: Session, deviceId: string) => store().find(session.accountId(), deviceId);
const partsOf = ({ credentialId, publicKey: { x, y } }: ReturnType<typeof softwareUnlockKey>) => ({
  credentialId,
  x,
  y,
});

describe('a phone', () => {
  it.each([
    ['an iPhone', softwareIphone],
    ['an Android phone', softwareAndroid],
  ])('enrols the key that it unlocks, again without harm, and another in its place: %s', async (_, phone) => {
    const session = await withPhone(await aDriver(), phone());
    const deviceId = await deviceOf(session);
    const { platform } = phone();
    const [first, second] = [softwareUnlockKey({ platform }), softwareUnlockKey({ platform })];
    const done = { status: 200, body: { deviceId, unlockKey: true } };
    expect(await enrol(session, first)).toMatchObject(done);
    expect(await enrol(session, first)).toMatchObject(done);
    expect(await stored(session, deviceId)).toEqual(partsOf(first));
    expect(await enrol(session, second)).toMatchObject(done);
    expect(await stored(session, deviceId)).toEqual(partsOf(second));
  });

  it('that is removed has no key any more, and enrols none', async () => {
    const session = await withPhone(await aDriver(), softwareAndroid());
    const deviceId = await deviceOf(session);
    expect(await enrol(session, softwareUnlockKey({ platform: 'android' }))).toMatchObject({ status: 200 });
    expect(await session.login.removeDevice({ params: { deviceId } })).toMatchObject({ status: 204 });
    expect(await stored(session, deviceId)).toBeUndefined();
    // Functions may take its token for some seconds yet; the write does not.
    const accountId = session.accountId();
    expect(await store().put({ accountId, deviceId }, partsOf(softwareUnlockKey()))).toBe('not-enrolled');
    expect(await stored(session, deviceId)).toBeUndefined();
  });

  it('that another one replaces loses its key with its turn, not before', async () => {
    const clock = aClock();
    const { database, TableName } = market.devicesTable;
    const devices = openDevices(database, TableName, clock);
    const accountId = unique('driver');
    const { deviceId } = await enrolled(devices, accountId, anIphone(clock));
    const key = partsOf(softwareUnlockKey());
    expect(await store().put({ accountId, deviceId }, key)).toBe('done');
    const next = anIphone(clock);
    const successor = await enrolled(devices, accountId, next);
    await approveDevice(devices.deps, { accountId, deviceId: successor.deviceId, by: deviceId });
    expect(await store().find(accountId, deviceId)).toEqual(key);
    clock.at += 86_400_000;
    expect(await devices.token(accountId, next)).toMatchObject({ status: 'issued' });
    expect(await store().find(accountId, deviceId)).toBeUndefined();
    expect(await store().find(accountId, successor.deviceId)).toBeUndefined();
  });

  it('enrols no key for another phone, of its own driver or not', async () => {
    const user = await aDriver();
    const [own, waiting] = [softwareIphone(), softwareIphone()];
    const session = await withPhone(user, own);
    await withPhone(user, waiting);
    const devices = await session.login.listDevices();
    const second = devices.ok ? (devices.body.devices[0]?.deviceId ?? '') : '';
    const foreign = await deviceOf(await withPhone(await aDriver(), softwareIphone()));
    for (const deviceId of [second, foreign, 'AAAAAAAAAAAAAAAAAAAAAA']) {
      const body = softwareUnlockKey().enrolment(session.accountId(), deviceId);
      expect(await session.client.enrolUnlockKey({ params: { deviceId }, body })).toMatchObject({
        status: 404,
        body: { code: 'unknown-device' },
      });
      expect(await stored(session, deviceId)).toBeUndefined();
    }
  });

  it('enrols no key that does not verify its user, or that it does not have', async () => {
    const session = await withPhone(await aDriver(), softwareIphone());
    const deviceId = await deviceOf(session);
    for (const [wrong, reason] of [
      [{ flags: 0x01 }, 'user-not-verified'],
      [{ challenge: 'c29tZXRoaW5nIGVsc2U' }, 'other-challenge'],
      [{ origin: 'https://example.com' }, 'other-origin'],
      [{ signer: dpopKey().privateKey }, 'signature-invalid'],
    ] as const) {
      const answer = await enrol(session, softwareUnlockKey(), wrong);
      expect(answer).toMatchObject({ status: 422, body: { code: 'attestation-rejected', reason } });
      expect(answer.ok ? [] : answer.body.ways?.map(({ way }) => way)).toContain('other-task');
    }
    const key = softwareUnlockKey();
    const ofAnother = key.enrolment(session.accountId(), await deviceOf(session));
    const { publicKey } = softwareUnlockKey();
    expect(
      await session.client.enrolUnlockKey({ params: { deviceId }, body: { ...ofAnother, publicKey } }),
    ).toMatchObject({ status: 422, body: { reason: 'signature-invalid' } });
    expect(await stored(session, deviceId)).toBeUndefined();
  });

  it('whose word is not good enough enrols none, and goes on without', async () => {
    const api = market.system.url;
    const session = await openSession({ api, user: await aDriver(), phone: softwareAndroid(), play: false });
    expect(await session.enrol()).toMatchObject({ status: 201, body: { tier: 'C' } });
    const key = softwareUnlockKey({ platform: 'android' });
    expect(await enrol(session, key)).toMatchObject({
      status: 403,
      body: { code: 'device-not-eligible', reason: 'human-check' },
    });
    // A person has checked who holds it. It claims, and its system is what it was.
    const analyst = createClient({
      origin: api,
      token: await market.system.signIn('analyst@evenfield.test'),
    });
    const deviceId = await deviceOf(session);
    const rationale = 'A phone without the store; its driver came to the station.';
    const params = { driverId: session.accountId(), deviceId };
    expect(await analyst.checkDevice({ params, body: { rationale } })).toMatchObject({ status: 201 });
    await session.token(true);
    const answer = await enrol(session, key);
    expect(answer).toMatchObject({ status: 403, body: { code: 'device-not-eligible', reason: 'tier' } });
    expect(answer.ok ? [] : answer.body.ways?.map(({ way }) => way)).toEqual([
      'other-task',
      'another-phone',
      'hardware-backed-key',
    ]);
    expect(await stored(session, deviceId)).toBeUndefined();
  });
});

describe('what is not a proven phone', () => {
  it('enrols no key: a login, a proof without our nonce, an iPhone without an assertion', async () => {
    const phone = softwareIphone();
    const session = await withPhone(await aDriver(), phone);
    const deviceId = await deviceOf(session);
    const body = softwareUnlockKey().enrolment(session.accountId(), deviceId);
    expect(await session.login.enrolUnlockKey({ params: { deviceId }, body })).toMatchObject({
      status: 401,
      body: { code: 'proof-invalid', reason: 'no-proof' },
    });
    const url = `${market.system.url}/v1/devices/${deviceId}/unlock-key`;
    const accessToken = await tokenOf(session);
    const text = JSON.stringify(body);
    const put = (nonce?: string) => {
      const dpop = signProof({ key: phone.dpopKey, htm: 'PUT', htu: url, accessToken, body: text, nonce });
      const headers = { 'content-type': 'application/json', authorization: `DPoP ${accessToken}`, dpop };
      return fetch(url, { method: 'PUT', headers, body: text });
    };
    expect(await codeOf(await put())).toMatchObject({ status: 401, code: 'use_dpop_nonce' });
    expect(await codeOf(await put(await freshNonce()))).toMatchObject({
      status: 401,
      reason: 'assertion-missing',
    });
    expect(await stored(session, deviceId)).toBeUndefined();
  });
});
