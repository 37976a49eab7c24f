import * as z from 'zod/mini';
import { instant, platform, tier } from './primitives.ts';
import { defineRoute } from './route.ts';

export const deviceStatus = z.enum([
  'active',
  'cooling-off',
  'pending-approval',
  'suspended',
  'replaced',
  'removed',
]);
export type DeviceStatus = z.infer<typeof deviceStatus>;

const deviceId = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/));
const base64Of = (maxBytes: number) =>
  z
    .string()
    .check(
      z.regex(/^[A-Za-z0-9+/_-]+={0,2}$/, 'expected base64 or base64url'),
      z.maxLength(Math.ceil(maxBytes / 3) * 4),
    );
const coordinate = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));

/** The public key that signs proofs of possession: P-256, public members only (RFC 7517, RFC 7518 section 6.2). */
export const proofKey = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: coordinate,
  y: coordinate,
});
export type ProofKey = z.infer<typeof proofKey>;

/** What a driver can do now, in plain words; `way` is stable, for programs. */
export const wayOn = z.strictObject({ way: z.string(), text: z.string() });
export type WayOn = z.infer<typeof wayOn>;

export const device = z.strictObject({
  deviceId,
  platform,
  tier,
  status: deviceStatus,
  /** Why the tier is what it is: stable codes, none for the best. */
  reasons: z.array(z.string()),
  enrolledAt: instant,
  /** With `cooling-off`: from then on it claims. */
  claimsFrom: z.optional(instant),
});
export type Device = z.infer<typeof device>;

export const createDeviceChallenge = defineRoute({
  operation: 'createDeviceChallenge',
  method: 'POST',
  path: '/v1/device-challenges',
  level: 'login',
  summary: 'Ask for a challenge that the evidence of one enrolment must hold. It serves once.',
  body: z.strictObject({ platform }),
  bodyLimit: 1_024,
  responses: {
    201: z.strictObject({
      challengeId: z.string(),
      /** 32 random bytes, base64url. */
      challenge: z.string(),
      expiresAt: instant,
      /** The account that the evidence must name. */
      accountId: z.string(),
    }),
  },
  refusals: ['slow-down'],
});

export const enrolDevice = defineRoute({
  operation: 'enrolDevice',
  method: 'POST',
  path: '/v1/devices',
  level: 'login',
  summary: 'Enrol a phone with the evidence of its platform.',
  body: z.strictObject({
    challengeId: z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/)),
    platform,
    dpopJwk: proofKey,
    /** iOS: identifier of the App Attest key. */
    keyId: z.optional(base64Of(32)),
    /** iOS: the attestation object. */
    attestation: z.optional(base64Of(16_384)),
    /** iOS: an assertion over the same client data; checked when it is sent. */
    assertion: z.optional(base64Of(2_048)),
    /** iOS: the exact bytes whose hash was attested. */
    clientData: z.optional(base64Of(1_024)),
    /** Android: certificates of the key, leaf first, DER. */
    certificateChain: z.optional(z.array(base64Of(32_768)).check(z.minLength(1), z.maxLength(10))),
    /** Android: a Play Integrity token. */
    integrityToken: z.optional(z.string().check(z.minLength(1), z.maxLength(16_384))),
  }),
  bodyLimit: 98_304,
  responses: { 201: device },
  refusals: [
    'attestation-rejected',
    'account-restricted',
    'challenge-invalid',
    'device-key-in-use',
    'too-many-device-changes',
    'slow-down',
    'try-again',
  ],
});

export const listDevices = defineRoute({
  operation: 'listDevices',
  method: 'GET',
  path: '/v1/devices',
  level: 'login',
  summary: "The driver's own phones, newest first.",
  responses: { 200: z.strictObject({ devices: z.array(device) }) },
  refusals: [],
});

export const removeDevice = defineRoute({
  operation: 'removeDevice',
  method: 'DELETE',
  path: '/v1/devices/{deviceId}',
  level: 'login',
  summary: "Remove one of the driver's own phones. Every session of the driver ends within a minute.",
  params: z.strictObject({ deviceId }),
  responses: { 204: null },
  refusals: ['unknown-device', 'try-again'],
});

export const approveDevice = defineRoute({
  operation: 'approveDevice',
  method: 'POST',
  path: '/v1/devices/{deviceId}/approval',
  level: 'device',
  summary: 'Approve a new phone from the one that claims now.',
  params: z.strictObject({ deviceId }),
  responses: { 200: device },
  refusals: [
    'unknown-device',
    'device-not-eligible',
    'account-restricted',
    'device-not-pending',
    'too-many-device-changes',
    'try-again',
  ],
});

export const createDeviceToken = defineRoute({
  operation: 'createDeviceToken',
  method: 'POST',
  path: '/v1/device-tokens',
  level: 'login',
  summary: 'Exchange a login and a proof of possession for an access token that is bound to the phone.',
  responses: {
    200: z.strictObject({
      accessToken: z.string(),
      tokenType: z.literal('DPoP'),
      /** Seconds. */
      expiresIn: z.int(),
      deviceId,
      tier,
      status: deviceStatus,
      /** With `cooling-off`: from then on it claims. */
      claimsFrom: z.optional(instant),
      /** Android: from then on the app should enrol a new key and approve it from this phone. */
      renewFrom: z.optional(instant),
      /** What stands between this phone and a claim; absent when nothing does. */
      friction: z.optional(z.string()),
      ways: z.optional(z.array(wayOn)),
    }),
  },
  refusals: ['proof-invalid', 'device-not-eligible', 'account-restricted', 'try-again'],
});

const base64url = (most: number) => z.string().check(z.regex(/^[A-Za-z0-9_-]+$/), z.maxLength(most));

export const enrolUnlockKey = defineRoute({
  operation: 'enrolUnlockKey',
  method: 'PUT',
  path: '/v1/devices/{deviceId}/unlock-key',
  level: 'device',
  claimProof: true,
  summary: 'Enrol the key that this phone unlocks for a challenge, in place of the one before.',
  params: z.strictObject({ deviceId }),
  /** The new key and the first assertion that it signed. */
  body: z.strictObject({
    publicKey: proofKey,
    credentialId: base64url(1_364),
    authenticatorData: base64url(1_024),
    clientDataJson: base64url(2_048),
    signature: base64url(256),
  }),
  bodyLimit: 8_192,
  responses: { 200: z.strictObject({ deviceId, unlockKey: z.literal(true) }) },
  refusals: ['unknown-device', 'attestation-rejected', 'account-restricted', 'try-again'],
});

/** Why a person let a phone pass, in that person's own words. */
const rationale = z.string().check(z.minLength(10), z.maxLength(1_000));

export const checkDevice = defineRoute({
  operation: 'checkDevice',
  method: 'POST',
  path: '/v1/operator/drivers/{driverId}/devices/{deviceId}/checks',
  level: 'analyst',
  summary:
    'A person has checked who holds this phone: approves it when it waits, and lets it claim for a time.',
  params: z.strictObject({ driverId: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/)), deviceId }),
  body: z.strictObject({ rationale }),
  responses: { 201: device },
  refusals: ['unknown-device', 'device-not-eligible', 'try-again'],
});
