import type { ErasuresStore } from './erasure/erasures-store.ts';
import { type FinishDeps, finishErasure } from './erasure/finish-erasure.ts';
import type { IdentityDeps } from './identity-deps.ts';
import type { DueThing } from './keys.ts';
import { validReferences } from './profile.ts';

type Deps = FinishDeps & Pick<IdentityDeps, 'photos' | 'profiles' | 'checks'> & { erasures: ErasuresStore };

/** A photo whose time is over: out of the profile first, so that nothing names what is gone. */
const expireReference = async (deps: Deps, { driverId, id }: DueThing): Promise<boolean> => {
  const profile = await deps.profiles.read(driverId);
  const { subject } = profile;
  if (!subject) return true;
  if (profile.references.some(({ referenceId }) => referenceId === id)) {
    const references = validReferences(profile, deps.now());
    if (references.some(({ referenceId }) => referenceId === id)) return true;
    const answer = await deps.profiles.change(profile, { ...profile, references });
    if (answer.status !== 'changed') return false;
  }
  await deps.photos.delete(subject, 'references', id);
  return true;
};

/** A photo that was to be stored for a person: it goes, unless the check came to name it, and is still to be looked at. */
const expireUnnamed = async (
  deps: Deps,
  { driverId, id }: DueThing,
  { photoId, subject }: NonNullable<DueThing['photo']>,
): Promise<boolean> => {
  const check = await deps.checks.find(driverId, id);
  const waits =
    check?.state === 'waiting' && check.photoId === photoId && (check.photoUntil ?? 0) > deps.now();
  if (!waits) await deps.photos.delete(subject, 'selfies', photoId);
  return true;
};

/** Nobody looked in time: the photo goes, and the check stays open to the ways without a face. */
const expireSelfie = async (deps: Deps, thing: DueThing): Promise<boolean> => {
  const { driverId, id, photo } = thing;
  if (photo) return expireUnnamed(deps, thing, photo);
  const { subject } = await deps.profiles.read(driverId);
  const check = await deps.checks.find(driverId, id);
  if (subject && check?.photoId) await deps.photos.delete(subject, 'selfies', check.photoId);
  if (check?.state !== 'waiting' || check.way !== 'photos') return true;
  return (await deps.checks.step(check, 'giveUp', {})).status === 'done';
};

const work = {
  erasure: async (deps: Deps, { driverId, id }: DueThing) => {
    await finishErasure(deps, { driverId, erasureId: id });
    return true;
  },
  reference: expireReference,
  selfie: expireSelfie,
} as const;

const mostAtOnce = 500;
const putOffMs = 3_600_000;

/** Does what is due, and counts it. What fails is due again in an hour: it never stands before what is not tried yet. */
export const sweep = async (
  deps: Deps & { onFailed: (kind: DueThing['kind'], error: unknown) => void },
): Promise<Record<DueThing['kind'] | 'failed', number>> => {
  const tally = { erasure: 0, reference: 0, selfie: 0, failed: 0 };
  for (const thing of await deps.erasures.due(deps.now(), mostAtOnce)) {
    try {
      if (!(await work[thing.kind](deps, thing))) continue;
      await deps.erasures.settleDue(thing);
      tally[thing.kind] += 1;
    } catch (error) {
      await deps.erasures.putOff(thing, deps.now() + putOffMs);
      tally.failed += 1;
      deps.onFailed(thing.kind, error);
    }
  }
  return tally;
};
