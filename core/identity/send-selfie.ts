import type { IdentityPolicy } from '#contract/identity-policy.ts';
import { maxTries, pause } from '#core/shared/tries.ts';
import { bandsOf, type Check, type Look, photosLeft } from './check.ts';
import type { StepAnswer } from './checks-store.ts';
import { type DriverKey, openKey } from './driver-keys.ts';
import type { IdentityDeps, Sender } from './identity-deps.ts';
import type { ImageRefusalReason, SelfieImage } from './images/selfie-image.ts';
import { newId } from './keys.ts';
import { fitnessOf, likenessOf, readPhoto } from './look-at-photo.ts';
import { hasConsent, type Profile, validReferences } from './profile.ts';
import { type AfterPhoto, afterPhoto, type Band } from './rules/decide.ts';
import type { SelfieReason } from './rules/reasons.ts';
import { releaseOf } from './rules/release.ts';
import { isUnavailable, orUnavailable } from './unavailable.ts';

export type SelfieRefusal =
  | 'unknown-check'
  | 'check-settled'
  | 'check-expired'
  | 'consent-required'
  | 'reference-required'
  | 'wrong-device'
  | 'image-used-before'
  | 'face-checks-off'
  | 'slow-down'
  | 'try-again';

export interface Looked {
  status: 'looked';
  check: Check;
  result: Look['result'];
  reasons: readonly SelfieReason[];
  /** With `inconclusive`: what decides next. */
  next?: 'another-photo' | 'movement' | 'person' | 'other-way';
}
export type SelfieOutcome =
  | Looked
  | { status: 'refused'; code: SelfieRefusal; retryAfterSeconds?: number }
  | { status: 'refused'; code: 'image-refused'; reason: ImageRefusalReason };

const refused = (code: SelfieRefusal): SelfieOutcome => ({ status: 'refused', code });

/** Nothing was found out, which counts for nothing. */
const outage = (check: Check): Looked => ({
  status: 'looked',
  check,
  result: 'inconclusive',
  reasons: ['service-unavailable'],
  next: 'other-way',
});

/** Whether a check takes a photo of this driver now. */
export const photoRefusal = (
  profile: Profile,
  check: Check | undefined,
  deviceId: string | undefined,
  policy: IdentityPolicy,
  now: number,
): SelfieRefusal | undefined => {
  if (!check) return 'unknown-check';
  if (check.deviceId !== undefined && check.deviceId !== deviceId) return 'wrong-device';
  if (!hasConsent(profile, releaseOf(policy).sha256)) return 'consent-required';
  return validReferences(profile, now).length === 0 ? 'reference-required' : undefined;
};

/** The answer that the same photo got before, in this check: the retry of a request changes nothing. */
const repeated = (check: Check, fingerprint: string, hasMovement: boolean): Looked | undefined => {
  const index = check.looks.findIndex((look) => look.fingerprint === fingerprint);
  const look = check.looks[index];
  if (!look) return undefined;
  const bands = bandsOf({ ...check, looks: check.looks.slice(0, index + 1) });
  const after = afterPhoto(bands, { hasMovement, byMovement: look.byMovement ?? false });
  return {
    status: 'looked',
    check,
    result: look.result,
    reasons: look.reasons,
    ...(look.result === 'inconclusive' && after !== 'pass' && { next: after }),
  };
};

interface Taken {
  driverId: string;
  check: Check;
  profile: Profile;
  key: DriverKey;
  image: SelfieImage;
  fingerprint: string;
  byMovement: boolean;
}

/** An unfit photo, noted so that there is an end to them, and counted for nothing. */
const noteUnfit = async (
  deps: IdentityDeps,
  { check, profile, byMovement }: Taken,
  reasons: SelfieReason[],
): Promise<SelfieOutcome> => {
  const look: Look = {
    at: deps.now(),
    result: 'retake',
    reasons,
    ...(byMovement && { byMovement: true as const }),
  };
  const looks = [...check.looks, look];
  const answer = await deps.checks.step(check, 'look', { looks }, { under: profile });
  if (answer.status === 'done')
    return { status: 'looked', check: { ...check, looks }, result: 'retake', reasons };
  const refusal = await whatMoved(deps, profile, check);
  return refused(refusal ?? 'try-again');
};

/** What came in between, if it was one of the things that end it. */
const whatMoved = async (
  deps: IdentityDeps,
  profile: Profile,
  { driverId, checkId }: Check,
): Promise<SelfieRefusal | undefined> => {
  const [now, check] = await Promise.all([deps.profiles.read(driverId), deps.checks.find(driverId, checkId)]);
  if (now.epoch !== profile.epoch) return 'consent-required';
  return check?.state === 'open' ? undefined : 'check-settled';
};

const lookOf = (
  deps: IdentityDeps,
  { fingerprint, byMovement }: Taken,
  band: Band,
  after: AfterPhoto,
): Look => ({
  at: deps.now(),
  fingerprint,
  band,
  result: after === 'pass' ? 'passed' : 'inconclusive',
  reasons:
    after === 'pass' ? [] : after === 'person' ? ['not-confirmed', 'a-person-looks'] : ['not-confirmed'],
  ...(byMovement && { byMovement: true as const }),
});

/** Long after any request ended: what the check does not name by then was left over. */
const leftOverMs = 3_600_000;

/**
 * Writes down what a photo came to. The photo itself is kept only for a person to look at: where it will lie is written
 * down first, then it is stored, and then the check names it. Whatever goes wrong, it is deleted again: here, or where
 * this process ends, by the sweeper.
 */
