import type { IdentityPolicy } from '#contract/identity-policy.ts';
import { type Limit, retryAfterSeconds } from '#core/shared/limit.ts';
import { maxTries, pause } from '#core/shared/tries.ts';
import { openOrCreateKey } from './driver-keys.ts';
import type { IdentityDeps, Sender } from './identity-deps.ts';
import type { ImageRefusalReason, SelfieImage } from './images/selfie-image.ts';
import { newId } from './keys.ts';
import { fitnessOf, likenessOf, readPhoto } from './look-at-photo.ts';
import {
  hasConsent,
  type Profile,
  type Reference,
  referencesWanted,
  validReferences,
  withReference,
} from './profile.ts';
import type { SelfieReason } from './rules/reasons.ts';
import { releaseOf } from './rules/release.ts';
import { isUnavailable, orUnavailable } from './unavailable.ts';

export type ReferenceRefusal =
  | 'consent-required'
  | 'movement-required'
  | 'references-complete'
  | 'image-used-before'
  | 'face-checks-off'
  | 'slow-down'
  | 'try-again';

export type ReferenceOutcome =
  | { status: 'added'; reference: Reference; references: number }
  | { status: 'looked'; result: 'retake' | 'inconclusive'; reasons: SelfieReason[] }
  | { status: 'refused'; code: ReferenceRefusal; retryAfterSeconds?: number }
  | { status: 'refused'; code: 'image-refused'; reason: ImageRefusalReason };

const refused = (code: ReferenceRefusal): ReferenceOutcome => ({ status: 'refused', code });
const outage = (): ReferenceOutcome => ({
  status: 'looked',
  result: 'inconclusive',
  reasons: ['service-unavailable'],
});
const dayMs = 86_400_000;
/** Every try costs calls to somebody else's service. */
const triesPerHour: Limit = { name: 'references', most: 20, windowMs: 3_600_000 };

/** Whether a driver may add a photo, before it is looked at. */
export const referenceRefusal = (
  profile: Profile,
  policy: IdentityPolicy,
  now: number,
): ReferenceRefusal | undefined => {
  if (!hasConsent(profile, releaseOf(policy).sha256)) return 'consent-required';
  return validReferences(profile, now).length >= referencesWanted.most ? 'references-complete' : undefined;
};

/** The first photo stands for the driver; every later one must be of the same person. */
const firstLook = async (
  deps: IdentityDeps,
  profile: Profile,
  image: SelfieImage,
  key: Parameters<typeof likenessOf>[2],
): Promise<ReferenceOutcome | 'fine'> => {
  const fitness = await fitnessOf(deps, image);
  if (fitness.status === 'unavailable') return outage();
  if (fitness.status === 'retake') return { status: 'looked', result: 'retake', reasons: fitness.reasons };
  if (fitness.status === 'refused') return fitness;
  if (validReferences(profile, deps.now()).length === 0) return 'fine';
  const likeness = await likenessOf(deps, profile, key, image);
  if (likeness.status === 'unavailable') return outage();
  if (likeness.status === 'retake') return { status: 'looked', result: 'retake', reasons: likeness.reasons };
  if (likeness.status === 'refused') return likeness;
  // None of them could be opened: there is nothing to say that this is the same person.
  if (likeness.status === 'no-reference') return outage();
  if (likeness.band === 'same') return 'fine';
  return { status: 'looked', result: 'inconclusive', reasons: ['not-confirmed'] };
};

/** Writes the photo into the bucket and its name into the profile; never the name without the photo. */
const keep = async (
  deps: IdentityDeps,
  before: Profile,
  key: Parameters<typeof likenessOf>[2],
  photo: { image: SelfieImage; fingerprint: string; takenBy: Reference['takenBy'] },
): Promise<ReferenceOutcome> => {
  const now = deps.now();
  const reference: Reference = {
    referenceId: newId(),
    addedAt: now,
    expiresAt: now + deps.policy.retention.referenceDays * dayMs,
    takenBy: photo.takenBy,
  };
  const discard = async () => {
    // Where even that fails, an erasure or the bucket's own rule deletes it.
    const failed = await orUnavailable(deps.photos.delete(key.subject, 'references', reference.referenceId));
    if (failed) deps.onUnavailable(failed);
  };
  const failed = await orUnavailable(
    deps.photos.put(key, 'references', reference.referenceId, photo.image.bytes),
  );
  if (failed) {
    deps.onUnavailable(failed);
    await discard();
    return outage();
  }
  let profile = before;
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const after = withReference(profile, reference, now);
    const added = { reference, fingerprint: photo.fingerprint };
    const answer = await deps.profiles.addReference(profile, after, added);
    if (answer.status === 'changed')
      return { status: 'added', reference, references: after.references.length };
    if (answer.status === 'used-before') {
      // A write whose answer was lost is found as done.
      const kept = await deps.profiles.read(profile.driverId);
      if (kept.references.some(({ referenceId }) => referenceId === reference.referenceId))
        return { status: 'added', reference, references: kept.references.length };
      await discard();
      return refused('image-used-before');
    }
    await pause(deps);
    profile = await deps.profiles.read(profile.driverId);
    if (profile.references.some(({ referenceId }) => referenceId === reference.referenceId))
      return { status: 'added', reference, references: profile.references.length };
    if (profile.epoch !== before.epoch) {
      await discard();
      return refused('consent-required');
    }
    // What came in between was not compared with this one.
    if (profile.references.length !== before.references.length) break;
  }
  await discard();
  return refused('try-again');
};

/** Takes in a reference photo: fit, of the same person as the others, and never sent before. */
export const addReference = async (
  deps: IdentityDeps,
  { driverId, sent, takenBy }: Sender & { sent: Buffer; takenBy: Reference['takenBy'] },
): Promise<ReferenceOutcome> => {
  const now = deps.now();
  if ((await deps.faceChecks()).state === 'off') return refused('face-checks-off');
  const profile = await deps.profiles.read(driverId);
  const refusal = referenceRefusal(profile, deps.policy, now);
  if (refusal) return refused(refusal);
  const { liveness } = deps.policy;
  const isFirst = validReferences(profile, now).length === 0;
  if (isFirst && takenBy === 'photo' && liveness.enrolment === 'required')
    return refused('movement-required');
  const photo = readPhoto(sent);
  if (photo.status === 'refused') return photo;
  if ((await deps.checks.count(triesPerHour, driverId, now)) === 'full')
    return { status: 'refused', code: 'slow-down', retryAfterSeconds: retryAfterSeconds(triesPerHour, now) };
  const key = await orUnavailable(openOrCreateKey(deps, profile));
  if (isUnavailable(key)) {
    deps.onUnavailable(key);
    return outage();
  }
  if (!key) return refused('consent-required');
  const fingerprint = photo.fingerprint(key);
  if (await deps.checks.wasUsed(driverId, fingerprint)) return refused('image-used-before');
  const looked = await firstLook(deps, profile, photo.image, key);
  if (looked !== 'fine') return looked;
  return keep(deps, profile, key, { image: photo.image, fingerprint, takenBy });
};
