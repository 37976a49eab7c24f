import type { DetectorDemotedDetail } from '#contract/findings.ts';
import { bornRelease, type Happened, type Release } from '../rules/release.ts';

/** What moved a release; without a name it was the machine, which only ever demotes. */
export interface ReleaseMove {
  step: 'promote' | 'demote' | 'retire';
  /** Milliseconds since the epoch. */
  at: number;
  by?: string;
  rationale?: string;
}

/** A release with what is kept beside it. */
export interface StoredRelease {
  release: Release;
  kind: 'model' | 'rule';
  bornAt: number;
  /** The latest last. */
  history: readonly ReleaseMove[];
  /** A demotion that the bus has not heard of for sure. */
  untold?: DetectorDemotedDetail;
  /** Of the item: 0 before it is written. */
  revision: number;
}

const mostMoves = 50;

export const newRelease = (
  releaseId: string,
  kind: StoredRelease['kind'],
  bound: number,
  bornAt: number,
): StoredRelease => ({
  // The name holds the version: another version is another release.
  release: bornRelease(releaseId, 1, bound),
  kind,
  bornAt,
  history: [],
  revision: 0,
});

export const withMove = (stored: StoredRelease, release: Release, move: ReleaseMove): StoredRelease => ({
  ...stored,
  release,
  history: [...stored.history, move].slice(-mostMoves),
});

export const countsOf = ({ verdicts }: Release): { confirmed: number; dismissed: number } => {
  const confirmed = verdicts.filter(({ verdict }) => verdict === 'confirmed').length;
  return { confirmed, dismissed: verdicts.length - confirmed };
};

/** What the bus is told of a release that people no longer find precise enough. */
export const demotionOf = (
  release: Release,
  { precision }: Extract<Happened, { what: 'demoted' | 'counted' }>,
  at: number,
): DetectorDemotedDetail => ({
  release: release.id,
  ...countsOf(release),
  lowerBound: precision.lower,
  bound: release.bound,
  demotedAt: new Date(at).toISOString(),
});
