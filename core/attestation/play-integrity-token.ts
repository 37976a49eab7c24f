import { createPublicKey, type KeyObject } from 'node:crypto';
import { compactDecrypt, compactVerify } from 'jose';
import { readStrictJson } from './strict-json.ts';
import type { Verdict } from './verdict.ts';

export interface ClassicTokenKeys {
  /** AES-256, from the Play Console. */
  decryptionKey: Uint8Array;
  /** SubjectPublicKeyInfo of P-256, DER, from the Play Console. */
  verificationKey: Uint8Array;
}

export type ClassicTokenRefusal =
  | 'token-malformed'
  | 'token-encryption'
  | 'token-signature'
  | 'payload-malformed';

/** G3. */
const longestToken = 16_384;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** What Google writes, and members that say nothing about how to read: no compression, no keys, no extensions. */
const headerMembers: ReadonlySet<string> = new Set(['alg', 'enc', 'typ', 'cty', 'kid']);

const refused = (reason: ClassicTokenRefusal) => ({ status: 'refused', reason }) as const;

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
};

/** The parts of a compact serialisation, each in its one canonical spelling. */
const partsOf = (token: string, count: number): Buffer[] | undefined => {
  const texts = token.split('.');
  const parts = texts.map((text) => Buffer.from(text, 'base64url'));
  const isCanonical = parts.every((part, index) => part.toString('base64url') === texts[index]);
  return texts.length === count && isCanonical ? parts : undefined;
};

/** PI1: algorithms are ours to choose, not the token's. */
const hasHeader = (part: Buffer | undefined, expected: Record<string, string>): boolean => {
  const header = readStrictJson((part && textOf(part)) ?? '');
  if (typeof header !== 'object' || header === null || Array.isArray(header)) return false;
  const members = header as Record<string, unknown>;
  return (
    Object.keys(members).every((name) => headerMembers.has(name)) &&
    Object.entries(expected).every(([name, value]) => members[name] === value) &&
    'enc' in members === 'enc' in expected
  );
};

const verificationKeyOf = ({ verificationKey }: ClassicTokenKeys): KeyObject =>
  createPublicKey({ key: Buffer.from(verificationKey), format: 'der', type: 'spki' });

/** Whether tokens can be opened with these keys at all. */
export const areClassicTokenKeys = (keys: ClassicTokenKeys): boolean => {
  try {
    const { asymmetricKeyDetails } = verificationKeyOf(keys);
    return keys.decryptionKey.length === 32 && asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
};

/**
 * Opens a classic Play Integrity token with our own keys (PI1). What it says is for `checkVerdict` to judge.
 * Refuses whatever the token is. The keys are ours: `areClassicTokenKeys` tells whether they are any.
 */
export const decodeClassicToken = async (
  token: string,
  keys: ClassicTokenKeys,
): Promise<Verdict<unknown, ClassicTokenRefusal>> => {
  const verificationKey = verificationKeyOf(keys);
  if (typeof token !== 'string' || token.length > longestToken) return refused('token-malformed');
  const outer = partsOf(token, 5);
  if (!outer || !hasHeader(outer[0], { alg: 'A256KW', enc: 'A256GCM' })) return refused('token-encryption');
  const inner = await compactDecrypt(token, keys.decryptionKey, {
    keyManagementAlgorithms: ['A256KW'],
    contentEncryptionAlgorithms: ['A256GCM'],
  }).catch(() => undefined);
  if (!inner) return refused('token-encryption');
  const signed = textOf(inner.plaintext) ?? '';
  if (!hasHeader(partsOf(signed, 3)?.[0], { alg: 'ES256' })) return refused('token-signature');
  const verified = await compactVerify(signed, verificationKey, { algorithms: ['ES256'] }).catch(
    () => undefined,
  );
  if (!verified) return refused('token-signature');
  const payload = readStrictJson(textOf(verified.payload) ?? '');
  return payload === undefined ? refused('payload-malformed') : { status: 'verified', facts: payload };
};
