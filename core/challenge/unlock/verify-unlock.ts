import { createHash } from 'node:crypto';
import { readHead } from '#core/attestation/app-attest-authenticator-data.ts';
import { readCbor } from '#core/attestation/cbor.ts';
import { isSignedInDer, keyAt } from '#core/attestation/p256.ts';
import { readStrictJson } from '#core/attestation/strict-json.ts';
import { need, refuse, type Verdict, verdictOf } from '#core/attestation/verdict.ts';

/** What a phone sends when its owner has unlocked a key (WebAuthn section 5.2.2), each in base64url. */
export interface UnlockAssertion {
  authenticatorData: string;
  clientDataJson: string;
  signature: string;
}

export interface UnlockExpectation {
  /** In base64url, as the phone was given it. */
  challenge: string;
  rpId: string;
  /** `https://<host>`, or of Android apps `android:apk-key-hash:<SHA-256 of the signing certificate, base64url>`. */
  origins: readonly string[];
  /** Coordinates on P-256, 32 bytes each in base64url. */
  publicKey: { x: string; y: string };
}

export interface Unlock {
  /** For people who investigate; no rule reads it. */
  signCount: number;
}

export type UnlockRefusal =
  | 'unlock-malformed'
  | 'unlock-type'
  | 'other-challenge'
  | 'other-origin'
  | 'cross-origin'
  | 'authenticator-data-length'
  | 'other-rp'
  | 'user-not-present'
  | 'user-not-verified'
  | 'backup-flags'
  | 'attested-data'
  | 'cbor-malformed'
  | 'cbor-trailing'
  | 'extensions'
  | 'unlock-key'
  | 'signature-invalid';

/** In characters of base64url: far more than phones send. */
const longest: Readonly<Record<keyof UnlockAssertion, number>> = {
  authenticatorData: 1_024,
  clientDataJson: 2_048,
  signature: 256,
};

/** Bits of the flags, WebAuthn section 6.1. */
const flag = {
  present: 0x01,
  verified: 0x04,
  mayBackUp: 0x08,
  backedUp: 0x10,
  attested: 0x40,
  extended: 0x80,
};

/** One spelling only: a phone writes no other. */
const bytesOf = (text: unknown, most: number): Buffer => {
  need(typeof text === 'string' && text !== '' && text.length <= most, 'unlock-malformed');
  const bytes = Buffer.from(text, 'base64url');
  need(bytes.toString('base64url') === text, 'unlock-malformed');
  return bytes;
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

const textOf = (bytes: Buffer): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    return refuse('unlock-malformed');
  }
};

/** DU1 to DU3: what the app asked for. Members that nobody asked for are the platform's to add (section 5.8.1). */
const checkClientData = (bytes: Buffer, { challenge, origins }: UnlockExpectation): void => {
  const data = readStrictJson(textOf(bytes));
  need(typeof data === 'object' && data !== null && !Array.isArray(data), 'unlock-malformed');
  const { type, challenge: answered, origin, crossOrigin, topOrigin } = data as Record<string, unknown>;
  need(type === 'webauthn.get', 'unlock-type');
  need(answered === challenge, 'other-challenge');
  need(typeof origin === 'string' && origins.includes(origin), 'other-origin');
  // No page of ours is framed by another.
  need((crossOrigin === undefined || crossOrigin === false) && topOrigin === undefined, 'cross-origin');
};

/** DU4 to DU6: what the authenticator says. */
const checkAuthenticatorData = (authenticatorData: Buffer, rpId: string): Unlock => {
  const { rpIdHash, flags, counter, rest } = readHead(authenticatorData);
  need(createHash('sha256').update(rpId).digest().equals(rpIdHash), 'other-rp');
  const has = (bit: number) => (flags & bit) !== 0;
  need(has(flag.present), 'user-not-present');
  need(has(flag.verified), 'user-not-verified');
  need(has(flag.mayBackUp) || !has(flag.backedUp), 'backup-flags');
  // Section 6.1: of new keys only.
  need(!has(flag.attested), 'attested-data');
  // None is asked for. What a platform adds by itself is ignored, which is ours to choose; it must be what it says.
  if (has(flag.extended)) need(readCbor(rest) instanceof Map, 'extensions');
  else need(rest.length === 0, 'authenticator-data-length');
  return { signCount: counter };
};

const keyOf = ({ x, y }: UnlockExpectation['publicKey']) => {
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return keyAt(point) ?? refuse('unlock-key');
};

/**
 * Checks that the holder of a phone unlocked its key for this challenge (W3C WebAuthn Level 3, section 7.2, from the
 * client data on: whose key it is, the caller knows). The signature counter is read and not compared: keys that are
 * synchronised always send 0, and what it would detect, an assertion sent twice, a challenge that is good once detects
 * better: a repeated answer after a lost connection stays harmless.
 */
export const verifyUnlock = (
  assertion: UnlockAssertion,
  expected: UnlockExpectation,
): Verdict<Unlock, UnlockRefusal> =>
  verdictOf(() => {
    const authenticatorData = bytesOf(assertion.authenticatorData, longest.authenticatorData);
    const clientData = bytesOf(assertion.clientDataJson, longest.clientDataJson);
    const signature = bytesOf(assertion.signature, longest.signature);
    checkClientData(clientData, expected);
    const unlock = checkAuthenticatorData(authenticatorData, expected.rpId);
    // DU7
    const signed = Buffer.concat([authenticatorData, createHash('sha256').update(clientData).digest()]);
    need(isSignedInDer(signed, keyOf(expected.publicKey), signature), 'signature-invalid');
    return unlock;
  });
