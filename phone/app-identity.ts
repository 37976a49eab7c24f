import { createHash } from 'node:crypto';

/** The driver app as the local stage's device policy knows it. TEST ONLY: there is no such app in any store. */
export const iosAppId = 'TESTTEAM01.com.example.driver';
export const iosBundleVersion = '412';
export const androidPackage = 'com.example.driver';
export const androidVersionCode = 412;
/** SHA-256 of the certificate that signs the Android app, lower-case hex. */
export const androidSigningDigest = createHash('sha256')
  .update('TEST ONLY Evenfield driver app')
  .digest('hex');
