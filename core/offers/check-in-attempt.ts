import type { AttemptEvent } from '#contract/events.ts';
import { type Circumstances, commonOf } from './attempt.ts';
import type { CheckInOutcome } from './check-in.ts';

/** The record of one check-in. The position that it may have named is not in it. */
export const checkInAttempt = (
  outcome: CheckInOutcome<{ checkId: string }>,
  blockId: string,
  circumstances: Circumstances,
): AttemptEvent => ({
  ...commonOf(circumstances),
  type: 'check-in',
  blockId,
  ...(outcome.block && { stationId: outcome.block.stationId, version: outcome.block.version }),
  ...(outcome.status === 'asked' && { checkId: outcome.check.checkId }),
  ...(outcome.status === 'refused'
    ? {
        outcome: outcome.code === 'try-again' ? ('error' as const) : ('refused' as const),
        reason: outcome.code,
      }
    : { outcome: outcome.status }),
});
