import { createECDH, createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** A key pair with the forms in which its public half is written. */
export interface SigningKey {
  privateKey: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  spki: Buffer;
}

const curves = {
  'P-256': { name: 'prime256v1', hash: 'sha256', size: 32 },
  'P-384': { name: 'secp384r1', hash: 'sha384', size: 48 },
} as const;
export type Curve = keyof typeof curves;

export const spkiOf = (key: KeyObject): Buffer =>
  createPublicKey(key).export({ format: 'der', type: 'spki' });

const known = new Map<string, SigningKey>();

/**
 * The key that a label stands for: everybody can make it, so that trusting it means trusting everybody. No private key
 * is in the repository, and every run has the same ones.
 */
export const testKey = (label: `TEST ONLY ${string}`, curve: Curve = 'P-256'): SigningKey => {
  const { name, hash, size } = curves[curve];
  const id = `${curve} ${label}`;
  const before = known.get(id);
  if (before) return before;
  const scalar = createHash(hash).update(label).digest();
  const pair = createECDH(name);
  pair.setPrivateKey(scalar);
  const point = pair.getPublicKey();
  const privateKey = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: curve,
      d: scalar.toString('base64url'),
      x: point.subarray(1, 1 + size).toString('base64url'),
      y: point.subarray(1 + size).toString('base64url'),
    },
  });
  const key = { privateKey, spki: spkiOf(privateKey) };
  known.set(id, key);
  return key;
};
