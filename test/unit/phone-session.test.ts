import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyAppAssertion } from '#core/attestation/app-attest-assertion.ts';
import { type ProofExpectation, verifyProof } from '#core/attestation/dpop.ts';
import { iosAppId } from '#phone/app-identity.ts';
import { dpopKey, signProof } from '#phone/dpop.ts';
import type { SoftwarePhone } from '#phone/enrolment.ts';
import { openSession, type SessionOptions } from '#phone/session.ts';
import { softwareAndroid } from '#phone/software-android.ts';
import { softwareIphone } from '#phone/software-iphone.ts';

const api = 'http://127.0.0.1:1';
const publicApiOrigin = 'https://api.example.com';
const hash = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('base64url');
const jwt = `e30.${Buffer.from(JSON.stringify({ sub: 'driver-1' })).toString('base64url')}.`;

const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  Response.json({ type: 'about:blank', title: code, status, code, next: code }, { status, headers });

/** As much of the service as a phone meets: it checks every proof, changes its nonce with each claim, and counts. */
const aService = (phone: SoftwarePhone, attestation = 'enforce') => {
  const seen = { tokens: 0, claims: 0, refused: [] as string[], counter: 0, most: 0, running: 0 };
  let nonce = 'nonce-0';
  let enrolled: Record<string, unknown> = {};
  const fresh = () => {
    nonce = `nonce-${seen.claims}-${seen.refused.length}`;
    return { 'dpop-nonce': nonce };
  };

  const proofOf = (
    headers: Headers,
    expectation: Partial<ProofExpectation> & { method: string; path: string },
  ) => {
    const url = `${publicApiOrigin}${expectation.path}`;
    const dpop = headers.get('dpop') ?? undefined;
    return verifyProof(dpop, { ...expectation, url, now: Date.now(), jkt: phone.dpopKey.jkt });
  };

  const isAsserted = (headers: Headers, jti: string, bd: string): boolean => {
    if (phone.platform === 'android') return !headers.has('app-attest-assertion');
    const bytes = (name: string) => Buffer.from(headers.get(name) ?? '', 'base64url');
    const clientData = bytes('app-attest-client-data');
    const signed: unknown = {
      v: 1,
      purpose: 'claim',
      account: 'driver-1',
      method: 'POST',
      path: '/v1/claims',
      nonce,
      jti,
      bd,
    };
    const verdict = verifyAppAssertion(
      {
        assertion: bytes('app-attest-assertion'),
        clientDataHash: createHash('sha256').update(clientData).digest(),
        point: phone.point,
        storedCounter: seen.counter,
      },
      { appId: iosAppId, validationCategories: [4], allowMissingCategory: false },
    );
    if (verdict.status === 'verified') seen.counter = verdict.facts.counter;
    return verdict.status === 'verified' && clientData.toString() === JSON.stringify(signed);
  };

  const claim = async (headers: Headers, body: Uint8Array): Promise<Response> => {
    const bodyHash = hash(body);
    const proof = proofOf(headers, {
      method: 'POST',
      path: '/v1/claims',
      accessToken: `token-${seen.tokens}`,
      bodyHash,
    });
    if (proof.status === 'refused') return problem(401, 'proof-invalid');
    if (proof.facts.nonce !== nonce) {
      seen.refused.push(proof.facts.nonce ?? 'none');
      return problem(401, 'use_dpop_nonce', fresh());
    }
    if (!isAsserted(headers, proof.facts.jti, bodyHash)) return problem(401, 'proof-invalid');
    seen.running += 1;
    seen.most = Math.max(seen.most, seen.running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    seen.running -= 1;
    seen.claims += 1;
    return problem(409, 'block-taken', fresh());
  };

  const device = { deviceId: 'd'.repeat(22), platform: phone.platform, tier: 'A', status: 'active' };
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    const { headers } = request;
    const body = new Uint8Array(await request.arrayBuffer());
    const posted = () => JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>;
    const isSignedIn = headers.get('authorization') === `Bearer ${jwt}`;
    switch (`${request.method} ${pathname}`) {
      case 'GET /v1/configuration':
        return Response.json({
          region: 'r',
          userPoolId: 'p',
          clientId: 'c',
          identityEndpoint: `${api}/identity`,
          publicApiOrigin,
          attestation,
          stations: [],
        });
      case 'POST /identity':
        return Response.json({ AuthenticationResult: { AccessToken: jwt, ExpiresIn: 3_600 } });
      case 'POST /v1/device-challenges':
        return Response.json(
          {
            challengeId: 'c'.repeat(22),
            challenge: 'abc',
            expiresAt: '2026-11-21T12:00:00.000Z',
            accountId: 'driver-1',
          },
          { status: isSignedIn ? 201 : 401 },
        );
      case 'POST /v1/devices':
        enrolled = posted();
        return Response.json(
          { ...device, reasons: [], enrolledAt: '2026-11-21T12:00:00.000Z' },
          { status: isSignedIn ? 201 : 401 },
        );
      case 'POST /v1/device-tokens': {
        const proof = proofOf(headers, { method: 'POST', path: '/v1/device-tokens' });
        if (proof.status === 'refused' || !isSignedIn) return problem(401, 'proof-invalid');
        seen.tokens += 1;
        const { deviceId, tier, status } = device;
        return Response.json(
          { accessToken: `token-${seen.tokens}`, tokenType: 'DPoP', expiresIn: 600, deviceId, tier, status },
          { headers: { 'dpop-nonce': nonce } },
        );
      }
      case 'GET /v1/schedule': {
        const accessToken = `token-${seen.tokens}`;
        const proof = proofOf(headers, { method: 'GET', path: '/v1/schedule', accessToken });
        const isProven =
          proof.status === 'verified' && headers.get('authorization') === `DPoP ${accessToken}`;
        return isProven || (attestation === 'off' && isSignedIn)
          ? Response.json({ blocks: [] })
          : problem(401, 'proof-invalid');
      }
      case 'POST /v1/claims':
        return claim(headers, body);
      default:
        return problem(404, 'not-found');
    }
  };
  return { send, seen, changeNonce: fresh, enrolled: () => enrolled };
};

