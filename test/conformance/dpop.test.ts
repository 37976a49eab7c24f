import { createHash } from 'node:crypto';
import { verifyProof } from '#core/attestation/dpop.ts';
import { conforms } from './vectors.ts';

interface Input {
  proof?: string;
  headers?: { DPoP: string[] };
}
interface Context {
  method: string;
  url: string;
  now: string;
  expectedJkt: string;
  accessToken?: string;
  expectedNonce?: string;
  body?: string;
  seenJti?: string[];
}

conforms<Input, Context>('dpop.proof', ({ input, context }) => {
  // As the gateway hands repeated headers on.
  const header = input.proof ?? input.headers?.DPoP.join(',');
  const verdict = verifyProof(header, {
    method: context.method,
    url: context.url,
    now: Date.parse(context.now),
    jkt: context.expectedJkt,
    ...(context.accessToken !== undefined && { accessToken: context.accessToken }),
    ...(context.expectedNonce !== undefined && {
      acceptsNonce: (nonce: string | undefined) => nonce === context.expectedNonce,
    }),
    ...(context.body !== undefined && {
      bodyHash: createHash('sha256').update(Buffer.from(context.body, 'base64')).digest('base64url'),
    }),
  });
  // The ledger of used proofs is the store's; here the case says what it holds.
  if (verdict.status === 'verified' && context.seenJti?.includes(verdict.facts.jti))
    return { status: 'refused', reason: 'proof-used' };
  return verdict;
});
