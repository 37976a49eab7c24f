import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '#contract/client.ts';
import { dpopKey, signProof } from '#phone/dpop.ts';
import { openSession } from '#phone/session.ts';
import { softwareAndroid } from '#phone/software-android.ts';
import { softwareIphone } from '#phone/software-iphone.ts';
import { codeOf, phonesAt, tokenOf } from '#test/support/api-phones.ts';
import { type Marketplace, openMarketplace } from '#test/support/marketplace.ts';

let market: Marketplace;
beforeAll(async () => {
  market = await openMarketplace({ attestation: 'enforce' });
});
afterAll(() => market?.stop());

const { aClaim, aDriver, freshNonce, send, withPhone } = phonesAt(() => market);

describe('a phone', () => {
  it.each([
    ['an iPhone', () => softwareIphone({})],
    ['an iPhone with iOS 26', () => softwareIphone({ ios27: false, osVersion: '26.1' })],
    ['an Android phone', () => softwareAndroid({})],
    ['an Android phone from before remote provisioning', () => softwareAndroid({ provisioning: 'factory' })],
  ])('that is genuine enrols, lists, claims and releases: %s', async (_, phone) => {
    const [offer] = await market.publish();
    const { client } = await withPhone(await aDriver(), phone());
    const list = await client.listOffers({ params: { stationId: 'DSE1' } });
    expect(list.status).toBe(200);
    const body = { offerToken: offer?.offerToken ?? '' };
    expect(await client.claimBlock({ body })).toMatchObject({ status: 201 });
    expect(await client.claimBlock({ body })).toMatchObject({ status: 200 });
    expect(await client.listSchedule()).toMatchObject({ body: { blocks: [{ blockId: offer?.blockId }] } });
    expect(await client.releaseBlock({ params: { blockId: offer?.blockId ?? '' } })).toMatchObject({
      status: 204,
    });
  });

  it('with an unlocked system is enrolled, sees offers, claims nothing, and has three ways on', async () => {
    const [offer] = await market.publish();
    const session = await withPhone(await aDriver(), softwareAndroid({ locked: false }));
    expect(await session.client.listOffers({ params: { stationId: 'DSE1' } })).toMatchObject({ status: 200 });
    const claim = await session.client.claimBlock({ body: { offerToken: offer?.offerToken ?? '' } });
    expect(claim).toMatchObject({
      status: 403,
      body: { code: 'device-not-eligible', reason: 'not-trusted' },
    });
    const ways = claim.ok ? [] : (claim.body.ways ?? []);
    expect(ways.map(({ way }) => way)).toEqual(['another-phone', 'hardware-backed-key', 'person']);
    // A person looks, and it claims.
    const devices = await session.login.listDevices();
    const deviceId = devices.ok ? (devices.body.devices[0]?.deviceId ?? '') : '';
    const analyst = createClient({
      origin: market.system.url,
      token: await market.system.signIn('analyst@evenfield.test'),
    });
    const checked = await analyst.checkDevice({
      params: { driverId: session.accountId(), deviceId },
      body: { rationale: 'A repaired phone; its driver came to the station.' },
    });
    expect(checked.status).toBe(201);
    await session.token(true);
    expect(await session.client.claimBlock({ body: { offerToken: offer?.offerToken ?? '' } })).toMatchObject({
      status: 201,
    });
  });

  it.each([
    ['another app', () => softwareIphone({ appId: 'TESTTEAM01.com.example.other' })],
    ['a Mac', () => softwareIphone({ platform: 'macosx' })],
    ['a development build', () => softwareIphone({ environment: 'development' })],
    ['another Android app', () => softwareAndroid({ packageName: 'com.example.other' })],
  ])('that is %s is refused with a reason and three ways on', async (_, phone) => {
    const session = await openSession({ api: market.system.url, user: await aDriver(), phone: phone() });
    const answer = await session.enrol();
    expect(answer).toMatchObject({ status: 422, body: { code: 'attestation-rejected' } });
    expect(answer.ok ? '' : answer.body.reason).toMatch(/^[a-z0-9-]+$/);
    expect(answer.ok ? [] : answer.body.ways).toHaveLength(3);
  });

  it("with Google's word is tier A, and without it tier C: it looks, and claims when a person has checked it", async () => {
    const trusted = await withPhone(await aDriver(), softwareAndroid({}));
    expect(await trusted.token()).toMatchObject({ ok: true, token: { tier: 'A' } });

    const api = market.system.url;
    const phone = softwareAndroid({});
    const silent = await openSession({ api, user: await aDriver(), phone, play: false });
    const enrolled = await silent.enrol();
    expect(enrolled).toMatchObject({ status: 201, body: { tier: 'C', reasons: ['play-not-sent'] } });
    expect(await silent.client.listOffers({ params: { stationId: 'DSE1' } })).toMatchObject({ status: 200 });
    const [offer] = await market.publish();
    const claim = () => silent.client.claimBlock({ body: { offerToken: offer?.offerToken ?? '' } });
    expect(await claim()).toMatchObject({
      status: 403,
      body: { code: 'device-not-eligible', reason: 'human-check' },
    });
    const analyst = createClient({
      origin: api,
      token: await market.system.signIn('analyst@evenfield.test'),
    });
    const deviceId = enrolled.ok ? enrolled.body.deviceId : '';
    const checked = await analyst.checkDevice({
      params: { driverId: silent.accountId(), deviceId },
      body: { rationale: 'A phone without the store; its driver came to the station.' },
    });
    expect(checked.status).toBe(201);
    await silent.token(true);
    expect(await claim()).toMatchObject({ status: 201 });
  });
});

