import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSignedInDer, isSignedInJws, keyAt, pointIn } from '#core/attestation/p256.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spki = publicKey.export({ format: 'der', type: 'spki' });
const point = pointIn(spki) as Buffer;
const key = keyAt(point);
if (!key) throw new Error('a genuine point was refused');

describe('a signature of 64 bytes', () => {
  const message = Buffer.from('message');
  const node = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;

  it('is accepted exactly when Node accepts it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 40 }), (text) => {
        const signature = sign('sha256', text, { key: privateKey, dsaEncoding: 'ieee-p1363' });
        expect(isSignedInJws(text, key, signature)).toBe(true);
        expect(isSignedInJws(message, key, signature)).toBe(verify('sha256', message, node, signature));
      }),
    );
  });

  it('is refused with zeros, beyond the order, too short or too long, and never throws', () => {
    const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
    const good = sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    const halves = [good.subarray(0, 32), good.subarray(32), Buffer.alloc(32), order, Buffer.alloc(32, 255)];
    for (const [left, r] of halves.entries())
      for (const [right, s] of halves.entries())
        expect(isSignedInJws(message, key, Buffer.concat([r, s]))).toBe(left === 0 && right === 1);
    for (const wrong of [Buffer.alloc(0), good.subarray(1), Buffer.concat([good, Buffer.alloc(1)])])
      expect(isSignedInJws(message, key, wrong)).toBe(false);
    expect(isSignedInDer(message, key, good)).toBe(false);
  });
});

describe('a point', () => {
  it('of the curve is a key, and the same one that Node reads', () => {
    const again = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    expect(key.equals(again)).toBe(true);
  });

  it('beside the curve, compressed or of another length is none', () => {
    const beside = Buffer.from(point);
    beside[64] = (beside[64] as number) ^ 1;
    const compressed = Buffer.concat([Buffer.of(2), point.subarray(1)]);
    for (const wrong of [
      beside,
      compressed,
      point.subarray(1),
      Buffer.alloc(65),
      Buffer.concat([Buffer.of(4), Buffer.alloc(64)]),
    ])
      expect(keyAt(wrong)).toBeUndefined();
  });

  it('is not found in keys of another kind', () => {
    const others = [
      generateKeyPairSync('ec', { namedCurve: 'P-384' }),
      generateKeyPairSync('ed25519'),
      generateKeyPairSync('rsa', { modulusLength: 2_048 }),
    ];
    for (const other of others)
      expect(pointIn(other.publicKey.export({ format: 'der', type: 'spki' }))).toBeUndefined();
  });
});
