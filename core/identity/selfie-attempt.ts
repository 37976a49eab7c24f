import type { AttemptEvent } from '#contract/events.ts';
import { type Circumstances, commonOf } from '#core/offers/attempt.ts';
import type { Check } from './check.ts';
import type { WayOutcome } from './choose-way.ts';
import type { MovementOutcome } from './movement.ts';
import type { SelfieOutcome } from './send-selfie.ts';

const placeOf = ({ blockId, stationId }: Check) => ({
  ...(blockId && { blockId }),
  ...(stationId && { stationId }),
});
const refusal = (reason: string) => ({
  outcome: reason === 'try-again' ? ('error' as const) : ('refused' as const),
  reason,
});

/** The record of one selfie or movement: how it ended, and nothing of the photo or of how like it was. */
export const selfieAttempt = (
  outcome: SelfieOutcome | MovementOutcome,
  checkId: string | undefined,
  circumstances: Circumstances,
): AttemptEvent => ({
  ...commonOf(circumstances),
  type: 'selfie-check',
  ...(checkId && { checkId }),
  ...(outcome.status === 'looked'
    ? { ...(outcome.check && placeOf(outcome.check)), outcome: outcome.result }
    : refusal(outcome.code)),
});

/** The record of a way without a face: passed by it, or waiting for a person. */
export const wayAttempt = (
  outcome: WayOutcome,
  checkId: string,
  circumstances: Circumstances,
): AttemptEvent => ({
  ...commonOf(circumstances),
  type: 'selfie-check',
  checkId,
  ...(outcome.status === 'chosen'
    ? {
        ...placeOf(outcome.check),
        outcome: outcome.check.state === 'passed' ? ('passed' as const) : ('asked' as const),
        reason: outcome.way,
      }
    : refusal(outcome.code)),
});
