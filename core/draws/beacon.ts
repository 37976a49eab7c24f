import { createHash } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import type { BeaconChain } from '#contract/sharing-policy.ts';

/** Of the scheme `bls-unchained-g1-rfc9380`: signatures are points of G1, hashed to by RFC 9380. */
const domain = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';
const { shortSignatures: scheme } = bls12_381;

/** A round's message: the SHA-256 of its number, 8 bytes big-endian. */
export const beaconMessage = (round: number) => {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(round));
  return scheme.hash(createHash('sha256').update(number).digest(), domain);
};

/** Whether a value is the chain's own of that round. Takes some 50 ms; false for whatever is no signature at all. */
export const isBeaconValue = ({ publicKey }: BeaconChain, round: number, signature: string): boolean => {
  if (!/^[0-9a-f]{96}$/.test(signature)) return false;
  try {
    return scheme.verify(Buffer.from(signature, 'hex'), beaconMessage(round), Buffer.from(publicKey, 'hex'));
  } catch {
    // Not a point of the curve.
    return false;
  }
};

/** The generator of G1: a signature in form, and nobody's. */
const somePoint =
  '97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb';

/** The first check takes as long as five others. */
export const warmUpBeacon = (chain: BeaconChain): void => {
  isBeaconValue(chain, 1, somePoint);
};
