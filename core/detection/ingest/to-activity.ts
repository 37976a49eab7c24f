import type { ActivityEvent, ActivityOutcome, ActivityRoute } from '#contract/activity.ts';
import type { AttemptEvent } from '#contract/events.ts';
import type { HashName } from './hash-names.ts';

const routes: Readonly<Record<AttemptEvent['type'], ActivityRoute>> = {
  list: 'offers.list',
  view: 'offers.view',
  pointer: 'ui.pointer',
  claim: 'offers.claim',
  release: 'offers.release',
  challenge: 'challenge',
  'check-in': 'check-in',
  'selfie-check': 'selfie-check',
};

/** A photo that shows nothing is nobody's failure. */
const outcomes: Readonly<Record<AttemptEvent['outcome'], ActivityOutcome | undefined>> = {
  ok: 'ok',
  won: 'won',
  repeated: 'ok',
  // Neither won nor lost: the lot says nothing about who entered.
  entered: undefined,
  lost: 'lost',
  expired: 'expired',
  refused: 'denied',
  released: 'ok',
  error: 'error',
  passed: 'ok',
  continue: 'ok',
  failed: 'denied',
  'checked-in': 'ok',
  asked: 'ok',
  retake: 'error',
  inconclusive: 'error',
};

/** Refused before anybody looked at what was asked for: that says something about the phone, and nothing about a claim. */
const ofThePhone: ReadonlySet<string | undefined> = new Set([
  'proof-invalid',
  'use_dpop_nonce',
  'device-not-eligible',
]);

/** The block, whichever time it was offered: who releases one and claims it again shows by it. */
const offerOf = ({ offerId, blockId }: AttemptEvent): string | undefined => blockId ?? offerId?.split('.')[0];

/**
 * Of a phone that proved itself. Where a login stands for it nothing is known of one, and a proof that failed accuses
 * nobody: an app that asks again spends it twice, and whoever stole a token writes into its owner's log.
 */
const attestationOf = ({ deviceId, tier, unproven }: AttemptEvent, hash: HashName) =>
  deviceId && tier && !unproven ? { verdict: tier, keyId: hash('key', deviceId) } : undefined;

/** Since the task was shown, or the work that an answer was; a server's time for an answer says nothing. */
const durationOf = ({ type, solvedMs, durationMs }: AttemptEvent): number | undefined =>
  type === 'challenge' ? solvedMs : durationMs;

/** Without the fields that nothing is known of. */
const known = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

/**
 * An attempt as the detector reads it. Which one it was, whose, on which phone, from where and for which offer is told
 * by names that mean nothing outside; the time since an offer became visible is left out, because it is not the time since
 * somebody saw it.
 */
export const toActivity = (attempt: AttemptEvent, accountId: string, hash: HashName): ActivityEvent => {
  const { eventId, deviceId, network, stationId, position, clientAt, x, y, holdMs } = attempt;
  const offerId = offerOf(attempt);
  const isOfThePhone = ofThePhone.has(attempt.reason);
  return known({
    v: 1 as const,
    eventId: hash('event', eventId),
    accountId,
    deviceId: deviceId && hash('device', deviceId),
    ip: network && hash('network', network.prefix),
    asn: network?.kind,
    route: isOfThePhone ? 'device' : routes[attempt.type],
    ts: Date.parse(attempt.occurredAt),
    clientTs: clientAt === undefined ? undefined : Date.parse(clientAt),
    offerId: offerId && hash('offer', offerId),
    offerValue: attempt.value,
    outcome: outcomes[attempt.outcome],
    attestation: attestationOf(attempt, hash),
    x,
    y,
    holdMs,
    stationId,
    position,
    reason: isOfThePhone ? attempt.unproven : (attempt.reason ?? attempt.task ?? attempt.unproven),
    durationMs: durationOf(attempt),
  });
};
