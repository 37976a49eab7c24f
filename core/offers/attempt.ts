import type { AttemptEvent } from '#contract/events.ts';
import type { Tier } from '#contract/primitives.ts';
import type { Route } from '#contract/route.ts';
import { type EdgeHeaders, networkOf } from '#core/detection/network.ts';
import type { Phone } from '#core/devices/check-proof.ts';
import type { ClaimOutcome } from './claim-block.ts';
import type { RiskNote } from './claim-guard.ts';
import type { ReleaseOutcome } from './release-block.ts';

export interface Circumstances {
  caller: { accountId: string; deviceId?: string; tier?: Tier; unproven?: string };
  requestId: string;
  headers?: EdgeHeaders;
  startedAt: number;
  endedAt: number;
}

const phoneOf = ({ deviceId, tier, unproven }: Circumstances['caller']) => ({
  ...(deviceId && { deviceId }),
  ...(tier && { tier }),
  ...(unproven && { unproven }),
});

/** What every record says. */
export const commonOf = ({ caller, requestId, headers, startedAt, endedAt }: Circumstances) => ({
  v: 1 as const,
  eventId: requestId,
  occurredAt: new Date(startedAt).toISOString(),
  driverId: caller.accountId,
  ...phoneOf(caller),
  ...networkOf(headers),
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

const riskOf = ({ decision, points, reasons, challengeId }: RiskNote) => ({
  decision,
  points,
  signals: [...reasons],
  ...(challengeId && { challengeId }),
});

/** The record of one claim, won or lost. */
export const claimAttempt = (outcome: ClaimOutcome, circumstances: Circumstances): AttemptEvent => ({
  ...commonOf(circumstances),
  type: 'claim',
  ...(outcome.offer && {
    blockId: outcome.offer.blockId,
    stationId: outcome.offer.stationId,
    mode: outcome.offer.mode,
    version: outcome.offer.version,
    value: outcome.offer.amount,
    latencyMs: circumstances.startedAt - outcome.offer.opensAt,
  }),
  ...(outcome.risk && riskOf(outcome.risk)),
  ...(outcome.status === 'refused'
    ? refusal(outcome.code)
    : { outcome: outcome.status === 'claimed' ? ('won' as const) : outcome.status }),
});

/** The record of one release, done or refused. */
export const releaseAttempt = (outcome: ReleaseOutcome, circumstances: Circumstances): AttemptEvent => ({
  ...commonOf(circumstances),
  type: 'release',
  blockId: outcome.blockId,
  ...(outcome.stationId && { stationId: outcome.stationId }),
  ...(outcome.version !== undefined && { version: outcome.version }),
  ...(outcome.status === 'refused' ? refusal(outcome.code) : { outcome: outcome.status }),
});

/** A request of a known driver that its proof did not carry. */
export interface Unproven {
  route: Route;
  phone: Phone;
  code: string;
  requestId: string;
  headers?: EdgeHeaders;
}

const typeOf: Readonly<Record<string, AttemptEvent['type']>> = { listOffers: 'list', claimBlock: 'claim' };

/** The record of a request whose phone was not proven: refused before anybody looked at what it asks for. */
export const unprovenAttempt = ({ route, phone, code, ...request }: Unproven, at: number): AttemptEvent => ({
  ...commonOf({ ...request, caller: { ...phone, ...phone.account }, startedAt: at, endedAt: at }),
  type: typeOf[route.operation] ?? 'release',
  ...refusal(code),
});
