import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { hashOf, thumbprintOf, verifyProof } from '#core/attestation/dpop.ts';

const page = readFileSync(new URL('../../docs/devices.md', import.meta.url), 'utf8');
const json = /## Worked example[\s\S]*?```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '{}';
const { challenge, accountId, dpopJwk, jkt, ios, android, play, claim } = JSON.parse(json);
const hex = (text: string) => Buffer.from(hashOf(text), 'base64url').toString('hex');

it('the worked example in docs/devices.md holds, byte by byte', () => {
  expect(thumbprintOf(dpopJwk)).toBe(jkt);
  expect(JSON.parse(ios.clientData)).toEqual({ v: 1, challenge, account: accountId, jkt });
  expect(Buffer.from(ios.clientDataBase64, 'base64').toString()).toBe(ios.clientData);
  expect(hex(ios.clientData)).toBe(ios.clientDataHash);
  expect(android.text).toBe(`v1|android|${challenge}${accountId}enrol`);
  expect(hex(android.text)).toBe(android.attestationChallenge);
  expect(play.text).toBe(`v1|play|${challenge}${accountId}enrol${jkt}`);
  expect(hashOf(play.text)).toBe(play.nonce);
  expect(hashOf(claim.accessToken)).toBe(claim.ath);
  expect(hashOf(claim.body)).toBe(claim.bd);
  const { nonce, jti, bd } = claim;
  const due = {
    v: 1,
    purpose: 'claim',
    account: accountId,
    method: 'POST',
    path: '/v1/claims',
    nonce,
    jti,
    bd,
  };
  expect(JSON.parse(claim.clientData)).toEqual(due);
  expect(hex(claim.clientData)).toBe(claim.clientDataHash);
  const expected = {
    method: 'POST',
    url: 'https://blocks.example.com/v1/claims',
    now: claim.iat * 1_000,
    jkt,
    accessToken: claim.accessToken,
    bodyHash: claim.bd,
    acceptsNonce: (given: string | undefined) => given === nonce,
  };
  expect(verifyProof(claim.proof, expected)).toMatchObject({ status: 'verified', facts: { jti, nonce } });
});
