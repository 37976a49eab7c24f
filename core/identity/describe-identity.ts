import type { KeptRecord } from '#contract/identity.ts';
import type { IdentityPolicy } from '#contract/identity-policy.ts';
import type { FaceChecks } from './face-checks.ts';
import { type Profile, referencesWanted, validReferences } from './profile.ts';
import { releaseOf, trainingSentence } from './rules/release.ts';
import { askedWithin, rulesInWords } from './rules/schedule.ts';
import { waysOpen } from './rules/ways.ts';

const engines = {
  'aws-rekognition': 'Amazon Rekognition, one photo against another of the same driver.',
  'local-open-model':
    'Development and self-hosting engine: an open model on this machine. It is weaker than Amazon Rekognition, and its movement check cannot tell that somebody is really there.',
} as const satisfies Record<IdentityPolicy['processor'], string>;

/** What is kept about a face and around it: the same words for drivers, the public page and receipts. */
export const retentionOf = ({ retention }: IdentityPolicy, recordRetentionDays: number): KeptRecord[] => [
  {
    what: 'Reference photos, encrypted under a key of your own',
    why: 'to compare selfies with',
    until: `${retention.referenceDays} days after each was taken; at once when you withdraw your consent, leave, or your account ends`,
  },
  {
    what: 'Selfies',
    why: 'to compare them once',
    until: `deleted right after; when a person has to look, within ${retention.selfieHours} hours`,
  },
  {
    what: 'When you were asked and how each check ended, without the photo',
    why: 'to answer for decisions about your blocks, and to keep the limits on asking',
    until: `${recordRetentionDays} days`,
  },
  {
    what: 'That you agreed, when, and to which text',
    why: 'the law asks for proof of consent',
    until: `${recordRetentionDays} days after it ended`,
  },
  {
    what: 'Who looked at a photo of yours, when and why',
    why: 'to answer for every look',
    until: `${recordRetentionDays} days`,
  },
];

const iso = (at: number) => new Date(at).toISOString();

export const scheduleOf = ({ schedule }: IdentityPolicy, { askedAt }: Profile, now: number) => {
  const { today, thisWeek } = askedWithin(askedAt, now);
  return {
    askedToday: today,
    askedThisWeek: thisWeek,
    mostPerDay: schedule.mostPerDay,
    mostPerWeek: schedule.mostPerWeek,
  };
};

/** Everything that a driver may know about the own identity, in one answer. */
export const describeIdentity = (
  policy: IdentityPolicy,
  checks: FaceChecks,
  profile: Profile,
  recordRetentionDays: number,
  now: number,
) => {
  const { consent, erasing } = profile;
  const references = validReferences(profile, now);
  const isOn = checks.state === 'on';
  return {
    faceChecks: {
      state: checks.state,
      ...(checks.state === 'off' && { reason: checks.reason }),
      engine: engines[policy.processor],
      training: trainingSentence(policy),
    },
    release: releaseOf(policy),
    ...(consent && { consent: { ...consent, givenAt: iso(consent.givenAt) } }),
    references: references.map(({ referenceId, addedAt, expiresAt, takenBy }) => ({
      referenceId,
      takenBy,
      addedAt: iso(addedAt),
      expiresAt: iso(expiresAt),
    })),
    referencesWanted: { ...referencesWanted },
    schedule: { ...scheduleOf(policy, profile, now), rules: rulesInWords(policy.schedule) },
    stored: retentionOf(policy, recordRetentionDays),
    ...(erasing && { erasure: { erasureId: erasing.erasureId, requestedAt: iso(erasing.requestedAt) } }),
    ways: waysOpen({
      selfie: isOn && consent !== undefined && references.length > 0,
      movement: isOn && consent !== undefined && policy.liveness.component !== 'none',
    }),
  };
};
