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

type Station = LiveConfiguration['stations'][number];

/** What is published of the stage, as it travels in the environment. */
export type PublishedStage = Omit<LiveConfiguration, 'detectors' | 'figures' | 'stations'> & {
  stations: readonly (readonly [
    stationId: string,
    name: string,
    jurisdiction: string,
    shares: Station['shares'],
  ])[];
};

export const liveStage = ({
  stations,
  ...published
}: PublishedStage): Omit<LiveConfiguration, 'detectors' | 'figures'> => ({
  ...published,
  stations: stations.map(([stationId, name, jurisdiction, shares]) => ({
    stationId,
    name,
    jurisdiction,
    shares,
  })),
});
