import type { ErasureReason } from '#contract/receipts.ts';
import { stillCounted } from './rules/schedule.ts';

/** A photo that selfies are compared with. Times in milliseconds since the epoch. */
export interface Reference {
  referenceId: string;
  addedAt: number;
  /** Checked whenever it is read; the sweeper only cleans up. */
  expiresAt: number;
  takenBy: 'photo' | 'movement';
}

export interface Consent {
  version: string;
  sha256: string;
  givenAt: number;
}

export interface PendingErasure {
  erasureId: string;
  requestedAt: number;
}

/** What is known about who a driver is: changed as one, so that every rule about it is one condition on its version. */
export interface Profile {
  driverId: string;
  /** Grows with every change; 0 before the first. */
  version: number;
  /** Grows when consent is given or ends: what was begun under another one is not written down. */
  epoch: number;
  consent?: Consent;
  /** Names the driver's photos in the bucket; a new one after every erasure. */
  subject?: string;
  references: readonly Reference[];
  /** When selfies were asked for, as far as it still counts; no word of how the checks ended. */
  askedAt: readonly number[];
  /** The last asking: while it is unfinished, no other one takes its place. */
  lastAsked?: { checkId: string; at: number };
  /** Phones that were ever asked on. */
  askedOn: readonly string[];
  erasing?: PendingErasure;
  /** The one that was done last: asking again with nothing stored finds it. */
  lastErasure?: PendingErasure;
  /** The account ended: no photo is taken in any more. */
  closed?: true;
  /** When an end was taken back last: what tells of an earlier one comes late. */
  reopenedAt?: number;
}

export const referencesWanted = { least: 2, most: 3 } as const;
/** Phones beyond this are forgotten; being asked on one again is no harm. */
const phonesKept = 20;

export const emptyProfile = (driverId: string): Profile => ({
  driverId,
  version: 0,
  epoch: 0,
  references: [],
  askedAt: [],
  askedOn: [],
});

/** Whether the driver agreed to the release that holds now: an older one says other things. */
export const hasConsent = ({ consent, subject }: Profile, sha256: string): boolean =>
  subject !== undefined && consent?.sha256 === sha256;

export const validReferences = ({ references }: Profile, now: number) =>
  references.filter(({ expiresAt }) => expiresAt > now);

export const withConsent = (profile: Profile, consent: Consent, subject: string): Profile => ({
  ...profile,
  epoch: profile.epoch + 1,
  consent,
  subject: profile.subject ?? subject,
});

export const withReference = (profile: Profile, reference: Reference, now: number): Profile => ({
  ...profile,
  references: [...validReferences(profile, now), reference],
});

export const withAsking = (
  profile: Profile,
  { checkId, deviceId }: { checkId: string; deviceId?: string },
  now: number,
): Profile => ({
  ...profile,
  lastAsked: { checkId, at: now },
  askedAt: [...stillCounted(profile.askedAt, now), now],
  askedOn:
    deviceId === undefined
      ? profile.askedOn
      : [...profile.askedOn.filter((one) => one !== deviceId), deviceId].slice(-phonesKept),
});

/** The account goes on; what was erased stays so. */
export const withoutEnd = ({ closed: _, ...profile }: Profile, at: number): Profile => ({
  ...profile,
  reopenedAt: at,
});

/** What is left when the face is forgotten: how often the driver was asked, so that erasing buys no more askings. */
export const withoutFace = (profile: Profile, erasing: PendingErasure, reason: ErasureReason): Profile => {
  const { consent: _, subject: __, ...rest } = profile;
  const ends = reason === 'offboarded' || reason === 'left';
  return {
    ...rest,
    epoch: profile.epoch + 1,
    references: [],
    erasing,
    ...(ends && { closed: true as const }),
  };
};
