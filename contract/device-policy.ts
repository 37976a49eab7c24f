import * as z from 'zod/mini';

const hex = (bytes: number) => z.string().check(z.regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`)));
const base64 = z.string().check(z.regex(/^[A-Za-z0-9+/]+={0,2}$/));
const whole = (least: number, most: number) => z.int().check(z.gte(least), z.lte(most));

const secretArn = z.string().check(z.regex(/^arn:aws[a-z-]*:secretsmanager:/));

/** How App Attest evidence of the driver app looks. */
export const iosPolicy = z.strictObject({
  /** `TEAMID.bundle.id`. */
  appIds: z
    .array(z.string().check(z.regex(/^[A-Z0-9]{10}\.[\w.-]{1,150}$/)))
    .check(z.minLength(1), z.maxLength(4)),
  environment: z.enum(['production', 'development']),
  /** Of iOS 27 and later: 4 is the App Store, 2 TestFlight. */
  validationCategories: z.array(whole(0, 255)).check(z.minLength(1)),
  /** While phones before iOS 27 are supported. */
  allowMissingCategory: z.boolean(),
  /** Released builds; left out: any. */
  bundleVersions: z.optional(z.array(z.string())),
  /** Of a secret that is made by hand: the key that Apple is asked for new receipts with. Left out: nobody asks. */
  receiptSecretArn: z.optional(secretArn),
});
export type IosPolicy = z.infer<typeof iosPolicy>;

const playIntegrityPolicy = z.strictObject({
  /** `classic`: decrypted here with keys of ours. `standard`: decoded by Google's server. */
  tokens: z.enum(['classic', 'standard']),
  /** Of a secret that is made by hand: docs/deploy.md says what it holds. */
  secretArn,
  requireLicensed: z.boolean(),
  /** 1 to 4; a phone with more activity than this is graded down. */
  maxActivityLevel: z.optional(whole(1, 4)),
});

/** How key attestations of the driver app look. */
export const androidPolicy = z.strictObject({
  packageName: z.string().check(z.regex(/^[\w.]{3,150}$/)),
  /** SHA-256 of the certificates that sign the app. */
  signatureDigests: z.array(hex(32)).check(z.minLength(1), z.maxLength(4)),
  minVersionCode: z.optional(whole(0, 2_100_000_000)),
  /** yyyymm. */
  minPatchLevel: z.optional(whole(201_801, 209_912)),
  /** 1: trusted environment; 2: StrongBox. */
  minSecurityLevel: z.union([z.literal(1), z.literal(2)]),
  /** Verified boot keys of systems that we trust although they are not their maker's (AK15). */
  selfSignedBootKeys: z.array(hex(32)),
  playIntegrity: z.optional(playIntegrityPolicy),
});
export type AndroidPolicy = z.infer<typeof androidPolicy>;

export const enrolmentPolicy = z.strictObject({
  coolingOffHours: whole(0, 72),
  /** A driver's first phone waits as well: where passwords were shared before phones were asked for. */
  firstPhoneCoolsOff: z.boolean(),
  /** Changes of phones in 30 days. */
  maxChanges: whole(1, 30),
  attestationLifetimeDays: whole(1, 90),
  checkLifetimeDays: whole(1, 90),
});

/** For whom a phone unlocks a key: what WebAuthn calls relying party and origins. */
export const unlockPolicy = z.strictObject({
  rpId: z.string().check(z.regex(/^[a-z0-9.-]{1,253}$/)),
  /** `https://host` of the app's domain, `android:apk-key-hash:...` of the certificate that signs the app. */
  origins: z.array(z.string().check(z.minLength(1), z.maxLength(200))).check(z.minLength(1), z.maxLength(4)),
});
export type UnlockPolicy = z.infer<typeof unlockPolicy>;

/** Roots of software phones: certificates as base64 DER, and SHA-256 of public keys. */
export const testAnchors = z.strictObject({
  appAttestRoots: z.array(base64),
  receiptRoots: z.array(base64),
  keyAttestationRootPins: z.array(hex(32)),
});
export type TestAnchors = z.infer<typeof testAnchors>;

/** By what a stage trusts phones. */
export const devicePolicy = z.strictObject({
  ios: z.optional(iosPolicy),
  android: z.optional(androidPolicy),
  enrolment: enrolmentPolicy,
  /** Left out: no phone is asked to unlock anything. */
  unlock: z.optional(unlockPolicy),
  /** The local stage only. */
  testAnchors: z.optional(testAnchors),
});
export type DevicePolicy = z.infer<typeof devicePolicy>;
