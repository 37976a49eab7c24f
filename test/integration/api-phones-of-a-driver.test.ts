import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signProof } from '#phone/dpop.ts';
import { claimClientData } from '#phone/proving-fetch.ts';
import { softwareAndroid } from '#phone/software-android.ts';
import { softwareIphone } from '#phone/software-iphone.ts';
import { codeOf, phonesAt, tokenOf } from '#test/support/api-phones.ts';
import { type Marketplace, openMarketplace } from '#test/support/marketplace.ts';

let market: Marketplace;
beforeAll(async () => {
  market = await openMarketplace({ attestation: 'enforce', challenge: 'measure' });
});
afterAll(() => market?.stop());

const { aClaim, aDriver, freshNonce, send, withPhone } = phonesAt(() => market);

describe('one driver', () => {
  it('with two phones claims with the active one; the approved one waits', async () => {
    const user = await aDriver();
    const first = await withPhone(user, softwareIphone({}));
    const second = await withPhone(user, softwareAndroid({}));
    const devices = await first.login.listDevices();
    const newest = devices.ok ? devices.body.devices[0] : undefined;
    expect(newest).toMatchObject({ platform: 'android', status: 'pending-approval' });
    const approval = await first.client.approveDevice({ params: { deviceId: newest?.deviceId ?? '' } });
    expect(approval).toMatchObject({ status: 200, body: { status: 'cooling-off' } });

    const [offer] = await market.publish();
    const body = { offerToken: offer?.offerToken ?? '' };
    expect(await second.client.claimBlock({ body })).toMatchObject({
      status: 403,
      body: { code: 'device-not-eligible', reason: 'cooling-off' },
    });
    expect(await first.client.claimBlock({ body })).toMatchObject({ status: 201 });
    // The phone that waits cannot approve, and a login alone cannot either.
    const again = { params: { deviceId: newest?.deviceId ?? '' } };
    expect(await second.client.approveDevice(again)).toMatchObject({ status: 403 });
    expect(await first.login.approveDevice(again)).toMatchObject({ status: 401 });
  });

  it('is told by mail about every phone', async () => {
    const user = await aDriver();
    await withPhone(user, softwareIphone({}));
    const mails = async () =>
      JSON.stringify(await (await fetch(`${market.system.endpoints.ses}/store`)).json());
    await expect.poll(mails, { timeout: 15_000 }).toContain(user);
  });

  it('sends 200 claims of one iPhone at once: each counter is taken once, none breaks anything', async () => {
    const offers = await market.publish(
      Array.from({ length: 4 }, (_, index) => ({
        startsAt: Date.now() + (20 * 24 + 6 * index) * 3_600_000,
        minutes: 60,
      })).map(({ startsAt, minutes }) => ({
        startsAt: Math.ceil(startsAt / 3_600_000) * 3_600_000,
        minutes,
      })),
    );
    const phone = softwareIphone({});
    const session = await withPhone(await aDriver(), phone);
    const accessToken = await tokenOf(session);
    const nonce = await freshNonce();
    const requests = Array.from({ length: 200 }, (_, index) => {
      const body = aClaim(offers[index % offers.length]?.offerToken ?? '');
      const jti = `parallel-${index}`;
      const htu = `${market.system.url}/v1/claims`;
      const dpop = signProof({ key: phone.dpopKey, htm: 'POST', htu, accessToken, body, nonce, jti });
      const bd = createHash('sha256').update(body).digest('base64url');
      const clientData = claimClientData({
        account: session.accountId(),
        method: 'POST',
        path: '/v1/claims',
        nonce,
        jti,
        bd,
      });
      const headers = {
        authorization: `DPoP ${accessToken}`,
        dpop,
        'app-attest-client-data': clientData.toString('base64url'),
        'app-attest-assertion': phone.assert(clientData).assertion.toString('base64url'),
      };
      return { headers, body };
    });
    const answers = await Promise.all(requests.map(({ headers, body }) => send(headers, body)));
    const outcomes = Map.groupBy(
      await Promise.all(answers.map(async (answer) => (answer.ok ? String(answer.status) : codeOf(answer)))),
      (outcome) =>
        typeof outcome === 'string' ? outcome : `${outcome.status} ${outcome.reason ?? outcome.code}`,
    );
    const allowed = ['201', '200', '401 counter-used', '503 try-again'];
    expect([...outcomes.keys()].filter((outcome) => !allowed.includes(outcome))).toEqual([]);
    expect(outcomes.get('201')?.length).toBeGreaterThanOrEqual(1);
    // Every one of them again: all counters are used.
    const replays = await Promise.all(requests.slice(0, 50).map(({ headers, body }) => send(headers, body)));
    for (const replay of replays) expect(await codeOf(replay)).toMatchObject({ reason: 'counter-used' });
  });

  it('ends all sessions within a minute by removing a phone', async () => {
    const phone = softwareAndroid({});
    const session = await withPhone(await aDriver(), phone);
    const accessToken = await tokenOf(session);
    const schedule = () => {
      const htu = `${market.system.url}/v1/schedule`;
      const dpop = signProof({ key: phone.dpopKey, htm: 'GET', htu, accessToken });
      return fetch(htu, { headers: { authorization: `DPoP ${accessToken}`, dpop } });
    };
    expect((await schedule()).status).toBe(200);
    const devices = await session.login.listDevices();
    const deviceId = devices.ok ? (devices.body.devices[0]?.deviceId ?? '') : '';
    expect(await session.login.removeDevice({ params: { deviceId } })).toMatchObject({ status: 204 });
    expect(await session.token(true)).toMatchObject({ ok: false, problem: { reason: 'not-enrolled' } });
    // The token itself would be good for ten minutes.
    const answer = async () => codeOf(await schedule());
    await expect
      .poll(answer, { timeout: 60_000, interval: 2_000 })
      .toEqual({ status: 401, code: 'proof-invalid', reason: 'session-ended' });
  }, 90_000);
});
