import { checkVerdict, type PlayIntegrityPolicy } from '#core/attestation/play-integrity.ts';
import { decodeClassicToken } from '#core/attestation/play-integrity-token.ts';
import { androidPackage, androidSigningDigest } from '#phone/app-identity.ts';
import { decodedVerdict, signPlayToken } from '#phone/play-signer.ts';
import { testAnchors } from '#phone/test-anchors.ts';
import { type Input, seedOnly, signedBy, type Target } from '../target.ts';
import { base64, hashText, isJsonOf, now, textOf } from './context.ts';

export const playKeys = {
  decryptionKey: base64(testAnchors.play.decryptionKey),
  verificationKey: base64(testAnchors.play.verificationKey),
};
export const playPolicy: PlayIntegrityPolicy = {
  packageName: androidPackage,
  certDigests: [Buffer.from(androidSigningDigest, 'hex').toString('base64url')],
  minVersionCode: 400,
  maxAgeMs: 120_000,
  futureSkewMs: 10_000,
  requireLicensed: true,
  requireDeviceLabels: ['MEETS_DEVICE_INTEGRITY'],
  rejectControlling: true,
  maxActivityLevel: 2,
  rejectRecallBits: ['bitFirst'],
  rejectPlayProtect: ['HIGH_RISK'],
  requireAppAccessRisk: true,
  allowTesting: false,
};

const binding = hashText('TEST ONLY binding');
const nothingKnown = Buffer.alloc(0);

const open = async ([token]: Input) => {
  const payload = await decodeClassicToken(textOf(token), playKeys);
  if (payload.status === 'refused') return payload;
  return checkVerdict(payload.facts, { nonce: binding }, playPolicy, now);
};

interface Said {
  requestDetails: {
    requestPackageName: string;
    nonce?: string;
    requestHash?: string;
    timestampMillis: string;
  };
  appIntegrity: {
    appRecognitionVerdict: string;
    packageName: string;
    certificateSha256Digest: string[];
    versionCode: string;
  };
  deviceIntegrity: { deviceRecognitionVerdict: string[] };
  accountDetails: { appLicensingVerdict: string };
  environmentDetails: { appAccessRiskVerdict: { appsDetected: string[] } };
  testingDetails?: { isTestingResponse: unknown };
}

/** Every condition of the policy once more, as plainly as it can be said. */
const holds = (said: Said): boolean =>
  said.requestDetails.requestPackageName === androidPackage &&
  [said.requestDetails.nonce, said.requestDetails.requestHash].includes(binding) &&
  Number(said.requestDetails.timestampMillis) >= now - 120_000 &&
  Number(said.requestDetails.timestampMillis) <= now + 10_000 &&
  said.appIntegrity.appRecognitionVerdict === 'PLAY_RECOGNIZED' &&
  said.appIntegrity.packageName === androidPackage &&
  said.appIntegrity.certificateSha256Digest.length > 0 &&
  said.appIntegrity.certificateSha256Digest.every((digest) => playPolicy.certDigests.includes(digest)) &&
  Number(said.appIntegrity.versionCode) >= 400 &&
  Array.isArray(said.deviceIntegrity.deviceRecognitionVerdict) &&
  said.deviceIntegrity.deviceRecognitionVerdict.includes('MEETS_DEVICE_INTEGRITY') &&
  said.accountDetails.appLicensingVerdict === 'LICENSED' &&
  said.environmentDetails.appAccessRiskVerdict.appsDetected.every((app) => !/CONTROLLING/.test(app)) &&
  !said.testingDetails?.isTestingResponse;

const complaint = (payload: Buffer): string | undefined =>
  isJsonOf(payload, undefined, holds) ? undefined : 'accepted, and a condition of the policy does not hold';

const decoded = Buffer.from(
  JSON.stringify(decodedVerdict({ requestHash: binding, now }).tokenPayloadExternal),
);
const readable = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
};

export const makePlayTargets = async (): Promise<Target[]> => [
  {
    name: 'play-token',
    seeds: [seedOnly('classic', [Buffer.from(await signPlayToken({ nonce: binding, now }))], open)],
  },
  {
    name: 'play-token, signed',
    seeds: [
      signedBy(
        'classic',
        [Buffer.from(decoded.toString().replace('requestHash', 'nonce'))],
        async ([content = nothingKnown]) =>
          open([Buffer.from(await signPlayToken({ nonce: binding, content, now }))]),
        ([content = nothingKnown]) => complaint(content),
      ),
    ],
  },
  {
    name: 'play-verdict',
    seeds: [
      signedBy(
        'standard',
        [decoded],
        ([payload = nothingKnown]) =>
          checkVerdict(readable(payload), { requestHash: binding }, playPolicy, now),
        ([payload = nothingKnown]) => complaint(payload),
      ),
    ],
  },
];
