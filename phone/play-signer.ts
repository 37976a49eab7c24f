import { createHash } from 'node:crypto';
import { CompactEncrypt, CompactSign } from 'jose';
import { androidPackage, androidSigningDigest, androidVersionCode } from './app-identity.ts';
import { testKey } from './test-keys.ts';

const verificationKey = () => testKey('TEST ONLY Evenfield Play Integrity verification key');
const decryptionKey = () =>
  createHash('sha256').update('TEST ONLY Evenfield Play Integrity decryption key').digest();

/** As the Play Console shows them, base64. */
export const playKeys = () => ({
  decryptionKey: decryptionKey().toString('base64'),
  verificationKey: verificationKey().spki.toString('base64'),
});

/** https://developer.android.com/google/play/integrity/verdicts */
export interface PlayPayload {
  requestDetails: {
    requestPackageName: string;
    timestampMillis: string;
    /** Classic requests. */
    nonce?: string;
    /** Standard requests. */
    requestHash?: string;
  };
  appIntegrity: {
    appRecognitionVerdict: string;
    packageName?: string;
    /** Base64url without padding. */
    certificateSha256Digest?: readonly string[];
    versionCode?: string;
  };
  deviceIntegrity: {
    deviceRecognitionVerdict?: readonly string[];
    recentDeviceActivity?: { deviceActivityLevel: string };
    deviceAttributes?: { sdkVersion: number };
    deviceRecall?: { values: Record<string, boolean>; writeDates: Record<string, number> };
  };
  accountDetails: { appLicensingVerdict: string };
  environmentDetails?: {
    playProtectVerdict?: string;
    appAccessRiskVerdict?: { appsDetected?: readonly string[] };
  };
  testingDetails?: { isTestingResponse: boolean };
}

/** Parts that replace the default ones, whole objects each merged one level deep. */
export type PlayOverrides = { [Part in keyof PlayPayload]?: Partial<PlayPayload[Part]> | null };

export const deviceLabels = {
  basic: 'MEETS_BASIC_INTEGRITY',
  device: 'MEETS_DEVICE_INTEGRITY',
  strong: 'MEETS_STRONG_INTEGRITY',
  virtual: 'MEETS_VIRTUAL_INTEGRITY',
} as const;

/** What Google says about a genuine, locked, up-to-date phone with our app from the store. */
const goodPayload = (binding: { nonce: string } | { requestHash: string }, now: number): PlayPayload => ({
  requestDetails: { requestPackageName: androidPackage, timestampMillis: String(now), ...binding },
  appIntegrity: {
    appRecognitionVerdict: 'PLAY_RECOGNIZED',
    packageName: androidPackage,
    certificateSha256Digest: [Buffer.from(androidSigningDigest, 'hex').toString('base64url')],
    versionCode: String(androidVersionCode),
  },
  deviceIntegrity: {
    deviceRecognitionVerdict: [deviceLabels.basic, deviceLabels.device, deviceLabels.strong],
    recentDeviceActivity: { deviceActivityLevel: 'LEVEL_1' },
    deviceAttributes: { sdkVersion: 36 },
  },
  accountDetails: { appLicensingVerdict: 'LICENSED' },
  environmentDetails: {
    playProtectVerdict: 'NO_ISSUES',
    appAccessRiskVerdict: { appsDetected: ['KNOWN_INSTALLED', 'UNKNOWN_INSTALLED'] },
  },
});

const payloadOf = (
  binding: { nonce: string } | { requestHash: string },
  overrides: PlayOverrides,
  now: number,
): object => {
  const payload: Record<string, unknown> = { ...goodPayload(binding, now) };
  for (const [part, value] of Object.entries(overrides)) {
    if (value === null) delete payload[part];
    else payload[part] = { ...(payload[part] as object | undefined), ...value };
  }
  return payload;
};

export interface PlayTokenOptions {
  nonce: string;
  /** `null` leaves a part out; `undefined` in a part leaves a field out. */
  payload?: PlayOverrides;
  /** The bytes that are signed, in place of the payload. */
  content?: Uint8Array;
  jwsHeader?: Record<string, unknown>;
  jweHeader?: Record<string, unknown>;
  signer?: `TEST ONLY ${string}`;
  decryptionKey?: Uint8Array;
  now?: number;
}

/** A classic token: JWE `A256KW`/`A256GCM` around a JWS `ES256`, as Google's server makes one for own keys. */
export const signPlayToken = async ({
  nonce,
  payload = {},
  now = Date.now(),
  content = Buffer.from(JSON.stringify(payloadOf({ nonce }, payload, now))),
  jwsHeader = {},
  jweHeader = {},
  signer,
  decryptionKey: secret = decryptionKey(),
}: PlayTokenOptions): Promise<string> => {
  const key = signer ? testKey(signer) : verificationKey();
  const inner = await new CompactSign(content)
    .setProtectedHeader({ alg: 'ES256', ...jwsHeader })
    .sign(key.privateKey);
  return new CompactEncrypt(Buffer.from(inner))
    .setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM', ...jweHeader })
    .encrypt(secret);
};

/** What Google's `decodeIntegrityToken` answers for a standard token. */
export const decodedVerdict = ({
  requestHash,
  payload = {},
  now = Date.now(),
}: {
  requestHash: string;
  payload?: PlayOverrides;
  now?: number;
}): { tokenPayloadExternal: object } => ({
  tokenPayloadExternal: payloadOf({ requestHash }, payload, now),
});

/** Binds a Play Integrity token to one enrolment: its `nonce` or `requestHash`. */
export const playBinding = (challenge: string, accountId: string, jkt: string): string =>
  createHash('sha256').update(`v1|play|${challenge}${accountId}enrol${jkt}`).digest('base64url');
