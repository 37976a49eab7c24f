import type { AttemptEvent } from '#contract/events.ts';
import { type Circumstances, commonOf } from '#core/offers/attempt.ts';
import type { SelfieOutcome } from './send-selfie.ts';

/** The record of one selfie: how it ended, and nothing of the photo or of how like it was. */
export const selfieAttempt = (
  outcome: SelfieOutcome,
  checkId: string,
  circumstances: Circumstances,
): AttemptEvent => ({
  ...commonOf(circumstances),
  type: 'selfie-check',
  checkId,
  ...(outcome.status === 'looked'
    ? {
        ...(outcome.check.blockId && { blockId: outcome.check.blockId }),
        ...(outcome.check.stationId && { stationId: outcome.check.stationId }),
        outcome: outcome.result,
      }
    : {
        outcome: outcome.code === 'try-again' ? ('error' as const) : ('refused' as const),
        reason: outcome.code,
      }),
});