const phones: [string, () => SoftwarePhone][] = [
  ['an iPhone', softwareIphone],
  ['an Android phone', softwareAndroid],
];

const openWith = async (
  make: () => SoftwarePhone,
  options: Partial<SessionOptions> = {},
  attestation?: string,
) => {
  const phone = make();
  const service = aService(phone, attestation);
  const session = await openSession({
    api,
    user: 'driver1@evenfield.test',
    phone,
    send: service.send,
    ...options,
  });
  return { session, service, phone };
};

const body = { offerToken: 'an offer' };

describe.each(phones)('a session with %s', (_, make) => {
  it('enrols, proves its requests and keeps its token', async () => {
    const { session, service, phone } = await openWith(make);
    expect(await session.enrol()).toMatchObject({ ok: true, status: 201 });
    expect(service.enrolled()).toMatchObject({ platform: phone.platform, dpopJwk: phone.dpopKey.jwk });
    expect(await session.client.listSchedule()).toMatchObject({ ok: true });
    expect(await session.client.listSchedule()).toMatchObject({ ok: true });
    expect(service.seen.tokens).toBe(1);
    await session.token(true);
    expect(await session.client.listSchedule()).toMatchObject({ ok: true });
    expect(service.seen.tokens).toBe(2);
  });

  it('replaces its token shortly before it ends', async () => {
    let at = Date.now();
    const { session, service } = await openWith(make, { now: () => at });
    await session.token();
    at += 569_000;
    await session.token();
    expect(service.seen.tokens).toBe(1);
    at = Date.now() + 571_000;
    // Its clock is ahead of the service's by now, so the proof is not taken; asking is what counts.
    expect(await session.token()).toMatchObject({ ok: false, problem: { code: 'proof-invalid' } });
  });

  it('answers a new nonce once, with a new proof', async () => {
    const { session, service } = await openWith(make);
    await session.token();
    service.changeNonce();
    expect(await session.client.claimBlock({ body })).toMatchObject({ body: { code: 'block-taken' } });
    expect(service.seen).toMatchObject({ claims: 1, refused: ['nonce-0'] });
    expect(await session.client.claimBlock({ body })).toMatchObject({ body: { code: 'block-taken' } });
    expect(service.seen.refused).toHaveLength(1);
  });

  it('sends the login token alone where nothing is asked for', async () => {
    const { session, service } = await openWith(make, {}, 'off');
    expect(await session.client.listSchedule()).toMatchObject({ ok: true });
    expect(service.seen.tokens).toBe(0);
  });
});

it('an iPhone sends one assertion after the other', async () => {
  const kept: number[] = [];
  const phone = softwareIphone();
  const { session, service } = await openWith(() => phone, {
    onAssertion: () => kept.push(phone.state().counter),
  });
  const answers = await Promise.all([1, 2, 3, 4].map(() => session.client.claimBlock({ body })));
  expect(answers.map((answer) => !answer.ok && answer.body.code)).toEqual(Array(4).fill('block-taken'));
  expect(service.seen).toMatchObject({ counter: 4, most: 1 });
  expect(kept).toEqual([1, 2, 3, 4]);
});

it('a proof can be wrong in any member', () => {
  const key = dpopKey();
  const expected = {
    method: 'POST',
    url: 'https://a.example/v1/claims',
    now: Date.now(),
    jkt: key.jkt,
    bodyHash: hash('{}'),
  };
  const proof = { key, htm: 'POST', htu: expected.url, body: '{}' };
  const reasonOf = (options: object) => {
    const verdict = verifyProof(signProof({ ...proof, ...options }), expected);
    return verdict.status === 'refused' ? verdict.reason : undefined;
  };
  expect(reasonOf({})).toBeUndefined();
  expect(reasonOf({ htm: 'GET' })).toBe('other-method');
  expect(reasonOf({ htu: 'https://b.example/v1/claims' })).toBe('other-url');
  expect(reasonOf({ body: '{ }' })).toBe('other-body');
  expect(reasonOf({ iat: 1 })).toBe('proof-time');
  expect(reasonOf({ claims: { jti: 1 } })).toBe('proof-id');
  expect(reasonOf({ header: { typ: 'JWT' } })).toBe('proof-type');
  expect(reasonOf({ key: dpopKey() })).toBe('other-key');
  expect(reasonOf({ signer: dpopKey().privateKey })).toBe('proof-signature');
});
