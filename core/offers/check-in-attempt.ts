import type { AttemptEvent } from '#contract/events.ts';
import { type Circumstances, commonOf } from './attempt.ts';
import { type CheckInOutcome, mostAccuracyMeters, type Position } from './check-in.ts';

/** In hundredths of a degree, some kilometre; adding zero leaves no negative one. */
const rounded = (degrees: number) => Math.round(degrees * 100) / 100 + 0;

/** What a phone itself calls vague would look like travel. */
const coarsely = (position: Position | undefined): Pick<AttemptEvent, 'position'> =>
  position && (position.accuracyMeters ?? 0) <= mostAccuracyMeters
    ? { position: { latitude: rounded(position.latitude), longitude: rounded(position.longitude) } }
    : {};

/** The record of one check-in. Of the position that it may have named, only the kilometre around is in it. */
export const checkInAttempt = (
  outcome: CheckInOutcome<{ checkId: string }>,
  { blockId, position }: { blockId: string; position?: Position | undefined },
  circumstances: Circumstances,
): AttemptEvent => ({
  ...commonOf(circumstances),
  type: 'check-in',
  blockId,
  ...(outcome.block && { stationId: outcome.block.stationId, version: outcome.block.version }),
  ...coarsely(position),
  ...(outcome.status === 'asked' && { checkId: outcome.check.checkId }),
  ...(outcome.status === 'refused'
    ? {
        outcome: outcome.code === 'try-again' ? ('error' as const) : ('refused' as const),
        reason: outcome.code,
      }
    : { outcome: outcome.status }),
});
