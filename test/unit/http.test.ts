import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listSchedule } from '#contract/offers.ts';
import { type Handle, httpFunction, on, type Shell } from '#lambdas/http.ts';

const aDriver = { status: 'signed-in', accountId: 'driver-1', groups: [] } as const;
const shell: Shell = {
  edgeSecrets: async () => ['current secret', 'earlier secret'].map((secret) => Buffer.from(secret)),
  signIn: async () => aDriver,
  checkProof: async () => ({ status: 'proven', account: aDriver, nonce: 'nonce-1' }),
};

const anEvent = (headers: Record<string, string> = { 'x-evenfield-edge': 'current secret' }) =>
  ({
    routeKey: 'GET /v1/schedule',
    rawPath: '/v1/schedule',
    headers,
    isBase64Encoded: false,
    requestContext: { requestId: 'request-1', http: { method: 'GET', path: '/v1/schedule' } },
  }) as unknown as APIGatewayProxyEventV2;

const empty: Handle<typeof listSchedule> = async () => ({ status: 200, body: { blocks: [] } });

const ask = async (event: APIGatewayProxyEventV2, handle = empty, inShell: Partial<Shell> = {}) => {
  const fn = httpFunction({ ...shell, ...inShell }, [on(listSchedule)(handle)]);
  const answer = (await fn(event, {} as Context)) as APIGatewayProxyStructuredResultV2;
  return {
    status: answer.statusCode,
    body: JSON.parse(String(answer.body)),
    type: answer.headers?.['content-type'],
    headers: answer.headers,
  };
};

describe('a function behind the edge', () => {
  it('answers requests that carry the current or the earlier secret of the edge, and no others', async () => {
    expect(await ask(anEvent())).toMatchObject({ status: 200, body: { blocks: [] } });
    expect(await ask(anEvent({ 'x-evenfield-edge': 'earlier secret' }))).toMatchObject({ status: 200 });
    for (const headers of [{}, { 'x-evenfield-edge': '' }, { 'x-evenfield-edge': 'current secre' }]) {
      expect(await ask(anEvent(headers))).toMatchObject({ status: 403, body: { code: 'edge-required' } });
    }
  });

  it('hands a phone its nonce with every answer, and says why a proof did not do', async () => {
    const refusing = (code: 'proof-invalid' | 'use_dpop_nonce', reason: string): Partial<Shell> => ({
      checkProof: async () => ({ status: 'refused', code, reason, nonce: 'nonce-2' }),
    });
    expect(await ask(anEvent())).toMatchObject({ status: 200, headers: { 'dpop-nonce': 'nonce-1' } });
    expect(await ask(anEvent(), empty, refusing('proof-invalid', 'other-body'))).toMatchObject({
      status: 401,
      headers: {
        'dpop-nonce': 'nonce-2',
        'www-authenticate': 'DPoP error="invalid_dpop_proof", algs="ES256"',
      },
      body: { code: 'proof-invalid', reason: 'other-body' },
    });
    expect(await ask(anEvent(), empty, refusing('use_dpop_nonce', 'nonce'))).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce", algs="ES256"' },
      body: { code: 'use_dpop_nonce' },
    });
  });

  it('shows a phone that may not claim three ways on', async () => {
    const checkProof: Shell['checkProof'] = async () => ({
      status: 'refused',
      code: 'device-not-eligible',
      reason: 'not-trusted',
    });
    const { status, body } = await ask(anEvent(), empty, { checkProof });
    expect(status).toBe(403);
    expect(body.ways.map(({ way }: { way: string }) => way)).toEqual([
      'another-phone',
      'hardware-backed-key',
      'person',
    ]);
  });

  it('cannot be made for a phone without a check of proofs', async () => {
    const { checkProof: _, ...without } = shell;
    expect(() => httpFunction(without, [on(listSchedule)(empty)])).toThrow(
      'needs a shell that checks proofs',
    );
  });
});

describe('a bug in a handler', () => {
  const lines: unknown[] = [];
  beforeEach(() => {
    lines.length = 0;
    vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(line));
  });
  afterEach(() => vi.restoreAllMocks());

  it('is logged once and answered 500 without a word of it', async () => {
    const answer = await ask(anEvent(), async () => {
      throw new Error('the table driver-secrets is gone');
    });
    expect(answer).toMatchObject({
      status: 500,
      type: 'application/problem+json',
      body: { code: 'internal-error' },
    });
    expect(JSON.stringify(answer)).not.toContain('driver-secrets');
    expect(lines).toEqual([
      expect.objectContaining({ code: 'handler.failed', routeKey: 'GET /v1/schedule' }),
    ]);
  });

  it('that would let out what the contract does not list is stopped', async () => {
    const leaking = (async () => ({ status: 200, body: { blocks: [], owner: 'driver-2' } })) as typeof empty;
    const answer = await ask(anEvent(), leaking);
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal-error' } });
    expect(JSON.stringify(answer)).not.toContain('driver-2');
  });
});
