import { generateKeyPairSync } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import * as fc from 'fast-check';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '#contract/client.ts';
import type { Offer } from '#contract/offers.ts';
import type { Route } from '#contract/route.ts';
import { routes } from '#contract/routes.ts';
import { type Marketplace, nextMonday, openMarketplace } from '#test/support/marketplace.ts';

let market: Marketplace;
let driver: Client & { token: string };
let publisherToken: string;
let offer: Offer;
beforeAll(async () => {
  market = await openMarketplace();
  driver = await market.driver();
  publisherToken = await market.system.signIn('publisher@evenfield.test');
  [offer] = (await market.publish()) as [Offer];
});
afterAll(() => market?.stop());

interface Sent {
  method?: string;
  path: string;
  token?: string | undefined;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** Over node:http, because fetch mends or refuses what a broken client would send. */
const send = ({ method = 'POST', path, token, headers = {}, body }: Sent) =>
  new Promise<{
    status: number;
    type: string;
    headers: Record<string, unknown>;
    body: Record<string, unknown>;
  }>((resolve, reject) => {
    const request = httpRequest(new URL(market.system.url), { method, path }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const text = Buffer.concat(parts).toString();
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          headers: response.headers,
          body: text.startsWith('{') ? JSON.parse(text) : { text },
        });
      });
    });
    request.on('error', reject);
    request.setHeader('content-type', 'application/json');
    if (token) request.setHeader('authorization', `Bearer ${token}`);
    for (const [name, value] of Object.entries(headers)) request.setHeader(name, value);
    request.end(body);
  });

const expectProblem = async (sent: Sent, status: number, code: string) => {
  const answer = await send(sent);
  expect(answer).toMatchObject({ status, type: 'application/problem+json', body: { status, code } });
  expect(answer.body).toMatchObject({
    type: 'about:blank',
    title: expect.any(String),
    next: expect.any(String),
  });
  return answer;
};

const claim = (body: unknown, token: string | undefined = driver.token): Sent => ({
  path: '/v1/claims',
  token,
  body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
});

const block = {
  startAt: new Date(nextMonday).toISOString(),
  endAt: new Date(nextMonday + 3_600_000).toISOString(),
  pay: { amount: 5_000, currency: 'EUR' },
};
const publish = (body: unknown, token = publisherToken): Sent => ({
  path: '/v1/operator/blocks',
  token,
  body: JSON.stringify(body),
});

describe('who may call', () => {
  it('is checked on every route of the contract that is not public', async () => {
    for (const route of Object.values(routes) as Route[]) {
      if (route.level === 'public') continue;
      const path = route.path.replace('{stationId}', 'DSE1').replace('{blockId}', offer.blockId);
      await expectProblem({ method: route.method, path }, 401, 'sign-in-required');
      await expectProblem({ method: route.method, path, token: 'not.a.token' }, 401, 'sign-in-required');
      const wrongRole = route.level === 'device' ? publisherToken : driver.token;
      if (route.level !== 'login')
        await expectProblem({ method: route.method, path, token: wrongRole }, 403, 'forbidden');
    }
  });

  it('is not decided by tokens that are forged, expired, for another app or unsigned', async () => {
    const [head, payload] = driver.token.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const header = JSON.parse(Buffer.from(head, 'base64url').toString());
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const forged = await new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const tokens = {
      forged,
      unsigned: `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`,
      'with another payload': driver.token.replace(
        payload,
        encode({ ...claims, 'cognito:groups': ['publisher'] }),
      ),
      'of another key id': await new SignJWT(claims)
        .setProtectedHeader({ ...header, kid: 'other' })
        .sign(privateKey),
      'signed with a secret': await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: header.kid })
        .sign(Buffer.from('a secret that somebody guessed, long enough')),
      endless: `${head}.${payload}.${'A'.repeat(9_000)}`,
    };
    for (const [name, token] of Object.entries(tokens)) {
      const answer = await send(claim({ offerToken: offer.offerToken }, token));
      expect({ name, status: answer.status, code: answer.body.code }).toEqual({
        name,
        status: 401,
        code: 'sign-in-required',
      });
    }
  });
});