const settle = async (deps: IdentityDeps, taken: Taken, band: Band): Promise<SelfieOutcome> => {
  const { driverId, profile, key, image, fingerprint, byMovement } = taken;
  const { liveness, retention } = deps.policy;
  const hasMovement = liveness.component !== 'none';
  let { check } = taken;
  // Of this photo alone: what another request stores for the same check is not overwritten.
  const photoId = newId();
  const photo = { mayExist: false, isNamed: false };
  const discard = async () => {
    const failed = await orUnavailable(deps.photos.delete(key.subject, 'selfies', photoId));
    if (failed) deps.onUnavailable(failed);
  };
  try {
    for (let attempt = 1; attempt <= maxTries; attempt += 1) {
      const after = afterPhoto([...bandsOf(check), band], { hasMovement, byMovement });
      const look = lookOf(deps, taken, band, after);
      const looks = [...check.looks, look];
      const together = { under: profile, fingerprint };
      const at = deps.now();
      let answer: StepAnswer;
      let change: Partial<Check>;
      if (after === 'pass') {
        change = { looks, settledAt: at, settledBy: byMovement ? 'movement' : 'face' };
        answer = await deps.checks.step(check, 'pass', change, together);
      } else if (after === 'person') {
        if (!photo.mayExist) {
          const place = { photoId, subject: key.subject };
          const announced = await deps.checks.announcePhoto(check, place, at + leftOverMs);
          if (announced.status !== 'done') return refused('try-again');
          // Also without an answer it may be there.
          photo.mayExist = true;
          const failed = await orUnavailable(deps.photos.put(key, 'selfies', photoId, image.bytes));
          if (failed) {
            deps.onUnavailable(failed);
            return outage(check);
          }
        }
        const photoUntil = at + retention.selfieHours * 3_600_000;
        change = { looks, askedAt: at, way: 'photos', photoId, photoUntil };
        answer = await deps.checks.step(check, 'askPerson', change, together);
      } else {
        change = { looks };
        answer = await deps.checks.step(check, 'look', change, together);
      }
      if (answer.status === 'done') {
        photo.isNamed = after === 'person';
        const settled = { ...check, ...change };
        const next = after === 'pass' ? {} : { next: after };
        return { status: 'looked', check: settled, result: look.result, reasons: look.reasons, ...next };
      }
      const found = await deps.checks.find(driverId, check.checkId);
      // Our own write, whose answer was lost, or the same request beside this one: its photo is the one that is kept.
      const same = found && repeated(found, fingerprint, hasMovement);
      if (same) {
        photo.isNamed = found.photoId === photoId;
        return same;
      }
      if (answer.status === 'used-before') return refused('image-used-before');
      const refusal = await whatMoved(deps, profile, check);
      if (refusal) return refused(refusal);
      if (found) check = found;
      if (attempt < maxTries) await pause(deps);
    }
    return refused('try-again');
  } catch (error) {
    // The check may have come to name it all the same.
    const found = await deps.checks.find(driverId, check.checkId).catch(() => undefined);
    photo.isNamed = found?.photoId === photoId;
    throw error;
  } finally {
    if (photo.mayExist && !photo.isNamed) await discard();
  }
};

/**
 * A selfie for a check: read, found fit, compared with the driver's own references, and forgotten. A driver never loses
 * anything here: what is not `passed` leaves every other way open.
 */
export const sendSelfie = async (
  deps: IdentityDeps,
  {
    driverId,
    deviceId,
    checkId,
    sent,
    byMovement = false,
  }: Sender & {
    checkId: string;
    sent: Buffer;
    byMovement?: boolean;
  },
): Promise<SelfieOutcome> => {
  const now = deps.now();
  const { policy } = deps;
  const hasMovement = policy.liveness.component !== 'none';
  const [profile, check] = await Promise.all([
    deps.profiles.read(driverId),
    deps.checks.find(driverId, checkId),
  ]);
  const refusal = photoRefusal(profile, check, deviceId, policy, now);
  if (refusal || !check) return refused(refusal ?? 'unknown-check');
  const photo = readPhoto(sent);
  if (photo.status === 'refused') return photo;
  if ((await deps.faceChecks()).state === 'off') return refused('face-checks-off');
  const key = await orUnavailable(openKey(deps.driverKeys, driverId, profile.subject ?? ''));
  if (isUnavailable(key)) {
    deps.onUnavailable(key);
    return outage(check);
  }
  if (!key) return refused('consent-required');
  const fingerprint = photo.fingerprint(key);
  const same = repeated(check, fingerprint, hasMovement);
  if (same) return same;
  if (check.state !== 'open') return refused('check-settled');
  if (check.expiresAt <= now) return refused('check-expired');
  // The next check takes photos again.
  if (photosLeft(check, policy.check.photos) === 0)
    return {
      status: 'refused',
      code: 'slow-down',
      retryAfterSeconds: Math.ceil((check.expiresAt - now) / 1_000),
    };
  if (await deps.checks.wasUsed(driverId, fingerprint)) {
    // By the same request beside this one, perhaps.
    const found = await deps.checks.find(driverId, checkId);
    return (found && repeated(found, fingerprint, hasMovement)) ?? refused('image-used-before');
  }

  const taken: Taken = { driverId, check, profile, key, image: photo.image, fingerprint, byMovement };
  const fitness = await fitnessOf(deps, photo.image);
  if (fitness.status === 'unavailable') return outage(check);
  if (fitness.status === 'refused') return fitness;
  if (fitness.status === 'retake') return noteUnfit(deps, taken, fitness.reasons);
  const likeness = await likenessOf(deps, profile, key, photo.image);
  if (likeness.status === 'unavailable') return outage(check);
  if (likeness.status === 'refused') return likeness;
  if (likeness.status === 'retake') return noteUnfit(deps, taken, likeness.reasons);
  if (likeness.status === 'no-reference') return refused('reference-required');
  return settle(deps, taken, likeness.band);
};
