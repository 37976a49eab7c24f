import { androidPackage, androidSigningDigest, androidVersionCode } from './app-identity.ts';
import { boolean, enumerated, integer, nothing, octets, sequence, set, tagged } from './der.ts';

export const securityLevels = { software: 0, tee: 1, strongbox: 2 } as const;
export type SecurityLevel = keyof typeof securityLevels;
export const bootStates = { verified: 0, 'self-signed': 1, unverified: 2, failed: 3 } as const;

/**
 * What KeyMint says about a key and its phone. Numbers are Android's own; any of them may be wrong.
 * https://source.android.com/docs/security/features/keystore/attestation
 */
export interface KeyDescription {
  attestationVersion: number;
  securityLevel: SecurityLevel;
  keyMintVersion: number;
  /** As `securityLevel` unless said otherwise. */
  keyMintSecurityLevel?: SecurityLevel;
  uniqueId: Uint8Array;

  /** 2 sign, 3 verify, 1 decrypt. */
  purposes: readonly number[];
  algorithm: number;
  keySize: number;
  /** 4 is SHA-256. */
  keyDigests: readonly number[];
  curve: number;
  /** 0 generated, 2 imported. */
  origin: number;
  allApplications: boolean;

  rootOfTrust: boolean;
  /** Bootloader lock; a byte writes a BOOLEAN that is not DER. */
  locked: boolean | number;
  bootState: keyof typeof bootStates;
  verifiedBootKey: Uint8Array;
  verifiedBootHash: Uint8Array;
  osVersion: number;
  /** YYYYMM. */
  patchLevel: number;
  /** YYYYMMDD. */
  vendorPatchLevel?: number;
  bootPatchLevel?: number;
  brand: string;
  device: string;
  manufacturer: string;
  model: string;

  packageName: string;
  versionCode: number;
  /** Other packages under the same user id. */
  morePackages: readonly { name: string; versionCode: number }[];
  /** Hex. */
  digests: readonly string[];
  createdAt: number;

  /** More elements, in tag order behind the others or not. */
  moreSoftware: readonly Uint8Array[];
  moreHardware: readonly Uint8Array[];
  /** More elements of the outer sequence. */
  more: readonly Uint8Array[];
}

/** The patch level of the month before: what a phone that is kept up to date has. */
const patchLevelAt = (now: number) => {
  const at = new Date(now);
  const before = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - 1));
  return before.getUTCFullYear() * 100 + before.getUTCMonth() + 1;
};

export const aKeyDescription = (now: number): KeyDescription => ({
  attestationVersion: 400,
  securityLevel: 'tee',
  keyMintVersion: 400,
  uniqueId: Buffer.alloc(0),
  purposes: [2],
  algorithm: 3,
  keySize: 256,
  keyDigests: [4],
  curve: 1,
  origin: 0,
  allApplications: false,
  rootOfTrust: true,
  locked: true,
  bootState: 'verified',
  verifiedBootKey: Buffer.alloc(32, 0x7e),
  verifiedBootHash: Buffer.alloc(32, 0x57),
  osVersion: 160_000,
  patchLevel: patchLevelAt(now),
  brand: 'evenfield',
  device: 'software',
  manufacturer: 'TEST ONLY',
  model: 'TEST ONLY phone',
  packageName: androidPackage,
  versionCode: androidVersionCode,
  morePackages: [],
  digests: [androidSigningDigest],
  createdAt: now,
  moreSoftware: [],
  moreHardware: [],
  more: [],
});

const numbers = (tag: number, values: readonly number[]) =>
  tagged(tag, set(...values.map((value) => integer(value))));
const number = (tag: number, value: number) => tagged(tag, integer(value));
const text = (tag: number, value: string) => tagged(tag, octets(Buffer.from(value)));

const applicationId = ({ packageName, versionCode, morePackages, digests }: KeyDescription) =>
  octets(
    sequence(
      set(
        ...[{ name: packageName, versionCode }, ...morePackages].map((one) =>
          sequence(octets(Buffer.from(one.name)), integer(one.versionCode)),
        ),
      ),
      set(...digests.map((digest) => octets(Buffer.from(digest, 'hex')))),
    ),
  );

const rootOfTrust = ({ verifiedBootKey, locked, bootState, verifiedBootHash }: KeyDescription) =>
  sequence(
    octets(verifiedBootKey),
    boolean(locked),
    enumerated(bootStates[bootState]),
    octets(verifiedBootHash),
  );

/** The authorizations that the security level itself enforces, in ascending tag order. */
const ofTheKey = (key: KeyDescription) => [
  numbers(1, key.purposes),
  number(2, key.algorithm),
  number(3, key.keySize),
  numbers(5, key.keyDigests),
  number(10, key.curve),
  // noAuthRequired
  tagged(503, nothing()),
  ...(key.allApplications ? [tagged(600, nothing())] : []),
  number(702, key.origin),
  ...(key.rootOfTrust ? [tagged(704, rootOfTrust(key))] : []),
  number(705, key.osVersion),
  number(706, key.patchLevel),
  text(710, key.brand),
  text(711, key.device),
  text(716, key.manufacturer),
  text(717, key.model),
  number(718, key.vendorPatchLevel ?? key.patchLevel * 100 + 5),
  number(719, key.bootPatchLevel ?? key.patchLevel * 100 + 5),
  ...key.moreHardware,
];

/** The value of leaf extension 1.3.6.1.4.1.11129.2.1.17. */
export const writeKeyDescription = (key: KeyDescription, challenge: Uint8Array): Buffer => {
  const inSoftware = key.securityLevel === 'software';
  const software = [number(701, key.createdAt), tagged(709, applicationId(key)), ...key.moreSoftware];
  return sequence(
    integer(key.attestationVersion),
    enumerated(securityLevels[key.securityLevel]),
    integer(key.keyMintVersion),
    enumerated(securityLevels[key.keyMintSecurityLevel ?? key.securityLevel]),
    octets(challenge),
    octets(key.uniqueId),
    // A key in software has nothing that hardware enforces.
    sequence(...software, ...(inSoftware ? ofTheKey(key) : [])),
    sequence(...(inSoftware ? [] : ofTheKey(key))),
    ...key.more,
  );
};
