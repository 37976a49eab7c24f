import { maxTries, pause } from '#core/shared/tries.ts';
import type { Check } from './check.ts';
import { openKey } from './driver-keys.ts';
import type { IdentityDeps } from './identity-deps.ts';
import { readSelfie } from './images/read-selfie.ts';
import { selfieLimits } from './images/selfie-image.ts';
import { watermarkedView } from './images/watermark.ts';
import { newId } from './keys.ts';
import { validReferences } from './profile.ts';
import { orUnavailable } from './unavailable.ts';
import type { ViewsStore } from './views-store.ts';

/** What people do who look at checks. Their word passes a check or leaves it open to the other ways; it never restricts. */

export interface Reviewer {
  reviewerId: string;
  rationale: string;
}
type Refused<Code extends string> = { status: 'refused'; code: Code };

export interface Waiting {
  driverId: string;
  checkId: string;
  blockId?: string;
  askedAt: number;
  way: string;
  photoUntil?: number;
}

const pageSize = 25;

/** Longest waiting first; what was settled meanwhile is left out. */
export const listWaitingChecks = async (
  { checks, now }: Pick<IdentityDeps, 'checks' | 'now'>,
  after?: string,
): Promise<{ waiting: Waiting[]; next?: string }> => {
  const { waiting, next } = await checks.waiting(pageSize, after);
  const found = await Promise.all(waiting.map(({ driverId, checkId }) => checks.find(driverId, checkId)));
  const listed = found.flatMap((check): Waiting[] => {
    if (check?.state !== 'waiting') return [];
    const { driverId, checkId, blockId, askedAt = 0, way = 'photos', photoUntil } = check;
    const hasPhoto = photoUntil !== undefined && photoUntil > now();
    return [
      { driverId, checkId, ...(blockId && { blockId }), askedAt, way, ...(hasPhoto && { photoUntil }) },
    ];
  });
  return { waiting: listed, ...(next !== undefined && { next }) };
};

export interface Shown {
  status: 'shown';
  viewId: string;
  viewedAt: number;
  blurred: boolean;
  photos: { kind: 'reference' | 'selfie'; jpeg: Buffer }[];
}

const longestSide = 640;

/**
 * Shows the photos of a check that waits for somebody to look at them: after who looks and why is written down, with
 * that name in the pixels, and blurred unless asked for otherwise.
 */
export const viewCheck = async (
  deps: Pick<IdentityDeps, 'checks' | 'profiles' | 'driverKeys' | 'photos' | 'now'> & { views: ViewsStore },
  {
    driverId,
    checkId,
    sharp,
    reviewerId,
    rationale,
  }: Reviewer & {
    driverId: string;
    checkId: string;
    sharp: boolean;
  },
): Promise<Shown | Refused<'unknown-check' | 'check-settled' | 'photo-gone'>> => {
  const now = deps.now();
  const [check, profile] = await Promise.all([
    deps.checks.find(driverId, checkId),
    deps.profiles.read(driverId),
  ]);
  if (!check) return { status: 'refused', code: 'unknown-check' };
  if (check.state !== 'waiting') return { status: 'refused', code: 'check-settled' };
  const gone = { status: 'refused', code: 'photo-gone' } as const;
  if (!profile.subject || check.photoUntil === undefined || check.photoUntil <= now) return gone;
  const key = await openKey(deps.driverKeys, driverId, profile.subject);
  const selfie = key && check.photoId && (await deps.photos.get(key, 'selfies', check.photoId));
  if (!key || !selfie) return gone;
  const viewId = newId();
  await deps.views.record(driverId, { viewId, checkId, by: reviewerId, rationale, at: now, blurred: !sharp });
  const references = await Promise.all(
    validReferences(profile, now).map(({ referenceId }) => deps.photos.get(key, 'references', referenceId)),
  );
  const lines = [reviewerId, new Date(now).toISOString(), checkId];
  const shown = (kind: 'reference' | 'selfie', bytes: Buffer | undefined) => {
    const image = bytes && readSelfie(bytes, selfieLimits);
    if (image?.status !== 'image') return [];
    return [{ kind, jpeg: watermarkedView(image, { lines, blurred: !sharp, longestSide }) }];
  };
  return {
    status: 'shown',
    viewId,
    viewedAt: now,
    blurred: !sharp,
    photos: [...shown('selfie', selfie), ...references.flatMap((bytes) => shown('reference', bytes))],
  };
};

/** A named person's word. The photo goes with it. */
export const decideCheck = async (
  deps: Pick<IdentityDeps, 'checks' | 'profiles' | 'photos' | 'now' | 'random' | 'sleep'>,
  {
    driverId,
    checkId,
    result,
    reviewerId,
    rationale,
  }: Reviewer & {
    driverId: string;
    checkId: string;
    result: 'passed' | 'inconclusive';
  },
): Promise<
  { status: 'decided'; check: Check } | Refused<'unknown-check' | 'check-settled' | 'try-again'>
> => {
  const at = deps.now();
  const verdict = { by: reviewerId, rationale, at };
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const check = await deps.checks.find(driverId, checkId);
    if (!check) return { status: 'refused', code: 'unknown-check' };
    if (check.state !== 'waiting') return { status: 'refused', code: 'check-settled' };
    const passes = result === 'passed';
    const change = passes ? { settledAt: at, settledBy: 'person' as const } : {};
    const answer = await deps.checks.step(check, passes ? 'pass' : 'giveUp', change, { verdict });
    if (answer.status === 'done') {
      const { subject } = await deps.profiles.read(driverId);
      // Where that fails, the sweeper does it.
      if (subject && check.photoId)
        await orUnavailable(deps.photos.delete(subject, 'selfies', check.photoId));
      return { status: 'decided', check: { ...check, ...change, state: passes ? 'passed' : 'closed' } };
    }
    if (attempt < maxTries) await pause(deps);
  }
  return { status: 'refused', code: 'try-again' };
};
