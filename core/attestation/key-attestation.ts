import { p256PointOf } from './certificate.ts';
import { type AttestationChain, keyDescription, readChain } from './key-attestation-chain.ts';
import {
  type AuthorizationList,
  type KeyDescription,
  numberIn,
  numbersIn,
  type RootOfTrust,
  readApplicationId,
  readKeyDescription,
  tags,
} from './key-description.ts';
import { need, type Verdict, verdictOf } from './verdict.ts';

export interface KeyAttestationPolicy {
  /** SHA-256 of the last certificate's SubjectPublicKeyInfo, lower-case hex. */
  rootPins: ReadonlySet<string>;
  packageName: string;
  /** SHA-256 of the certificates that sign the app. */
  signatureDigests: readonly Buffer[];
  minVersionCode?: number | undefined;
  /** yyyymm. */
  minPatchLevel?: number | undefined;
  /** 1 trusted environment, 2 StrongBox. */
  minSecurityLevel: 1 | 2;
  /** verifiedBootKey of self-signed systems that are accepted (AK15). */
  selfSignedBootKeys: readonly Buffer[];
  /** The key must allow SHA-256. What proves possession with ES256 wants it; genuine keys of others do without. */
  requireSha256?: boolean;
}

/** What holds of a phone's key, trustworthy enough or not. */
export interface AttestedKey {
  /** SubjectPublicKeyInfo, DER. */
  spki: Buffer;
  /** The 65-byte uncompressed point. */
  point: Buffer;
  provisioning: 'factory' | 'remote';
  /** Of every certificate, leaf first: lower-case hex, no leading zeros. */
  serials: string[];
  securityLevel: 0 | 1 | 2;
  bootState: RootOfTrust['bootState'];
  bootKey: Buffer;
  /** yyyymm. */
  patchLevel?: number;
  osVersion?: number;
  packageName: string;
  versionCode: number;
  /** By the provisioning server, for this phone: an abuse signal (AK18). */
  certificatesIssuedIn30Days?: number;
  unknownTags: number[];
}

export interface KeyAttestation extends AttestedKey {
  securityLevel: 1 | 2;
  bootState: 0 | 1;
}

export type KeyAttestationRefusal =
  | 'chain-malformed'
  | 'chain-length'
  | 'certificate-malformed'
  | 'der-malformed'
  | 'untrusted-root'
  | 'extended-chain'
  | 'provisioning-unknown'
  | 'chain-authority'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'chain-names'
  | 'chain-signature'
  | 'key-type'
  | 'key-description-missing'
  | 'challenge-missing'
  | 'other-challenge'
  | 'security-levels-differ'
  | 'security-level-not-of-chain'
  | 'key-origin'
  | 'key-purpose'
  | 'key-algorithm'
  | 'key-digest'
  | 'all-applications'
  | 'root-of-trust-missing'
  | 'application-missing'
  | 'other-package'
  | 'other-app-signature';

/** A genuine phone and our app, yet not trusted to claim. */
export type KeyAttestationWeakness =
  | 'revoked'
  | 'suspended'
  | 'security-level-low'
  | 'bootloader-unlocked'
  | 'boot-state'
  | 'patch-level-low'
  | 'app-version-low';

export type KeyAttestationVerdict =
  | Verdict<KeyAttestation, KeyAttestationRefusal>
  | { status: 'weak'; reason: KeyAttestationWeakness; facts: AttestedKey };

/** What Google's status list says of a serial. */
export type RevocationStatus = (serial: string) => 'REVOKED' | 'SUSPENDED' | undefined;

const purposes = { sign: 2, verify: 3 };
const ellipticCurve = 3;
const p256 = 1;
const generated = 0;
const sha256Digest = 4;
/** SHA-2 of 256 bits and more. */
const goodDigests = [sha256Digest, 5, 6];

/** AK13. */
const needLevel = (description: KeyDescription, { claims }: AttestationChain): 0 | 1 | 2 => {
  const level = description.attestationSecurityLevel;
  need(level === description.keyMintSecurityLevel, 'security-levels-differ');
  need(level === 0 || level === 1 || level === 2, 'der-malformed');
  // StrongBox chains always say so; those of early trusted environments say nothing.
  need(level === 0 || (level === 2) === (claims === 'StrongBox'), 'security-level-not-of-chain');
  return level;
};

/** AK14, from the list that the secure hardware answers for. */
const needKey = (
  { hardwareEnforced: hardware, softwareEnforced: software }: KeyDescription,
  requireSha256: boolean,
): void => {
  need(numberIn(hardware, tags.origin) === generated, 'key-origin');
  const purpose = numbersIn(hardware, tags.purpose) ?? [];
  need(purpose.includes(purposes.sign), 'key-purpose');
  need(
    purpose.every((value) => value === purposes.sign || value === purposes.verify),
    'key-purpose',
  );
  need(numberIn(hardware, tags.algorithm) === ellipticCurve, 'key-algorithm');
  need(numberIn(hardware, tags.curve) === p256, 'key-algorithm');
  need((numberIn(hardware, tags.keySize) ?? 256) === 256, 'key-algorithm');
  const digests = numbersIn(hardware, tags.digest);
  need(!digests || digests.some((digest) => goodDigests.includes(digest)), 'key-digest');
  need(!requireSha256 || digests?.includes(sha256Digest), 'key-digest');
  need(!hardware.has(tags.allApplications) && !software.has(tags.allApplications), 'all-applications');
};

