import type { KeyObject } from 'node:crypto';
import { thumbprintOf } from '#core/attestation/dpop.ts';
import { isSignedInJws, keyAt } from '#core/attestation/p256.ts';
import { readStrictJson } from '#core/attestation/strict-json.ts';
import { jwsHeader } from './sign-jws.ts';
import { isOneSpelling } from './signature-form.ts';

export type JwsRefusal =
  /** Not three parts of base64url in its one spelling, or not JSON in the first. */
  | 'malformed'
  /** A signed thing, but of another kind. */
  | 'other-type'
  | 'other-algorithm'
  /** Header members that nothing of ours has, or in another spelling. */
  | 'other-header'
  /** Nothing in the key set has this name. */
  | 'unknown-key'
  /** What the key set has under this name is no key of P-256 with this thumbprint. */
  | 'unusable-key'
  | 'other-signature';

export type JwsOutcome =
  /** `payload`: undefined where it is not JSON. */
  { status: 'verified'; payload: unknown; kid: string } | { status: 'refused'; reason: JwsRefusal };

const coordinateLength = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes of base64url in its one spelling: also the bits of the last character that no byte needs are ours. */
const decode = (text: unknown): Buffer | undefined => {
  if (typeof text !== 'string' || text === '') return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
};

const readJson = (text: string | undefined): unknown => {
  const bytes = decode(text);
  try {
    return bytes && readStrictJson(utf8.decode(bytes));
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refused = (reason: JwsRefusal): JwsOutcome => ({ status: 'refused', reason });

/** Members of the set with this name; a set that is none has none. */
const named = (keySet: unknown, kid: string): Record<string, unknown>[] => {
  const keys = isObject(keySet) && Array.isArray(keySet.keys) ? keySet.keys : [];
  return keys.filter((key): key is Record<string, unknown> => isObject(key) && key.kid === kid);
};

/** The name of a key is its thumbprint: nobody puts another key under it. */
const keyOf = ({ kty, crv, x, y }: Record<string, unknown>, kid: string): KeyObject | undefined => {
  const [left, right] = [decode(x), decode(y)];
  if (kty !== 'EC' || crv !== 'P-256' || !left || !right) return undefined;
  if (left.length !== coordinateLength || right.length !== coordinateLength) return undefined;
  if (thumbprintOf({ x: x as string, y: y as string }) !== kid) return undefined;
  return keyAt(Buffer.concat([Buffer.of(4), left, right]));
};

/**
 * Checks a signed text with nothing but the published keys (RFC 7515 section 5.2): no network and no clock. `keySet` is
 * whatever stood in the file of keys.
 */
export const verifyJws = (
  text: string,
  keySet: unknown,
  { typ, longest }: { typ: string; longest: number },
): JwsOutcome => {
  // 1. Three parts, each in the one spelling of its bytes.
  const parts = text.length > longest ? [] : text.split('.');
  if (parts.length !== 3) return refused('malformed');
  const [headerPart = '', payloadPart = '', signaturePart] = parts;
  const header = readJson(headerPart);
  const signature = decode(signaturePart);
  if (!isObject(header) || !decode(payloadPart) || !signature) return refused('malformed');
  // 2. The header is ours to the letter; its members are looked at only to say what is wrong.
  if (header.typ !== typ) return refused('other-type');
  if (header.alg !== 'ES256') return refused('other-algorithm');
  const { kid } = header;
  if (typeof kid !== 'string' || headerPart !== jwsHeader(typ, kid)) return refused('other-header');
  // 3. The key.
  const candidates = named(keySet, kid);
  if (candidates.length === 0) return refused('unknown-key');
  const key = candidates.map((candidate) => keyOf(candidate, kid)).find((each) => each !== undefined);
  if (!key) return refused('unusable-key');
  // 4. The signature.
  const message = Buffer.from(`${headerPart}.${payloadPart}`);
  if (!isOneSpelling(signature) || !isSignedInJws(message, key, signature)) return refused('other-signature');
  return { status: 'verified', payload: readJson(payloadPart), kid };
};