describe('what is not a proven phone', () => {
  it('a password without the phone reads nothing of a phone, and gets no token for another one', async () => {
    const user = await aDriver();
    await withPhone(user, softwareIphone({}));
    const [offer] = await market.publish();
    const thief = await openSession({ api: market.system.url, user, phone: softwareIphone({}) });
    const attempts = () => market.activityOf(thief.accountId());
    const claim = await thief.login.claimBlock({ body: { offerToken: offer?.offerToken ?? '' } });
    expect(claim).toMatchObject({ status: 401, body: { code: 'proof-invalid', reason: 'no-proof' } });
    expect(await thief.login.listOffers({ params: { stationId: 'DSE1' } })).toMatchObject({ status: 401 });
    expect(await thief.enrol()).toMatchObject({ status: 201, body: { status: 'pending-approval' } });
    expect(await thief.token()).toMatchObject({
      ok: false,
      status: 403,
      problem: { reason: 'pending-approval' },
    });
    // What was stopped is counted.
    const stopped = expect.objectContaining({ route: 'device', outcome: 'denied', reason: 'no-proof' });
    await expect.poll(attempts, { timeout: 20_000, interval: 500 }).toEqual([stopped, stopped]);
  });

  it('a stolen access token is worth nothing without the key', async () => {
    const [offer] = await market.publish();
    const session = await withPhone(await aDriver(), softwareIphone({}));
    const accessToken = await tokenOf(session);
    const body = aClaim(offer?.offerToken ?? '');
    const url = `${market.system.url}/v1/claims`;
    const foreign = signProof({
      key: dpopKey(),
      htm: 'POST',
      htu: url,
      accessToken,
      body,
      nonce: await freshNonce(),
    });
    const tries: [Record<string, string>, object][] = [
      [{ authorization: `DPoP ${accessToken}` }, { code: 'proof-invalid', reason: 'proof-missing' }],
      [
        { authorization: `DPoP ${accessToken}`, dpop: foreign },
        { code: 'proof-invalid', reason: 'other-key' },
      ],
      [{ authorization: `Bearer ${accessToken}` }, { code: 'sign-in-required' }],
    ];
    for (const [headers, refusal] of tries) {
      const response = await send(headers, body);
      expect(response.headers.get('www-authenticate')).toMatch(/^DPoP |^Bearer |^$/);
      expect(await codeOf(response)).toMatchObject({ status: 401, ...refusal });
    }
  });

  it('an iPhone that proves its key but shows no assertion claims nothing', async () => {
    const [offer] = await market.publish();
    const phone = softwareIphone({});
    const session = await withPhone(await aDriver(), phone);
    const accessToken = await tokenOf(session);
    const body = aClaim(offer?.offerToken ?? '');
    const dpop = signProof({
      key: phone.dpopKey,
      htm: 'POST',
      htu: `${market.system.url}/v1/claims`,
      accessToken,
      body,
      nonce: await freshNonce(),
    });
    expect(await codeOf(await send({ authorization: `DPoP ${accessToken}`, dpop }, body))).toMatchObject({
      reason: 'assertion-missing',
    });
  });

  it('a claim without a nonce of ours is told to sign again', async () => {
    const [offer] = await market.publish();
    const phone = softwareAndroid({});
    const session = await withPhone(await aDriver(), phone);
    const accessToken = await tokenOf(session);
    const body = aClaim(offer?.offerToken ?? '');
    const htu = `${market.system.url}/v1/claims`;
    const headers = (nonce?: string) => ({
      authorization: `DPoP ${accessToken}`,
      dpop: signProof({ key: phone.dpopKey, htm: 'POST', htu, accessToken, body, nonce }),
    });
    for (const nonce of [undefined, 'of-nobody', '1.AAAAAAAAAAAAAAAAAAAAAA']) {
      const response = await send(headers(nonce), body);
      expect(response.headers.get('www-authenticate')).toContain('use_dpop_nonce');
      expect(await codeOf(response)).toMatchObject({ status: 401, code: 'use_dpop_nonce' });
      expect((await send(headers(response.headers.get('dpop-nonce') ?? ''), body)).status).toBeLessThan(202);
    }
  });
});