/** AK16 but for the version floor. */
const needApplication = (
  software: AuthorizationList,
  { packageName, signatureDigests }: KeyAttestationPolicy,
): number => {
  const application = readApplicationId(software);
  need(application, 'application-missing');
  const [app, ...others] = application.packages;
  need(app && others.length === 0 && app.name.equals(Buffer.from(packageName)), 'other-package');
  need(
    application.digests.length > 0 &&
      application.digests.every((digest) => signatureDigests.some((ours) => ours.equals(digest))),
    'other-app-signature',
  );
  return app.version;
};

/** yyyymm of yyyymm or yyyymmdd; nothing for what is no month. */
const monthOf = (level: number | undefined): number | undefined => {
  if (level === undefined) return undefined;
  const month = level > 999_999 ? Math.floor(level / 100) : level;
  return month >= 201_001 && month <= 209_912 && month % 100 >= 1 && month % 100 <= 12 ? month : undefined;
};

const weaknessOf = (
  key: AttestedKey,
  deviceLocked: boolean,
  policy: KeyAttestationPolicy,
  revoked: RevocationStatus,
): KeyAttestationWeakness | undefined => {
  // AK8: of every certificate.
  const statuses = key.serials.map(revoked);
  if (statuses.includes('REVOKED')) return 'revoked';
  if (statuses.some((status) => status !== undefined)) return 'suspended';
  // AK13, the floor.
  if (key.securityLevel === 0 || key.securityLevel < policy.minSecurityLevel) return 'security-level-low';
  // AK15.
  if (!deviceLocked) return 'bootloader-unlocked';
  const isAllowed = policy.selfSignedBootKeys.some((bootKey) => bootKey.equals(key.bootKey));
  if (key.bootState !== 0 && !(key.bootState === 1 && isAllowed)) return 'boot-state';
  // AK17: a phone that does not say its level has none.
  if ((key.patchLevel ?? 0) < (policy.minPatchLevel ?? 0)) return 'patch-level-low';
  if (key.versionCode < (policy.minVersionCode ?? 0)) return 'app-version-low';
  return undefined;
};

const examine = (
  input: { chain: readonly Uint8Array[]; challenge: Uint8Array },
  policy: KeyAttestationPolicy,
  now: number,
): { key: AttestedKey; deviceLocked: boolean } => {
  need(input.challenge instanceof Uint8Array && input.challenge.length > 0, 'challenge-missing');
  const chain = readChain(input.chain, policy.rootPins, now);
  const { leaf, provisioning, certificatesIssuedIn30Days } = chain;
  // AK10.
  const point = p256PointOf(leaf);
  const extension = leaf.extensions.get(keyDescription);
  need(extension, 'key-description-missing');
  const description = readKeyDescription(extension);
  // AK12.
  need(description.challenge.equals(input.challenge), 'other-challenge');
  const securityLevel = needLevel(description, chain);
  needKey(description, policy.requireSha256 ?? false);
  const { rootOfTrust, hardwareEnforced, softwareEnforced, unknownTags } = description;
  need(rootOfTrust, 'root-of-trust-missing');
  const versionCode = needApplication(softwareEnforced, policy);
  const patchLevel = monthOf(numberIn(hardwareEnforced, tags.patchLevel));
  const osVersion = numberIn(hardwareEnforced, tags.osVersion);
  const key: AttestedKey = {
    spki: leaf.spki,
    point,
    provisioning,
    serials: chain.certificates.map(({ serial }) => serial),
    securityLevel,
    bootState: rootOfTrust.bootState,
    bootKey: rootOfTrust.bootKey,
    ...(patchLevel !== undefined && { patchLevel }),
    ...(osVersion !== undefined && { osVersion }),
    packageName: policy.packageName,
    versionCode,
    ...(certificatesIssuedIn30Days !== undefined && { certificatesIssuedIn30Days }),
    unknownTags,
  };
  return { key, deviceLocked: rootOfTrust.deviceLocked };
};

/**
 * Android key attestation, AK1 to AK18 of our checklist; whether the key is registered elsewhere, and how old the
 * status list is, are the caller's. Forgery and mismatch first: `weak` means that all else on the list holds.
 * `challenge` is the exact attestationChallenge; `now` in milliseconds since the epoch.
 */
export const verifyKeyAttestation = (
  input: { chain: readonly Uint8Array[]; challenge: Uint8Array },
  policy: KeyAttestationPolicy,
  revoked: RevocationStatus,
  now: number,
): KeyAttestationVerdict => {
  const examined = verdictOf<ReturnType<typeof examine>, KeyAttestationRefusal>(() =>
    examine(input, policy, now),
  );
  if (examined.status === 'refused') return examined;
  const { key, deviceLocked } = examined.facts;
  const reason = weaknessOf(key, deviceLocked, policy, revoked);
  return reason
    ? { status: 'weak', reason, facts: key }
    : { status: 'verified', facts: key as KeyAttestation };
};
