import type { ActivityEvent } from '#contract/activity.ts';
import { hashId, hashName } from './hash.ts';
import { activityOutcomes, activityRoutes, type LoggedEvent, verdicts } from './logged-event.ts';
import { networkKind } from './networks.ts';

const routeOf = Object.fromEntries(activityRoutes.map((route, index) => [route, index])) as Record<
  ActivityEvent['route'],
  number
>;
const outcomeOf = Object.fromEntries(activityOutcomes.map((outcome, index) => [outcome, index + 1]));

/**
 * Words of whoever attested, in any spelling. What is not here says nothing. Tiers C and D lack evidence, which is no
 * accusation.
 */
const verdictWords: Readonly<Record<'strong' | 'basic' | 'failed', readonly string[]>> = {
  strong: [
    'a',
    'strong',
    'hardware',
    'strongbox',
    'pass',
    'passed',
    'ok',
    'valid',
    'verified',
    'genuine',
    'trusted',
    'meets_strong_integrity',
  ],
  basic: ['b', 'c', 'd', 'basic', 'device', 'software', 'meets_basic_integrity', 'meets_device_integrity'],
  failed: ['fail', 'failed', 'invalid', 'none', 'rooted', 'emulator', 'denied'],
};
const verdictOfWord = new Map(
  (['strong', 'basic', 'failed'] as const).flatMap((verdict) =>
    verdictWords[verdict].map((word) => [word, verdicts[verdict]] as const),
  ),
);

const verdictOf = (verdict: string | null | undefined): number => {
  if (verdict === null || verdict === undefined) return verdicts.unknown;
  return verdictOfWord.get(verdict) ?? verdictOfWord.get(verdict.trim().toLowerCase()) ?? verdicts.unknown;
};

/** An event of the schema as the detector keeps it. */
export const toLoggedEvent = (event: ActivityEvent): LoggedEvent => ({
  id: hashId(event.eventId),
  // Fractions of a millisecond would not survive a shift of the clock bit for bit.
  at: Math.floor(event.ts),
  route: routeOf[event.route],
  outcome: (event.outcome && outcomeOf[event.outcome]) ?? 0,
  latencyMs: event.latencyMs ?? Number.NaN,
  value: event.offerValue ?? Number.NaN,
  offer: hashName(event.offerId),
  device: hashName(event.deviceId),
  network: hashName(event.ip),
  key: hashName(event.attestation?.keyId),
  station: hashName(event.stationId),
  asn: networkKind(event.asn),
  verdict: verdictOf(event.attestation?.verdict),
  x: event.x ?? Number.NaN,
  y: event.y ?? Number.NaN,
  holdMs: event.holdMs ?? Number.NaN,
  durationMs: event.durationMs ?? Number.NaN,
  latitude: event.position?.latitude ?? Number.NaN,
  longitude: event.position?.longitude ?? Number.NaN,
});
