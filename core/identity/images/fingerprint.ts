import { createHmac } from 'node:crypto';

/**
 * What tells that a driver sent the same picture again: HMAC-SHA-256 in base64url, of the bytes that `readSelfie` gave
 * back, so that other EXIF makes no other picture. Under a key of the driver's own: nobody without it can look up whether
 * a picture at hand was sent, nor match pictures across drivers, and nothing matches once the key is destroyed.
 */
export const imageFingerprint = (key: Buffer, bytes: Buffer): string =>
  createHmac('sha256', key).update(bytes).digest('base64url');
