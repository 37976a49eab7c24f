import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** AES-256-GCM under a driver's data key. The object's name is authenticated, so that no photo can stand in for another. */

const version = 1;
const ivBytes = 12;
const tagBytes = 16;
const headBytes = 1 + ivBytes + tagBytes;

export const seal = (key: Buffer, name: string, plain: Uint8Array): Buffer => {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(name));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(version), iv, cipher.getAuthTag(), sealed]);
};

/** Nothing for another key, another name, or a changed byte. */
export const unseal = (key: Buffer, name: string, sealed: Buffer): Buffer | undefined => {
  if (sealed.length < headBytes || sealed[0] !== version) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + ivBytes))
    .setAAD(Buffer.from(name))
    .setAuthTag(sealed.subarray(1 + ivBytes, headBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(headBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
};
