/** Order of the group of P-256, SP 800-186 section 3.2.1.3. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const coordinateLength = 32;

const sOf = (signature: Buffer): bigint =>
  BigInt(`0x${signature.subarray(coordinateLength).toString('hex')}`);

/**
 * With r and s, r and the negative of s is a valid signature too, and anybody can make the one of the other.
 * Only the one with the smaller s counts as ours: what we sign has one text.
 */
export const isOneSpelling = (signature: Buffer): boolean =>
  signature.length === 2 * coordinateLength && sOf(signature) <= order / 2n;

export const oneSpelling = (signature: Buffer): Buffer => {
  if (signature.length !== 2 * coordinateLength) throw new Error('the signature is not of 64 bytes');
  if (isOneSpelling(signature)) return signature;
  const negative = (order - sOf(signature)).toString(16).padStart(2 * coordinateLength, '0');
  return Buffer.concat([signature.subarray(0, coordinateLength), Buffer.from(negative, 'hex')]);
};
