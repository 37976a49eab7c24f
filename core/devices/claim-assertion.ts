import { createHash } from 'node:crypto';
import { type AssertionPolicy, verifyAppAssertion } from '#core/attestation/app-attest-assertion.ts';
import type { Verdict } from '#core/attestation/verdict.ts';
import type { DeviceTokenClaims } from './device-token.ts';

export type CheckClaimAssertion = (
  headers: Readonly<Record<string, string | undefined>>,
  token: DeviceTokenClaims,
  request: { method: string; path: string; bodyHash: string; jti: string; nonce?: string },
) => Verdict<{ counter: number }, string>;

const longestAssertion = 2_732;
const longestClientData = 2_048;

const refused = (reason: string) => ({ status: 'refused', reason }) as const;

const readJson = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
};

/**
 * AS6: iOS keys that are attested cannot sign proofs, so a claim carries an assertion over client data that names this
 * proof, this body and this account. Every member must be there and nothing else.
 */
const namesThisClaim = (
  clientData: Buffer,
  account: string,
  { method, path, bodyHash, jti, nonce }: Parameters<CheckClaimAssertion>[2],
): boolean => {
  const given = readJson(clientData);
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return false;
  const due: Record<string, unknown> = {
    v: 1,
    purpose: 'claim',
    account,
    method,
    path,
    nonce,
    jti,
    bd: bodyHash,
  };
  const names = Object.keys(given);
  return (
    names.length === Object.keys(due).length &&
    names.every((name) => Object.hasOwn(due, name) && (given as Record<string, unknown>)[name] === due[name])
  );
};

/** The pure part of AS1 to AS6; the counter is compared by the write that stores it (AS4). */
export const claimAssertion =
  (policy: Omit<AssertionPolicy, 'appId'>): CheckClaimAssertion =>
  (headers, { sub, ak, app, vc }, request) => {
    const assertion = headers['app-attest-assertion'] ?? '';
    const clientDataText = headers['app-attest-client-data'] ?? '';
    if (!assertion || !clientDataText) return refused('assertion-missing');
    if (!ak || !app) return refused('assertion-key');
    if (assertion.length > longestAssertion || clientDataText.length > longestClientData)
      return refused('assertion-malformed');
    const clientData = Buffer.from(clientDataText, 'base64url');
    if (!namesThisClaim(clientData, sub, request)) return refused('other-client-data');
    return verifyAppAssertion(
      {
        assertion: Buffer.from(assertion, 'base64url'),
        clientDataHash: createHash('sha256').update(clientData).digest(),
        point: Buffer.concat([Buffer.of(4), Buffer.from(ak, 'base64url')]),
        storedCounter: 0,
      },
      { ...policy, appId: app, allowMissingCategory: policy.allowMissingCategory && !vc },
    );
  };
