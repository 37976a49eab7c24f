import { createHash, randomUUID } from 'node:crypto';
import { claimBlock } from '#contract/claims.ts';
import { readStage } from '#lib/stage-config.ts';
import { signProof } from '#phone/dpop.ts';
import type { SoftwarePhone } from '#phone/enrolment.ts';
import { claimClientData } from '#phone/proving-fetch.ts';

/** What software phones are trusted by is left out: functions refuse to start with it anywhere but locally. */
export const { testAnchors, ...devicePolicy } = readStage('local').devices;
const { validationCategories = [], allowMissingCategory = false } = devicePolicy.ios ?? {};
export const assertionPolicy = { validationCategories, allowMissingCategory };

export const publicApiOrigin = 'https://api.bench.example';

/** A phone with what it may claim with. */
export interface BoundPhone {
  phone: SoftwarePhone;
  accountId: string;
  accessToken: string;
}

/** Headers by which a phone proves its claim, for these very bytes of the body. */
export const claimProof = (
  { phone, accountId, accessToken }: BoundPhone,
  { body, nonce, now = Date.now() }: { body: string; nonce?: string | undefined; now?: number },
): Record<string, string> => {
  const { method, path } = claimBlock;
  const jti = randomUUID();
  const headers = {
    authorization: `DPoP ${accessToken}`,
    dpop: signProof({
      key: phone.dpopKey,
      htm: method,
      htu: publicApiOrigin + path,
      accessToken,
      body,
      nonce,
      jti,
      iat: Math.floor(now / 1_000),
    }),
  };
  if (phone.platform === 'android') return headers;
  const bd = createHash('sha256').update(body).digest('base64url');
  const clientData = claimClientData({ account: accountId, method, path, nonce, jti, bd });
  return {
    ...headers,
    'app-attest-client-data': clientData.toString('base64url'),
    'app-attest-assertion': phone.assert(clientData).assertion.toString('base64url'),
  };
};
