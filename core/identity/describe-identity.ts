import type { IdentityPolicy } from '#contract/identity-policy.ts';
import { retentionOf, scheduleRules, trainingSentence } from '#contract/privacy-words.ts';
import type { FaceChecks } from './face-checks.ts';
import { type Profile, referencesWanted, validReferences } from './profile.ts';
import { releaseOf } from './rules/release.ts';
import { askedWithin } from './rules/schedule.ts';
import { waysOpen } from './rules/ways.ts';

const engines = {
  'aws-rekognition': 'Amazon Rekognition, one photo against another of the same driver.',
  'local-open-model':
    'Development and self-hosting engine: an open model on this machine. It is weaker than Amazon Rekognition, and its movement check cannot tell that somebody is really there.',
} as const satisfies Record<IdentityPolicy['processor'], string>;

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
    schedule: { ...scheduleOf(policy, profile, now), rules: scheduleRules(policy.schedule) },
    stored: retentionOf(policy, recordRetentionDays),
    ...(erasing && { erasure: { erasureId: erasing.erasureId, requestedAt: iso(erasing.requestedAt) } }),
    ways: waysOpen({
      selfie: isOn && consent !== undefined && references.length > 0,
      movement: isOn && consent !== undefined && policy.liveness.component !== 'none',
    }),
  };
};
