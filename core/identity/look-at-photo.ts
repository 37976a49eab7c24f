import type { DriverKey } from './driver-keys.ts';
import type { IdentityDeps } from './identity-deps.ts';
import { imageFingerprint } from './images/fingerprint.ts';
import { readSelfie } from './images/read-selfie.ts';
import { type ImageRefusalReason, type SelfieImage, selfieLimits } from './images/selfie-image.ts';
import { type Profile, validReferences } from './profile.ts';
import type { Unavailable } from './rekognition-gateway.ts';
import { type Band, bandOf } from './rules/decide.ts';
import { type RetakeReason, retakeReasons } from './rules/gate.ts';
import { isUnavailable, orUnavailable } from './unavailable.ts';

export type Photo =
  | { status: 'photo'; image: SelfieImage; fingerprint: (key: DriverKey) => string }
  | { status: 'refused'; code: 'image-refused'; reason: ImageRefusalReason };

/** What was sent, as a picture and nothing else; before anything is asked of anybody. */
export const readPhoto = (sent: Buffer): Photo => {
  const image = readSelfie(sent, selfieLimits);
  if (image.status === 'refused') return { status: 'refused', code: 'image-refused', reason: image.reason };
  return {
    status: 'photo',
    image,
    fingerprint: (key) => imageFingerprint(key.fingerprints, image.bytes),
  };
};

export type Fitness =
  | { status: 'fit' }
  | { status: 'retake'; reasons: RetakeReason[] }
  | { status: 'refused'; code: 'image-refused'; reason: 'damaged' }
  | Unavailable;

/** EXIF's orientations from 5 on lie on their side. */
const uprightWidth = ({ width, height, orientation }: SelfieImage) => (orientation >= 5 ? height : width);

const damaged = { status: 'refused', code: 'image-refused', reason: 'damaged' } as const;

/** Whether a photo is fit to be compared. */
export const fitnessOf = async (
  { faces, policy, onUnavailable }: Pick<IdentityDeps, 'faces' | 'policy' | 'onUnavailable'>,
  image: SelfieImage,
): Promise<Fitness> => {
  const seen = await faces.look(image.bytes);
  if (seen.status === 'unavailable') {
    onUnavailable(seen);
    return seen;
  }
  if (seen.status === 'unreadable') return damaged;
  const reasons = retakeReasons(policy.gate, seen.faces, uprightWidth(image));
  return reasons.length > 0 ? { status: 'retake', reasons } : { status: 'fit' };
};

export type Likeness =
  | { status: 'compared'; band: Band }
  | { status: 'retake'; reasons: RetakeReason[] }
  | { status: 'no-reference' }
  | { status: 'refused'; code: 'image-refused'; reason: 'damaged' }
  | Unavailable;

/** How like a photo is to the best of the driver's own references. */
export const likenessOf = async (
  deps: Pick<IdentityDeps, 'faces' | 'policy' | 'photos' | 'onUnavailable' | 'now'>,
  profile: Profile,
  key: DriverKey,
  image: SelfieImage,
): Promise<Likeness> => {
  const compared = await Promise.all(
    validReferences(profile, deps.now()).map(async ({ referenceId }) => {
      const reference = await orUnavailable(deps.photos.get(key, 'references', referenceId));
      if (isUnavailable(reference)) return reference;
      return reference && deps.faces.compare(reference, image.bytes);
    }),
  );
  const answers = compared.filter((answer) => answer !== undefined);
  const similarities = answers.flatMap((answer) => (answer.status === 'compared' ? [answer.similarity] : []));
  if (similarities.length > 0) {
    const band = bandOf(deps.policy.bands, Math.max(...similarities));
    // An answer that is missing could only have been a better one.
    if (band === 'same' || similarities.length === answers.length) return { status: 'compared', band };
  }
  const unavailable = answers.find((answer) => answer.status === 'unavailable');
  if (unavailable) {
    deps.onUnavailable(unavailable);
    return unavailable;
  }
  if (similarities.length > 0)
    return { status: 'compared', band: bandOf(deps.policy.bands, Math.max(...similarities)) };
  if (answers.some(({ status }) => status === 'no-face')) return { status: 'retake', reasons: ['no-face'] };
  return answers.length > 0 ? damaged : { status: 'no-reference' };
};
