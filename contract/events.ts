import * as z from 'zod/mini';
import { blockId, instant, offerMode, stationId, tier } from './primitives.ts';

/** How an attempt to claim or to release ended. */
export const attemptOutcome = z.enum(['won', 'repeated', 'lost', 'expired', 'refused', 'released', 'error']);

/**
 * One attempt, won or lost, as it lies in the attempts queue: a request of a known driver to claim or release, also
 * one that was refused because no phone was proven (it names no block then). What names no driver, or an offer in a
 * malformed body, is no attempt; the access log counts it. `reason` is the problem code of a refusal.
 * Consumers must expect duplicates and any order; `eventId` tells duplicates.
 */
export const attemptEvent = z.strictObject({
  v: z.literal(1),
  eventId: z.string(),
  type: z.enum(['claim', 'release']),
  occurredAt: instant,
  driverId: z.string(),
  deviceId: z.optional(z.string()),
  tier: z.optional(tier),
  /** What enforcement would have refused, or refused: the reason of `proof-invalid` or `device-not-eligible`. */
  unproven: z.optional(z.string()),
  blockId: z.optional(blockId),
  stationId: z.optional(stationId),
  mode: z.optional(offerMode),
  /** Version of the block that the attempt was about. */
  version: z.optional(z.int()),
  outcome: attemptOutcome,
  reason: z.optional(z.string()),
  /** Time from the arrival of the request to its outcome, in milliseconds. */
  durationMs: z.number(),
});
export type AttemptEvent = z.infer<typeof attemptEvent>;

/** One message of the attempts queue. */
export const attemptBatch = z.strictObject({ v: z.literal(1), events: z.array(z.unknown()) });
