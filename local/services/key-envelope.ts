import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/**
 * What the stand-in's Encrypt and GenerateDataKey answer as a ciphertext: version (1 byte), key id (16), nonce (12),
 * tag (16), AES-256-GCM of the plaintext. Everything before the tag and the encryption context are authenticated.
 * The form is the stand-in's own: that of AWS KMS is not published, and nobody may rely on either.
 */
const version = 1;
const [keyIdLength, nonceLength, tagLength] = [16, 12, 16];
const nonceStart = 1 + keyIdLength;
const tagStart = nonceStart + nonceLength;
const contentStart = tagStart + tagLength;

export type EncryptionContext = Readonly<Record<string, string>>;

/** One spelling whatever the order of the members; no context and an empty one are the same, as in AWS KMS. */
const canonical = (context: EncryptionContext): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));

const bytesOfId = (keyId: string) => Buffer.from(keyId.replaceAll('-', ''), 'hex');

const idOf = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

interface Key {
  readonly keyId: string;
  readonly material: Buffer;
}

export function seal({ keyId, material }: Key, plaintext: Buffer, context: EncryptionContext): Buffer {
  const head = Buffer.concat([Buffer.of(version), bytesOfId(keyId), randomBytes(nonceLength)]);
  const cipher = createCipheriv('aes-256-gcm', material, head.subarray(nonceStart));
  cipher.setAAD(Buffer.concat([head, canonical(context)]));
  const content = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([head, cipher.getAuthTag(), content]);
}

/** The id of the key that sealed it, if this is a ciphertext of ours at all. */
export function sealedBy(blob: Buffer): string | undefined {
  return blob.length > contentStart && blob[0] === version ? idOf(blob.subarray(1, nonceStart)) : undefined;
}

/** Nothing when a byte, the context or the key is another one. */
export function open({ material }: Key, blob: Buffer, context: EncryptionContext): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-gcm', material, blob.subarray(nonceStart, tagStart), {
    authTagLength: tagLength,
  });
  decipher.setAAD(Buffer.concat([blob.subarray(0, tagStart), canonical(context)]));
  decipher.setAuthTag(blob.subarray(tagStart, contentStart));
  const plaintext = decipher.update(blob.subarray(contentStart));
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    return undefined;
  }
}
