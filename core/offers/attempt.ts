import type { AttemptEvent } from '#contract/events.ts';
import type { ClaimOutcome } from './claim-block.ts';
import type { ReleaseOutcome } from './release-block.ts';

export interface Circumstances {
  caller: { accountId: string; deviceId?: string };
  requestId: string;
  startedAt: number;
  endedAt: number;
}

const common = ({ caller, requestId, startedAt, endedAt }: Circumstances) => ({
  v: 1 as const,
  eventId: requestId,
  occurredAt: new Date(startedAt).toISOString(),
  driverId: caller.accountId,
  ...(caller.deviceId && { deviceId: caller.deviceId }),
  durationMs: endedAt - startedAt,
});

const outcomeOfRefusal = {
  'block-taken': 'lost',
  'offer-expired': 'expired',
  'try-again': 'error',
} as const;

const refusal = (code: string) => ({
  outcome: outcomeOfRefusal[code as keyof typeof outcomeOfRefusal] ?? ('refused' as const),
  reason: code,
});

/** The record of one claim, won or lost. */
export const claimAttempt = (outcome: ClaimOutcome, circumstances: Circumstances): AttemptEvent => ({
  ...common(circumstances),
  type: 'claim',
  ...(outcome.offer && {
    blockId: outcome.offer.blockId,
    stationId: outcome.offer.stationId,
    mode: outcome.offer.mode,
    version: outcome.offer.version,
  }),
  ...(outcome.status === 'refused'
    ? refusal(outcome.code)
    : { outcome: outcome.status === 'claimed' ? ('won' as const) : ('repeated' as const) }),
});

/** The record of one release, done or refused. */
export const releaseAttempt = (outcome: ReleaseOutcome, circumstances: Circumstances): AttemptEvent => ({
  ...common(circumstances),
  type: 'release',
  blockId: outcome.blockId,
  ...(outcome.stationId && { stationId: outcome.stationId }),
  ...(outcome.version !== undefined && { version: outcome.version }),
  ...(outcome.status === 'refused' ? refusal(outcome.code) : { outcome: outcome.status }),
});
