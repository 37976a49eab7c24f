import type { DetectionPolicy } from '#contract/detection-policy.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import { promote, type Release, releaseTransitions } from '../rules/release.ts';
import type { ReleasesStore } from './releases-store.ts';
import { newRelease, type StoredRelease, withMove } from './stored-release.ts';

export type ReleaseDeps = Surroundings & { releases: ReleasesStore };
export type PromoteDeps = ReleaseDeps & { policy: Pick<DetectionPolicy, 'shadowDays'> };
type Refused<Code extends string> = { status: 'refused'; code: Code };

/** A person who moves a release, and why. */
export interface Mover {
  releaseId: string;
  by: string;
  rationale: string;
}
type Moved = { status: 'moved'; release: Release };

/** Every model and rule of this version of the service has its release: born in shadow, at first sight. */
export const bearReleases = async (
  { releases, now }: Pick<ReleaseDeps, 'releases' | 'now'>,
  running: readonly { releaseId: string; kind: StoredRelease['kind'] }[],
  bound: number,
): Promise<StoredRelease[]> => {
  const known = await releases.list();
  const missing = running.filter(({ releaseId }) => known.every(({ release }) => release.id !== releaseId));
  // Who is overtaken here was only later: the other one is born in shadow too.
  for (const { releaseId, kind } of missing) await releases.write(newRelease(releaseId, kind, bound, now()));
  return missing.length === 0 ? known : releases.list();
};

const change = async (
  deps: ReleaseDeps,
  releaseId: string,
  next: (stored: StoredRelease) => StoredRelease | Refused<'precision-unproven'>,
): Promise<Moved | Refused<'not-found' | 'precision-unproven' | 'try-again'>> => {
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const stored = await deps.releases.find(releaseId);
    if (!stored) return { status: 'refused', code: 'not-found' };
    const after = next(stored);
    if ('status' in after) return after;
    if (after === stored || (await deps.releases.write(after)) === 'written')
      return { status: 'moved', release: after.release };
    if (attempt < maxTries) await pause(deps);
  }
  return { status: 'refused', code: 'try-again' };
};

const dayMs = 86_400_000;
const unproven = { status: 'refused', code: 'precision-unproven' } as const;

/**
 * Lets a release act, if it was known for long enough and people's verdicts bear it: a precision that a few busy days gave
 * is not yet proven. One that acts already stays so.
 */
export const promoteRelease = (deps: PromoteDeps, { releaseId, by, rationale }: Mover) =>
  change(deps, releaseId, (stored) => {
    if (stored.release.state === 'active') return stored;
    if (deps.now() < stored.bornAt + deps.policy.shadowDays * dayMs) return unproven;
    const { release, happened } = promote(stored.release, [], by);
    return happened.what === 'promoted'
      ? withMove(stored, release, { step: 'promote', at: deps.now(), by, rationale })
      : unproven;
  });

/** Stops a release from acting: always possible. */
export const demoteRelease = (deps: ReleaseDeps, { releaseId, by, rationale }: Mover) =>
  change(deps, releaseId, (stored) =>
    stored.release.state === 'active'
      ? withMove(
          stored,
          { ...stored.release, state: releaseTransitions.active.demote },
          { step: 'demote', at: deps.now(), by, rationale },
        )
      : stored,
  );
