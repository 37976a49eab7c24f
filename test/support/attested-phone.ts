import { randomBytes } from 'node:crypto';
import {
  type KeyAttestationPolicy,
  type RevocationStatus,
  verifyKeyAttestation,
} from '#core/attestation/key-attestation.ts';
import { androidPackage, androidSigningDigest } from '#phone/app-identity.ts';
import { type AndroidOptions, softwareAndroid } from '#phone/software-android.ts';
import { testAnchors } from '#phone/test-anchors.ts';

export const now = Date.UTC(2026, 10, 21, 12);
export const day = 86_400_000;
export const challenge = randomBytes(32);

/** What we ask of a phone. */
export const ours: KeyAttestationPolicy = {
  rootPins: new Set(testAnchors.keyAttestationRootPins),
  packageName: androidPackage,
  signatureDigests: [Buffer.from(androidSigningDigest, 'hex')],
  minVersionCode: 400,
  minPatchLevel: 202_601,
  minSecurityLevel: 1,
  selfSignedBootKeys: [],
  requireSha256: true,
};

/** What a software phone is told, as one text: `verified`, or `refused` or `weak` with the reason. */
export const verdictOn = (
  options: AndroidOptions = {},
  policy: Partial<KeyAttestationPolicy> = {},
  revoked: RevocationStatus = () => undefined,
) => {
  const chain = softwareAndroid({ now: () => now, ...options }).attest(challenge);
  const { status, ...rest } = verifyKeyAttestation(
    { chain, challenge },
    { ...ours, ...policy },
    revoked,
    now,
  );
  return 'reason' in rest ? `${status}: ${rest.reason}` : status;
};
