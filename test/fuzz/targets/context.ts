import { createHash, sign } from 'node:crypto';
import { readCertificate } from '#core/attestation/certificate.ts';
import { iosAppId } from '#phone/app-identity.ts';
import { dpopKeyFrom } from '#phone/dpop.ts';
import { softwareAndroid } from '#phone/software-android.ts';
import { softwareIphone } from '#phone/software-iphone.ts';
import { testAnchors } from '#phone/test-anchors.ts';
import { testKey } from '#phone/test-keys.ts';

/** Keys and clock are the same in every run: what one run finds, another can try again. */
export const now = Date.UTC(2026, 10, 21, 12);
export const clock = () => now;

export const sha256 = (...parts: readonly (Uint8Array | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
export const hashText = (bytes: string | Uint8Array) => sha256(bytes).toString('base64url');

export const proofKey = dpopKeyFrom(testKey('TEST ONLY Evenfield fuzzing proof key').privateKey);
export const attestedKey = testKey('TEST ONLY Evenfield fuzzing App Attest key').privateKey;
const deviceKey = testKey('TEST ONLY Evenfield fuzzing device key');

export const anIphone = (ios27?: false) =>
  softwareIphone({
    key: attestedKey,
    dpopKey: proofKey,
    now: clock,
    ...(ios27 === false && { ios27 }),
  });

export const anAndroid = (options: Parameters<typeof softwareAndroid>[0] = {}) =>
  softwareAndroid({ deviceKey, deviceSerial: '5e71a1', dpopKey: proofKey, now: clock, ...options });

const certificates = (list: readonly string[]) =>
  list.map((text) => readCertificate(Buffer.from(text, 'base64')));
export const roots = {
  appAttest: certificates(testAnchors.appAttestRoots),
  receipt: certificates(testAnchors.receiptRoots),
};

export const release = { validationCategories: [4], allowMissingCategory: true };
export const attestationPolicy = {
  ...release,
  appIds: [iosAppId],
  environment: 'production' as const,
  roots: roots.appAttest,
  platforms: ['iphoneos'],
};

export const signWithAttestedKey = (message: Uint8Array): Buffer => sign('sha256', message, attestedKey);
export const base64 = (text: string) => Buffer.from(text, 'base64');
export const textOf = (bytes: Buffer | undefined) => (bytes ?? Buffer.alloc(0)).toString('latin1');

export const isJsonOf = (bytes: Buffer, due: unknown, isDue: (value: never) => boolean): boolean => {
  try {
    return isDue(JSON.parse(bytes.toString()) as never);
  } catch {
    return due === undefined;
  }
};