describe('a bad request', () => {
  it('is refused with the path of each fault', async () => {
    const wrong = await expectProblem(claim({ offerToken: 7, speed: 'fast' }), 400, 'invalid-request');
    expect(wrong.body.faults).toEqual(
      expect.arrayContaining([
        { path: 'offerToken', message: 'expected string' },
        { path: 'speed', message: 'unknown field' },
      ]),
    );
    const late = { ...block, endAt: block.startAt };
    const faulty = {
      stationId: 'DSE1',
      blocks: [block, late, { ...block, pay: { amount: -1, currency: 'euro' } }],
    };
    const answer = await expectProblem(publish(faulty), 400, 'invalid-request');
    expect((answer.body.faults as { path: string }[]).map(({ path }) => path)).toEqual([
      'blocks.2.pay.amount',
      'blocks.2.pay.currency',
    ]);
    const order = await expectProblem(
      publish({ stationId: 'DSE1', blocks: [block, late] }),
      400,
      'invalid-request',
    );
    expect(order.body.faults).toEqual([{ path: 'blocks.1.endAt', message: 'must lie after startAt' }]);
  });

  it.each([
    ['no body', ''],
    ['half a document', '{"offerToken":'],
    ['an array', '[]'],
    ['null', 'null'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['deep nesting', `${'['.repeat(1_500)}${']'.repeat(1_500)}`],
    ['a prototype', '{"__proto__":{"offerToken":"x"}}'],
  ])('with %s is answered 400', async (_, body) => {
    await expectProblem(claim(body), 400, 'invalid-request');
  });

  it('that is too large is answered 413, whatever its size', async () => {
    await expectProblem(claim({ offerToken: 'x'.repeat(9_000) }), 413, 'request-too-large');
    await expectProblem(claim('x'.repeat(1_000_000)), 413, 'request-too-large');
    await expectProblem(claim('x'.repeat(11_000_000)), 413, 'request-too-large');
  });

  it('in another format is answered 415', async () => {
    const sent = {
      ...claim('offerToken=x'),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    };
    await expectProblem(sent, 415, 'unsupported-media-type');
    const latin = { ...claim('{}'), headers: { 'content-type': 'application/json; charset=latin1' } };
    await expectProblem(latin, 415, 'unsupported-media-type');
  });

  it('with a method or an address that does not exist is answered 405 or 404', async () => {
    const answer = await expectProblem(
      { method: 'PUT', path: '/v1/claims', token: driver.token },
      405,
      'method-not-allowed',
    );
    expect(answer.headers.allow).toBe('POST');
    await expectProblem({ method: 'GET', path: '/v1/nothing', token: driver.token }, 404, 'not-found');
    await expectProblem({ method: 'GET', path: '/', token: driver.token }, 404, 'not-found');
    await expectProblem(
      { method: 'GET', path: '/v1/stations/XX9/offers', token: driver.token },
      404,
      'unknown-station',
    );
    await expectProblem(
      { method: 'GET', path: '/v1/stations/%00%ff/offers', token: driver.token },
      400,
      'invalid-request',
    );
    for (const query of ['speed=1', 'cursor=zz', 'cursor=%ff%fe', 'cursor=']) {
      for (const path of [`/v1/schedule?${query}`, `/v1/stations/DSE1/offers?${query}`]) {
        await expectProblem({ method: 'GET', path, token: driver.token }, 400, 'invalid-request');
      }
    }
    await expectProblem(
      { method: 'DELETE', path: '/v1/claims/not-a-block-of-mine', token: driver.token },
      409,
      'not-yours',
    );
    await expectProblem(publish({ stationId: 'XX9', blocks: [block] }), 404, 'unknown-station');
  });

  it('with a time that cannot be is answered 400', async () => {
    for (const startAt of [
      '2020-01-01T00:00:00Z',
      '2999-01-01T00:00:00Z',
      '2026-02-30T00:00:00Z',
      'tomorrow',
      12,
    ]) {
      await expectProblem(
        publish({ stationId: 'DSE1', blocks: [{ ...block, startAt }] }),
        400,
        'invalid-request',
      );
    }
  });
});

describe('an offer token', () => {
  it('is refused when any of it was changed, or when it was made elsewhere', async () => {
    const fields = offer.offerToken.split('~');
    const swapped = (index: number, value: string) =>
      fields.map((field, at) => (at === index ? value : field)).join('~');
    const tokens = [
      swapped(1, 'another-block'),
      swapped(2, '2'),
      swapped(3, 'DSE2'),
      swapped(9, 'gated'),
      swapped(0, '9'),
      offer.offerToken.slice(0, -1),
      `${offer.offerToken}~x`,
      '~'.repeat(40),
      offer.offerId,
    ];
    for (const offerToken of tokens) await expectProblem(claim({ offerToken }), 400, 'invalid-offer-token');
  });

  it('of an earlier version is worth nothing', async () => {
    const [round] = (await market.publish([{ startsAt: nextMonday + 50 * 3_600_000 }])) as [Offer];
    const other = await market.driver();
    await other.claimBlock({ body: { offerToken: round.offerToken } });
    await other.releaseBlock({ params: { blockId: round.blockId } });
    // A function that saw the block taken in that version says so; one that did not asks the table.
    const { body } = await send(claim({ offerToken: round.offerToken }));
    expect(['offer-expired', 'block-taken']).toContain(body.code);
    expect((await driver.listSchedule()).body).toEqual({ blocks: [] });
  });

  it('is never accepted, and never fails the server, when it is noise', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 200, unit: 'binary' }), async (offerToken) => {
        const { status } = await send(claim({ offerToken }));
        expect(status).toBe(400);
      }),
      { numRuns: 60 },
    );
  });
});

/** A block that was given back above is drawn again and again meanwhile. */
const storedButDraws = async () =>
  (await market.storedOffers())
    .split('\n')
    .filter((item) => !/\["md",\{"S":"draw"\}\]|\["pk",\{"S":"(DUE|[EP]#)/.test(item))
    .join('\n');

it('a refused request writes nothing', async () => {
  const stored = await storedButDraws();
  expect(stored).toContain(offer.blockId);
  await send(claim({ offerToken: `${offer.offerToken}x` }));
  await send(claim({ offerToken: offer.offerToken, extra: 1 }));
  await send(claim({ offerToken: offer.offerToken }, publisherToken));
  await send(publish({ stationId: 'DSE1', blocks: [block, { ...block, endAt: 'never' }] }));
  await send(publish({ stationId: 'DSE1', blocks: [block] }, driver.token));
  await send({ method: 'DELETE', path: `/v1/claims/${offer.blockId}`, token: driver.token });
  expect(await storedButDraws()).toBe(stored);
});

it('the public routes tell what an app needs, and the document is the committed one', async () => {
  const { default: committed } = await import('../../docs/openapi.json', { with: { type: 'json' } });
  expect((await market.anonymous.getOpenApi()).body).toEqual(committed);
  expect((await market.anonymous.getHealth()).body).toMatchObject({
    status: 'ok',
    engines: { database: 'ok' },
  });
  const configuration = await market.anonymous.getConfiguration();
  expect(configuration.body).toMatchObject({ publicApiOrigin: market.system.url, attestation: 'measure' });
});
