import { describe, expect, it } from 'vitest';
import { hashOf, normaliseUrl, type ProofExpectation, verifyProof } from '#core/attestation/dpop.ts';
import { dpopKey, signProof } from '#phone/dpop.ts';

const now = Date.UTC(2026, 10, 23, 8);
const url = 'https://blocks.example.com/v1/claims';
const body = '{"offerToken":"offer"}';
const accessToken = 'access-token';
const key = dpopKey();

const expected: ProofExpectation = {
  method: 'POST',
  url,
  now,
  jkt: key.jkt,
  accessToken,
  bodyHash: hashOf(body),
  acceptsNonce: (nonce) => nonce === 'nonce-1',
};
const input = { key, htm: 'POST', htu: url, accessToken, body, nonce: 'nonce-1', iat: now / 1_000 };
const verdictOf = (
  change: Partial<Parameters<typeof signProof>[0]> = {},
  due: Partial<ProofExpectation> = {},
) => {
  const verdict = verifyProof(signProof({ ...input, ...change }), { ...expected, ...due });
  return verdict.status === 'refused' ? verdict.reason : verdict.status;
};

describe('a proof', () => {
  it('holds for what it was made for', () => {
    expect(verifyProof(signProof({ ...input, jti: 'id-1' }), expected)).toEqual({
      status: 'verified',
      facts: { jkt: key.jkt, jti: 'id-1', issuedAt: now / 1_000, nonce: 'nonce-1' },
    });
  });

  it.each<[string, Parameters<typeof verdictOf>[0], string]>([
    ['another method', { htm: 'DELETE' }, 'other-method'],
    ['the method in small letters', { htm: 'post' }, 'other-method'],
    ['another path', { htu: 'https://blocks.example.com/v1/claims/1' }, 'other-url'],
    ['another host', { htu: 'https://blocks.example.org/v1/claims' }, 'other-url'],
    ['a user name in the address', { htu: 'https://a@blocks.example.com/v1/claims' }, 'other-url'],
    ['a relative address', { htu: '/v1/claims' }, 'other-url'],
    ['another body', { body: '{"offerToken":"other"}' }, 'other-body'],
    ['no body', { body: undefined }, 'other-body'],
    ['another token', { accessToken: 'another' }, 'other-token'],
    ['no token', { accessToken: undefined }, 'other-token'],
    ['another nonce', { nonce: 'nonce-0' }, 'nonce'],
    ['no nonce', { nonce: undefined }, 'nonce'],
    ['a nonce that is a number', { claims: { nonce: 1 } }, 'nonce'],
    ['a minute ago and more', { iat: now / 1_000 - 60.001 }, 'proof-time'],
    ['six seconds from now', { iat: now / 1_000 + 5.001 }, 'proof-time'],
    ['a time as text', { claims: { iat: String(now / 1_000) } }, 'proof-time'],
    ['no identifier', { claims: { jti: undefined } }, 'proof-id'],
    ['an empty identifier', { jti: '' }, 'proof-id'],
    ['an identifier of 129 characters', { jti: 'x'.repeat(129) }, 'proof-id'],
    ['another key', { key: dpopKey() }, 'other-key'],
    ['another signer', { signer: dpopKey().privateKey }, 'proof-signature'],
    ['critical extensions', { header: { crit: ['b64'], b64: false } }, 'proof-algorithm'],
    ['no algorithm', { header: { alg: 'none' } }, 'proof-algorithm'],
    ['the private key in the header', { header: { jwk: { ...key.jwk, d: 'AAAA' } } }, 'proof-key'],
    ['another curve', { header: { jwk: { ...key.jwk, crv: 'P-384' } } }, 'proof-key'],
    ['a key as text', { header: { jwk: 'key' } }, 'proof-key'],
    ['more than 4 KB', { claims: { padding: 'x'.repeat(4_096) } }, 'proof-malformed'],
  ])('does not hold for %s', (_, change, reason) => {
    expect(verdictOf(change)).toBe(reason);
  });

  it('may be a minute old, and five seconds ahead', () => {
    expect(verdictOf({ iat: now / 1_000 - 60 })).toBe('verified');
    expect(verdictOf({ iat: now / 1_000 + 5 })).toBe('verified');
  });

  it('has one spelling: no character changed, dropped or added is accepted', () => {
    const proof = signProof(input);
    const others = 'Ab0-_.=+/ ,';
    for (let at = 0; at <= proof.length; at += 1) {
      const other = others[at % others.length] as string;
      const changed = [
        proof.slice(0, at) + other + proof.slice(at + 1),
        proof.slice(0, at) + proof.slice(at + 1),
        proof.slice(0, at) + other + proof.slice(at),
      ].filter((text) => text !== proof);
      for (const text of changed) expect(verifyProof(text, expected).status).toBe('refused');
    }
  });

  it('is one: a header that came twice is refused', () => {
    const proof = signProof(input);
    expect(verifyProof(`${proof},${proof}`, expected)).toEqual({
      status: 'refused',
      reason: 'several-proofs',
    });
    expect(verifyProof(undefined, expected)).toEqual({ status: 'refused', reason: 'proof-missing' });
  });
});

describe('an address', () => {
  it.each([
    ['HTTPS://Blocks.Example.COM:443/v1/Claims?a=b#c', 'https://blocks.example.com/v1/Claims'],
    ['http://127.0.0.1:8787/v1/claims', 'http://127.0.0.1:8787/v1/claims'],
    ['http://localhost:80', 'http://localhost/'],
    ['https://blocks.example.com:4430/', 'https://blocks.example.com:4430/'],
  ])('%s is the same as %s', (given, normal) => {
    expect(normaliseUrl(given)).toBe(normal);
  });

  it.each([
    '',
    'blocks.example.com',
    '//blocks.example.com/',
    'ftp://a/',
    'https:///a',
    'https://a b/',
    'https://a\\b/',
  ])('"%s" is none', (given) => {
    expect(normaliseUrl(given)).toBeUndefined();
  });
});
