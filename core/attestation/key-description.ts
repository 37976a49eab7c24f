import {
  booleanOf,
  childrenOf,
  contentOf,
  type DerElement,
  integerBytesOf,
  membersOf,
  numberOf,
  readDer,
  universal,
} from './der.ts';
import { need } from './verdict.ts';

/** What a key's secure hardware says about it: extension 1.3.6.1.4.1.11129.2.1.17 of its certificate. */
export interface KeyDescription {
  attestationSecurityLevel: number;
  keyMintSecurityLevel: number;
  challenge: Buffer;
  /** Said by Android itself, which an attacker with root may have changed. */
  softwareEnforced: AuthorizationList;
  /** Said by the secure hardware. */
  hardwareEnforced: AuthorizationList;
  rootOfTrust: RootOfTrust | undefined;
  /** Tags that we do not know: tolerated, and logged by who asks (AK11). */
  unknownTags: number[];
}

export type AuthorizationList = ReadonlyMap<number, DerElement>;

export interface RootOfTrust {
  bootKey: Buffer;
  deviceLocked: boolean;
  /** 0 verified, 1 self-signed, 2 unverified, 3 failed. */
  bootState: 0 | 1 | 2 | 3;
}

export interface ApplicationId {
  packages: { name: Buffer; version: number }[];
  digests: Buffer[];
}

/** Tags of the authorization lists that are looked at. */
export const tags = {
  purpose: 1,
  algorithm: 2,
  keySize: 3,
  digest: 5,
  curve: 10,
  allApplications: 600,
  origin: 702,
  rootOfTrust: 704,
  osVersion: 705,
  patchLevel: 706,
  applicationId: 709,
} as const;

/** Every tag of KeyMint 500 and of the Keymasters before it. */
const knownTags = new Set<number>([
  ...[
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 200, 202, 203, 301, 302, 303, 304, 305, 400, 401, 402, 403, 404, 405,
  ],
  ...[500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 600, 601, 602],
  ...[701, 702, 703, 704, 705, 706, 707, 708, 709, 710, 711, 712, 713, 714, 715, 716, 717, 718, 719, 720],
  ...[721, 722, 723, 724],
]);

/** Deeper than any authorization list, shallow enough that no input reaches the end of the stack. */
const maxDepth = 8;

/**
 * What stands in fields that nobody reads is strict DER too (AK11). Only the order within sets is not looked at:
 * genuine phones of 2021 wrote their digests unsorted.
 */
const needStrict = (element: DerElement, depth = 0): void => {
  need(depth <= maxDepth, 'der-malformed');
  if (element.identifier & 0x20) for (const child of childrenOf(element)) needStrict(child, depth + 1);
  else if (element.identifier === universal.boolean) booleanOf(element);
  else if (element.identifier === universal.integer || element.identifier === universal.enumerated)
    integerBytesOf(element, element.identifier);
  else if (element.identifier === universal.null) need(element.content.length === 0, 'der-malformed');
};

const readAuthorizations = (element: DerElement | undefined): AuthorizationList => {
  const list = new Map<number, DerElement>();
  for (const entry of membersOf(element)) {
    // [tag] EXPLICIT: context-specific and constructed, one value in it, each tag once.
    need((entry.identifier & 0xe0) === 0xa0 && !list.has(entry.tag), 'der-malformed');
    const [value, ...others] = childrenOf(entry);
    need(value && others.length === 0, 'der-malformed');
    needStrict(value);
    list.set(entry.tag, value);
  }
  return list;
};

/** Keymaster 2 and 3 knew no hash of the boot image; every later one must write it. */
const firstVersionWithBootHash = 3;

const readRootOfTrust = (element: DerElement | undefined, version: number): RootOfTrust | undefined => {
  if (!element) return undefined;
  const fields = membersOf(element);
  need(fields.length === (version < firstVersionWithBootHash ? 3 : 4), 'der-malformed');
  const [bootKey, deviceLocked, bootState, bootHash] = fields;
  const state = numberOf(bootState, universal.enumerated);
  need(state <= 3, 'der-malformed');
  if (bootHash) contentOf(bootHash, universal.octetString);
  return {
    bootKey: contentOf(bootKey, universal.octetString),
    deviceLocked: booleanOf(deviceLocked),
    bootState: state as RootOfTrust['bootState'],
  };
};

/** AK11: exactly eight elements, strict DER, nothing behind them. Refuses with `der-malformed`. */
export const readKeyDescription = (extension: Uint8Array): KeyDescription => {
  const fields = membersOf(readDer(extension));
  need(fields.length === 8, 'der-malformed');
  const [version, level, keyMintVersion, keyMintLevel, challenge, uniqueId, software, hardware] = fields;
  numberOf(keyMintVersion);
  contentOf(uniqueId, universal.octetString);
  const softwareEnforced = readAuthorizations(software);
  const hardwareEnforced = readAuthorizations(hardware);
  return {
    attestationSecurityLevel: numberOf(level, universal.enumerated),
    keyMintSecurityLevel: numberOf(keyMintLevel, universal.enumerated),
    challenge: contentOf(challenge, universal.octetString),
    softwareEnforced,
    hardwareEnforced,
    rootOfTrust: readRootOfTrust(hardwareEnforced.get(tags.rootOfTrust), numberOf(version)),
    unknownTags: [...softwareEnforced.keys(), ...hardwareEnforced.keys()].filter(
      (tag) => !knownTags.has(tag),
    ),
  };
};

/** A number of a list, if it is there. */
export const numberIn = (list: AuthorizationList, tag: number): number | undefined => {
  const element = list.get(tag);
  return element && numberOf(element);
};

/** A set of numbers of a list, if it is there. */
export const numbersIn = (list: AuthorizationList, tag: number): number[] | undefined => {
  const element = list.get(tag);
  return element && membersOf(element, universal.set).map((member) => numberOf(member));
};

/** Which app asked for the key: written by Android, hence in the software enforced list (AK16). */
export const readApplicationId = (list: AuthorizationList): ApplicationId | undefined => {
  const element = list.get(tags.applicationId);
  if (!element) return undefined;
  const fields = membersOf(readDer(contentOf(element, universal.octetString)));
  need(fields.length === 2, 'der-malformed');
  const [packages, digests] = fields;
  return {
    packages: membersOf(packages, universal.set).map((entry) => {
      const parts = membersOf(entry);
      need(parts.length === 2, 'der-malformed');
      return { name: contentOf(parts[0], universal.octetString), version: numberOf(parts[1]) };
    }),
    digests: membersOf(digests, universal.set).map((digest) => contentOf(digest, universal.octetString)),
  };
};
