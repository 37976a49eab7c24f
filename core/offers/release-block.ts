import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import { weekShares } from './calendar.ts';
import type { ClaimsStore, Commitment } from './claims-store.ts';
import { isLate, type LateRelease } from './late-releases.ts';
import type { SettledOffers } from './settled-offers.ts';

export interface ReleaseDeps extends Surroundings {
  store: ClaimsStore;
  settled: SettledOffers;
  /** How long before the start a driver may still release, in minutes. */
  releaseLeadMinutes: number;
  /** A release so close to the start counts as late. */
  lateHours: number;
  /** What is written with a late one. */
  noteLate: (release: LateRelease & { driverId: string }) => Alongside;
}

type Alongside = NonNullable<Commitment['alongside']>[number];

export type ReleaseOutcome =
  | { status: 'released' | 'repeated'; blockId: string; version: number; stationId: string }
  | {
      status: 'refused';
      code: 'not-yours' | 'too-late' | 'try-again';
      blockId: string;
      version?: number;
      stationId?: string;
    };

/** Last moment at which a driver may release without anybody's help, in milliseconds since the epoch. */
export const releasableUntil = (startsAt: number, releaseLeadMinutes: number) =>
  startsAt - releaseLeadMinutes * 60_000;

/**
 * Gives the block back: it waits in a new version to be offered again, so that nothing issued for the old one can touch it.
 * Sending the same release again is harmless and answers `repeated`.
 */
export const releaseBlock = async (
  deps: ReleaseDeps,
  { requestId, driverId, blockId }: { requestId: string; driverId: string; blockId: string },
): Promise<ReleaseOutcome> => {
  const at = deps.now();
  let tried: number | undefined;
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const block = await answeredOrUnread(deps.store.read(blockId));
    if (block === 'unread') break;
    if (!block) return { status: 'refused', code: 'not-yours', blockId };
    const { version, stationId } = block;
    const known = { blockId, version, stationId };
    if (tried !== undefined && version !== tried) {
      // Only its owner ends a version, so the lost answer was a yes. Whatever the driver claimed since stays his.
      return { status: 'repeated', blockId, version: tried, stationId };
    }
    if (block.owner !== driverId) {
      return block.releasedBy === driverId
        ? { status: 'repeated', ...known }
        : { status: 'refused', code: 'not-yours', ...known };
    }
    if (at > releasableUntil(block.startsAt, deps.releaseLeadMinutes)) {
      return { status: 'refused', code: 'too-late', ...known };
    }
    const weeks = weekShares(block.startsAt, block.endsAt);
    const alongside = isLate(block, at, deps.lateHours) ? [deps.noteLate({ driverId, blockId, at })] : [];
    tried = version;
    const release = { requestId, driverId, blockId, version, at, weeks, alongside };
    const answer = await deps.store.commitRelease(release);
    if (answer.status === 'done') {
      deps.settled.settle(blockId, version, { code: 'offer-expired' });
      return { status: 'released', ...known };
    }
    if (attempt < maxTries) await pause(deps);
  }
  return { status: 'refused', code: 'try-again', blockId };
};
