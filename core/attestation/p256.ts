import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { remembered } from '#core/shared/remembered.ts';

/** Begin of every P-256 SubjectPublicKeyInfo with an uncompressed point (RFC 5480), up to the byte before the point. */
const spkiPrefix = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
const uncompressed = 4;
const coordinateLength = 32;

/** The 65-byte uncompressed point in a SubjectPublicKeyInfo, or nothing for every other kind of key. */
export const pointIn = (spki: Buffer): Buffer | undefined => {
  const point = spki.subarray(spkiPrefix.length);
  const isP256 = spki.subarray(0, spkiPrefix.length).equals(spkiPrefix);
  return isP256 && isPoint(point) ? point : undefined;
};

const isPoint = (bytes: Uint8Array) => bytes.length === 65 && bytes[0] === uncompressed;

/** Keys that were asked for lately: reading one costs a third of checking a signature with it. */
const known = remembered<KeyObject>(2_000);

/** The key at a 65-byte uncompressed point; nothing for what is no point of the curve. */
export const keyAt = (point: Buffer): KeyObject | undefined => {
  if (!isPoint(point)) return undefined;
  const name = point.toString('latin1');
  const earlier = known.get(name);
  if (earlier) return earlier;
  const spki = Buffer.concat([spkiPrefix, point]).toString('base64');
  try {
    // From PEM: Node reads a JWK by throwing and catching four errors, which takes three times as long.
    const key = createPublicKey(`-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----`);
    known.set(name, key);
    return key;
  } catch {
    return undefined;
  }
};

/** ECDSA with SHA-256 over the message; the signature in strict DER, as App Attest and Android write it. */
export const isSignedInDer = (message: Uint8Array, key: KeyObject, signature: Uint8Array): boolean => {
  try {
    return verify('sha256', message, key, signature);
  } catch {
    return false;
  }
};

const derInteger = (bytes: Buffer): Buffer => {
  const start = bytes.findIndex((byte, index) => byte !== 0 || index === bytes.length - 1);
  const sign = (bytes[start] as number) >= 0x80 ? [0] : [];
  const content = [...sign, ...bytes.subarray(start)];
  return Buffer.from([0x02, content.length, ...content]);
};

/**
 * ECDSA with SHA-256; the signature as the 64 bytes r and s, as JWS writes it (RFC 7518 section 3.4).
 * Turned into DER here: the option for this form costs Node two thrown errors a call, a third of the whole.
 */
export const isSignedInJws = (message: Uint8Array, key: KeyObject, signature: Buffer): boolean => {
  if (signature.length !== 2 * coordinateLength) return false;
  const content = Buffer.concat([
    derInteger(signature.subarray(0, coordinateLength)),
    derInteger(signature.subarray(coordinateLength)),
  ]);
  return isSignedInDer(message, key, Buffer.concat([Buffer.from([0x30, content.length]), content]));
};
