import { hash } from 'node:crypto';
import { isSignedInJws, keyAt } from './p256.ts';
import type { Verdict } from './verdict.ts';

/** A proof of possession that holds (RFC 9449), with what it says. */
export interface Proof {
  /** RFC 7638 thumbprint of the key that signed. */
  jkt: string;
  jti: string;
  /** Seconds since the epoch, as the phone's clock has it. */
  issuedAt: number;
  nonce?: string;
}

export interface ProofExpectation {
  method: string;
  /** Public origin and path: what the phone asked for, not what a proxy made of it. */
  url: string;
  /** Milliseconds since the epoch. */
  now: number;
  /** Thumbprint that the key must have; left out only where the proof itself names the phone. */
  jkt?: string;
  accessToken?: string;
  /** base64url of the SHA-256 of the body as received; the proof must hold it as `bd`. */
  bodyHash?: string;
  acceptsNonce?: (nonce: string | undefined) => boolean;
}

export type ProofRefusal =
  | 'proof-missing'
  | 'several-proofs'
  | 'proof-malformed'
  | 'proof-type'
  | 'proof-algorithm'
  | 'proof-key'
  | 'other-key'
  | 'proof-signature'
  | 'other-method'
  | 'other-url'
  | 'proof-time'
  | 'proof-id'
  | 'other-token'
  | 'other-body'
  | 'nonce';

/** DP2. */
const longestProof = 4_096;
/** DP7, in seconds: a slow network on one side, a fast clock on the other. */
const oldest = 60;
const furthestAhead = 5;
/** So long after its `iat` a proof may still be accepted, in seconds: how long its identifier must be remembered. */
export const proofLifetime = oldest + furthestAhead;

export const hashOf = (data: string | Uint8Array): string => hash('sha256', data, 'base64url');

/** The bytes of base64url in its one canonical spelling; of a given length when one is asked for. */
const decode = (text: unknown, length?: number): Buffer | undefined => {
  if (typeof text !== 'string' || text === '') return undefined;
  const bytes = Buffer.from(text, 'base64url');
  const isCanonical = bytes.toString('base64url') === text;
  return isCanonical && (length === undefined || bytes.length === length) ? bytes : undefined;
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

const readJson = (part: string | undefined): Record<string, unknown> | undefined => {
  const bytes = decode(part);
  if (!bytes) return undefined;
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};

const urlForm = /^(https?):\/\/([^\s@/?#\\]+)(\/[^\s?#\\]*)?(?:\?[^\s#]*)?(?:#\S*)?$/i;

/** DP6: scheme and host in lower case, no default port, no query, no fragment; nothing for relative ones and user names. */
export const normaliseUrl = (url: string): string | undefined => {
  const [, scheme = '', host = '', path = '/'] = urlForm.exec(url) ?? [];
  if (!scheme) return undefined;
  const defaultPort = scheme.toLowerCase() === 'https' ? ':443' : ':80';
  const lowered = host.toLowerCase();
  const bare = lowered.endsWith(defaultPort) ? lowered.slice(0, -defaultPort.length) : lowered;
  return `${scheme.toLowerCase()}://${bare}${path}`;
};

/** RFC 7638 section 3: the required members in lexicographic order. */
export const thumbprintOf = ({ x, y }: { x: string; y: string }): string =>
  hashOf(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`);

const refused = (reason: ProofRefusal) => ({ status: 'refused', reason }) as const;

/** DP1 to DP4: who signed, and what. Cheap checks first, so that floods of foreign proofs cost no signature check. */
const readProof = (header: string | undefined, expectedJkt: string | undefined) => {
  if (!header) return refused('proof-missing');
  // DP1: the gateway joins repeated headers with a comma, which no compact JWS holds.
  if (header.includes(',')) return refused('several-proofs');
  const parts = header.split('.');
  if (header.length > longestProof || parts.length !== 3) return refused('proof-malformed');
  const [protectedPart = '', payloadPart = '', signaturePart] = parts;
  const head = readJson(protectedPart);
  const claims = readJson(payloadPart);
  if (!head || !claims) return refused('proof-malformed');
  if (head.typ !== 'dpop+jwt') return refused('proof-type');
  if (head.alg !== 'ES256' || head.crit !== undefined) return refused('proof-algorithm');
  const { kty, crv, x, y, d } = (head.jwk ?? {}) as Record<string, unknown>;
  if (kty !== 'EC' || crv !== 'P-256' || d !== undefined) return refused('proof-key');
  // One spelling only: another one would be another thumbprint of the same key.
  const [left, right] = [decode(x, 32), decode(y, 32)];
  if (!left || !right) return refused('proof-key');
  const jkt = thumbprintOf({ x: x as string, y: y as string });
  if (expectedJkt !== undefined && jkt !== expectedJkt) return refused('other-key');
  const key = keyAt(Buffer.concat([Buffer.of(4), left, right]));
  if (!key) return refused('proof-key');
  const signature = decode(signaturePart, 64);
  if (!signature || !isSignedInJws(Buffer.from(`${protectedPart}.${payloadPart}`), key, signature))
    return refused('proof-signature');
  return { status: 'read', jkt, claims } as const;
};

const isTimely = (iat: unknown, now: number): iat is number =>
  typeof iat === 'number' && iat >= now / 1_000 - oldest && iat <= now / 1_000 + furthestAhead;

/**
 * Checks the value of a `DPoP` header. What it does not do: whether the proof was used before (its `jti` belongs in
 * a ledger) and whether the key's phone may do what it asks.
 */
export const verifyProof = (
  header: string | undefined,
  expected: ProofExpectation,
): Verdict<Proof, ProofRefusal> => {
  const read = readProof(header, expected.jkt);
  if (read.status === 'refused') return read;
  const { htm, htu, iat, jti, ath, bd, nonce } = read.claims;
  // DP5: methods are compared with their case, RFC 9110 section 9.1.
  if (htm !== expected.method) return refused('other-method');
  const url = typeof htu === 'string' ? normaliseUrl(htu) : undefined;
  if (!url || url !== normaliseUrl(expected.url)) return refused('other-url');
  if (!isTimely(iat, expected.now)) return refused('proof-time');
  // DP8, its form.
  if (typeof jti !== 'string' || jti.length === 0 || jti.length > 128) return refused('proof-id');
  // DP10.
  if (expected.accessToken !== undefined && ath !== hashOf(expected.accessToken))
    return refused('other-token');
  // DP12.
  if (expected.bodyHash !== undefined && bd !== expected.bodyHash) return refused('other-body');
  // DP9, last: a phone that is told to use another nonce has done everything else right.
  if (nonce !== undefined && typeof nonce !== 'string') return refused('nonce');
  if (expected.acceptsNonce && !expected.acceptsNonce(nonce)) return refused('nonce');
  return {
    status: 'verified',
    facts: { jkt: read.jkt, jti, issuedAt: iat, ...(nonce !== undefined && { nonce }) },
  };
};
