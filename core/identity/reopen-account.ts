import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import { withoutEnd } from './profile.ts';
import type { ProfileStore } from './profile-store.ts';

export type ReopenOutcome =
  /** `known`: it was, and whatever happened since came after it. */
  { status: 'reopened' | 'known' } | { status: 'refused'; code: 'try-again' };

/**
 * Takes the end of an account back, said at `at` (milliseconds since the epoch): its driver may agree and give photos
 * again. What was erased stays erased. Saying it again changes nothing, also when the account ended anew in between.
 */
export const reopenAccount = async (
  deps: Surroundings & { profiles: Pick<ProfileStore, 'read' | 'change'> },
  { driverId, at }: { driverId: string; at: number },
): Promise<ReopenOutcome> => {
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const profile = await deps.profiles.read(driverId);
    if ((profile.reopenedAt ?? 0) >= at) return { status: 'known' };
    const answer = await deps.profiles.change(profile, withoutEnd(profile, at));
    if (answer.status === 'changed') return { status: 'reopened' };
    if (attempt < maxTries) await pause(deps);
  }
  return { status: 'refused', code: 'try-again' };
};

/** Whether an end that was said at a time was taken back since: then what says it comes late, or again. */
export const isReopenedSince = async (
  { profiles }: { profiles: Pick<ProfileStore, 'read'> },
  { driverId, at }: { driverId: string; at: number },
): Promise<boolean> => ((await profiles.read(driverId)).reopenedAt ?? 0) >= at;
