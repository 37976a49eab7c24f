import { createECDH, type KeyObject, randomBytes } from 'node:crypto';

/**
 * ECDSA on P-256 over a digest that somebody else made (FIPS 186-5 section 6.4): `node:crypto` signs messages only.
 * Points are multiplied by its ECDH; the rest is arithmetic that takes longer for some numbers than for others,
 * which on a developer's machine gives nothing away.
 */

/** Order of the group, SP 800-186 section 3.2.1.3. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const length = 32;

const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
const bytesOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex');
const modulo = (value: bigint): bigint => ((value % order) + order) % order;
const isScalar = (value: bigint): boolean => value > 0n && value < order;

/** Fermat: the order is a prime. */
function inverse(value: bigint): bigint {
  let [result, power, exponent] = [1n, modulo(value), order - 2n];
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * power) % order;
    power = (power * power) % order;
  }
  return result;
}

/** x of the generator taken so many times, modulo the order. */
function multiple(scalar: bigint): bigint {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(bytesOf(scalar));
  return modulo(numberOf(curve.getPublicKey().subarray(1, 1 + length)));
}

const secretOf = (key: KeyObject): bigint =>
  numberOf(Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'));

/** r and s over 32 bytes of digest. */
export function signDigest(key: KeyObject, digest: Buffer): { r: bigint; s: bigint } {
  for (;;) {
    const nonce = numberOf(randomBytes(length));
    if (!isScalar(nonce)) continue;
    const r = multiple(nonce);
    const s = modulo(inverse(nonce) * (numberOf(digest) + r * secretOf(key)));
    if (r !== 0n && s !== 0n) return { r, s };
  }
}

/** With the private key at hand u1 G + u2 Q is one multiple of the generator. */
export function isDigestSigned(key: KeyObject, digest: Buffer, signature: { r: bigint; s: bigint }): boolean {
  const { r, s } = signature;
  if (!isScalar(r) || !isScalar(s)) return false;
  const nonce = modulo(inverse(s) * (numberOf(digest) + r * secretOf(key)));
  return nonce !== 0n && multiple(nonce) === r;
}

const integer = (value: bigint): Buffer => {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  const content = (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes]);
  return Buffer.concat([Buffer.of(0x02, content.length), content]);
};

/** As AWS KMS writes signatures: the DER of RFC 3279 section 2.2.3. */
export function derOf({ r, s }: { r: bigint; s: bigint }): Buffer {
  const content = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([Buffer.of(0x30, content.length), content]);
}

/** Nothing for what is not written as `derOf` writes it. */
export function readSignature(der: Buffer): { r: bigint; s: bigint } | undefined {
  const lengthOfR = der[3] ?? 0;
  const signature = {
    r: numberOf(der.subarray(4, 4 + lengthOfR)),
    s: numberOf(der.subarray(6 + lengthOfR)),
  };
  return isScalar(signature.r) && isScalar(signature.s) && derOf(signature).equals(der)
    ? signature
    : undefined;
}
