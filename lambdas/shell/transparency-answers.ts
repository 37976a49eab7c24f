import type { StoredRelease } from '#core/detection/releases/stored-release.ts';
import type { LiveConfiguration } from '#core/enforcement/law/describe-law.ts';

/** What this version runs, and whether it acts: what has not run yet is in shadow. */
export const detectorStates = (
  running: readonly { releaseId: string; kind: 'model' | 'rule' }[],
  stored: readonly StoredRelease[],
): LiveConfiguration['detectors'] =>
  running.map(({ releaseId, kind }) => ({
    release: releaseId,
    kind,
    state: stored.find(({ release }) => release.id === releaseId)?.release.state ?? 'shadow',
  }));
