import type { KeyObject } from 'node:crypto';
import { type ErasureReceipt, erasureReceipt, receiptType } from '#contract/receipts.ts';
import { thumbprintOf } from '#core/attestation/dpop.ts';
import { isSignedInJws, keyAt } from '#core/attestation/p256.ts';
import { readStrictJson } from '#core/attestation/strict-json.ts';
import { receiptHeader } from './receipt.ts';
import { isOneSpelling } from './signature-form.ts';

export type ReceiptRefusal =
  /** Not three parts of base64url in its one spelling, or not JSON in them. */
  | 'malformed'
  /** A signed thing, but no receipt of an erasure. */
  | 'other-type'
  | 'other-algorithm'
  /** Header members that no receipt of ours has, or in another spelling. */
  | 'other-header'
  /** Nothing in the key set has this name. */
  | 'unknown-key'
  /** What the key set has under this name is no key of P-256 with this thumbprint. */
  | 'unusable-key'
  | 'other-signature'
  /** Signed by us, in a form that this version does not know. */
  | 'other-form';

export type ReceiptOutcome =
  | { status: 'verified'; payload: ErasureReceipt; kid: string }
  | { status: 'refused'; reason: ReceiptRefusal };

/** Thirty-two entries of either kind at their longest, in a script of three bytes a letter, are 120 KB. */
const longestReceipt = 131_072;
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

const refused = (reason: ReceiptRefusal): ReceiptOutcome => ({ status: 'refused', reason });

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
 * Checks a receipt with nothing but the published keys (RFC 7515 section 5.2): no network, no clock, since a receipt
 * does not run out. `keySet` is whatever stood in the file of keys.
 */
export const verifyReceipt = (text: string, keySet: unknown): ReceiptOutcome => {
  // 1. Three parts, each in the one spelling of its bytes.
  const parts = text.length > longestReceipt ? [] : text.split('.');
  if (parts.length !== 3) return refused('malformed');
  const [headerPart = '', payloadPart = '', signaturePart] = parts;
  const header = readJson(headerPart);
  const signature = decode(signaturePart);
  if (!isObject(header) || !decode(payloadPart) || !signature) return refused('malformed');
  // 2. The header is ours to the letter; its members are looked at only to say what is wrong.
  if (header.typ !== receiptType) return refused('other-type');
  if (header.alg !== 'ES256') return refused('other-algorithm');
  const { kid } = header;
  if (typeof kid !== 'string' || headerPart !== receiptHeader(kid)) return refused('other-header');
  // 3. The key.
  const candidates = named(keySet, kid);
  if (candidates.length === 0) return refused('unknown-key');
  const key = candidates.map((candidate) => keyOf(candidate, kid)).find((each) => each !== undefined);
  if (!key) return refused('unusable-key');
  // 4. The signature.
  const message = Buffer.from(`${headerPart}.${payloadPart}`);
  if (!isOneSpelling(signature) || !isSignedInJws(message, key, signature)) return refused('other-signature');
  // 5. What was signed.
  const payload = erasureReceipt.safeParse(readJson(payloadPart));
  return payload.success ? { status: 'verified', payload: payload.data, kid } : refused('other-form');
};
