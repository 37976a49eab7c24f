import * as z from 'zod/mini';
import { blockId, dropId, instant, offerMode, stationId, tier } from './primitives.ts';

/** How an attempt ended; `ok` of what cannot fail. */
export const attemptOutcome = z.enum([
  'ok',
  'won',
  'repeated',
  'entered',
  'lost',
  'expired',
  'refused',
  'released',
  'error',
  'passed',
  'continue',
  'failed',
  'checked-in',
  'asked',
  'retake',
  'inconclusive',
]);

/** What was decided about a claim before anything was written. */
export const riskDecision = z.enum(['go', 'challenge', 'selfie', 'refuse']);

/**
 * Where a request came from, as far as it is kept: IPv4 to 24 bits, IPv6 to 48, and that it is a hosting provider's where
 * the firewall knew it. Without a kind nothing is known.
 */
const network = z.strictObject({
  prefix: z.string().check(z.maxLength(32)),
  kind: z.optional(z.enum(['hosting'])),
});
export type Network = z.infer<typeof network>;

/**
 * One attempt, won or lost, as it lies in the attempts queue: a request of a known driver to list offers, to claim, to
 * release, to answer a challenge, to check in or to send a selfie, also one that was refused because no phone was proven
 * (it names no block then); or an offer that the app showed, or a touch in one. What names no driver, or an offer in a
 * malformed body, is no attempt; the access log counts it. `reason` is the problem code of a refusal.
 * Consumers must expect duplicates and any order; `eventId` tells duplicates.
 */
export const attemptEvent = z.strictObject({
  v: z.literal(1),
  eventId: z.string(),
  type: z.enum(['list', 'view', 'pointer', 'claim', 'release', 'challenge', 'check-in', 'selfie-check']),
  occurredAt: instant,
  driverId: z.string(),
  deviceId: z.optional(z.string()),
  tier: z.optional(tier),
  /** What enforcement would have refused, or refused: the reason of `proof-invalid` or `device-not-eligible`. */
  unproven: z.optional(z.string()),
  network: z.optional(network),
  blockId: z.optional(blockId),
  stationId: z.optional(stationId),
  mode: z.optional(offerMode),
  /** Version of the block that the attempt was about. */
  version: z.optional(z.int()),
  /** Of a claim: pay, in minor units. */
  value: z.optional(z.int()),
  outcome: attemptOutcome,
  reason: z.optional(z.string()),
  /** Of a claim: from the time at which its offer became visible to its arrival, in milliseconds. */
  latencyMs: z.optional(z.number()),
  /** Of a claim that showed something unusual: what was decided, from how many points, and why. */
  decision: z.optional(riskDecision),
  points: z.optional(z.int()),
  signals: z.optional(z.array(z.string())),
  /** Of a claim that was challenged or brought a clearance, and of an answer. */
  challengeId: z.optional(z.string()),
  /** Of a check-in that asked for one, and of a selfie: the check. How like a photo was is in no event. */
  checkId: z.optional(z.string()),
  /** Of a check-in that told one: in degrees, rounded to hundredths, some kilometre. */
  position: z.optional(z.strictObject({ latitude: z.number(), longitude: z.number() })),
  /** Of an answer: which kind of task. */
  task: z.optional(z.string()),
  /** Of an answer: since its task was shown first, in milliseconds. */
  solvedMs: z.optional(z.number()),
  /** Of what the app tells: the offer, when by the phone's clock; of a touch where, in points, and how long. */
  offerId: z.optional(z.string()),
  clientAt: z.optional(instant),
  x: z.optional(z.number()),
  y: z.optional(z.number()),
  holdMs: z.optional(z.number()),
  /** Time from the arrival of the request to its outcome, in milliseconds. */
  durationMs: z.number(),
});
export type AttemptEvent = z.infer<typeof attemptEvent>;

/** `detail-type` of the event that says that an account ended. */
export const accountClosed = 'account.closed';

/** Its detail: whose, and why. What the end of the account leaves without a purpose is erased. */
export const accountClosedDetail = z.strictObject({
  driverId: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  reason: z.enum(['offboarded', 'left']),
  /** When it was decided: an end that is told after it was taken back is none. */
  at: z.optional(instant),
});

/** `detail-type` of the event that takes an end back: its driver may give consent and photos again. */
export const accountReopened = 'account.reopened';
export const accountReopenedDetail = z.strictObject({
  driverId: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  at: z.optional(instant),
});

/** `detail-type` of the event that says that a draw is over: whoever pushes to phones tells its entrants to look. */
export const drawDrawn = 'draw.drawn';
export const drawDrawnDetail = z.strictObject({
  drawId: dropId,
  stationId,
  entries: z.int(),
  given: z.int(),
  closedAt: instant,
  drawnAt: instant,
});

/** One message of the attempts queue. */
export const attemptBatch = z.strictObject({ v: z.literal(1), events: z.array(z.unknown()) });
