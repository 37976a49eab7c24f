import type { AttemptEvent } from '#contract/events.ts';
import { type Circumstances, commonOf } from './attempt.ts';
import type { OffersOutcome } from './list-offers.ts';

/** The record of one look at a station's list. */
export const listAttempt = (
  outcome: OffersOutcome,
  stationId: string,
  circumstances: Circumstances,
): AttemptEvent => ({
  ...commonOf(circumstances),
  type: 'list',
  ...(outcome.status === 'listed'
    ? { stationId, outcome: 'ok' as const }
    : { outcome: 'refused' as const, reason: outcome.code }),
});
