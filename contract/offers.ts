import * as z from 'zod/mini';
import { blockFields, blockId, dropId, instant, offerMode, stationId } from './primitives.ts';
import { defineRoute } from './route.ts';

export const offer = z.strictObject({
  offerId: z.string(),
  ...blockFields,
  mode: offerMode,
  drawId: z.optional(dropId),
  drawClosesAt: z.optional(instant),
  /** Opaque and signed: what `POST /v1/claims` takes. The same for every driver. */
  offerToken: z.string(),
  expiresAt: instant,
});
export type Offer = z.infer<typeof offer>;

export const offersPage = z.strictObject({
  /** Grows with every change of the station's offers. */
  seq: z.int(),
  offers: z.array(offer),
  /** Present when there are more: pass it as `cursor`. */
  cursor: z.optional(z.string()),
});

export const claimedBlock = z.strictObject({
  ...blockFields,
  /** Until then the driver may give the block back without anybody's help. */
  releasableUntil: instant,
});
export type ClaimedBlock = z.infer<typeof claimedBlock>;

const claimed = z.strictObject({ status: z.literal('claimed'), block: claimedBlock });

export const listOffers = defineRoute({
  operation: 'listOffers',
  method: 'GET',
  path: '/v1/stations/{stationId}/offers',
  level: 'device',
  summary: 'The blocks that a station offers now, the same list for every driver.',
  params: z.strictObject({ stationId }),
  query: z.strictObject({ cursor: z.optional(z.string().check(z.maxLength(64))) }),
  responses: { 200: offersPage, 304: null },
  refusals: ['unknown-station', 'account-restricted'],
});

export const claimBlock = defineRoute({
  operation: 'claimBlock',
  method: 'POST',
  path: '/v1/claims',
  level: 'device',
  summary: 'Claim a block. Sending the same request again is harmless.',
  body: z.strictObject({
    offerToken: z.string().check(z.minLength(1), z.maxLength(1024)),
    clearance: z.optional(z.string().check(z.minLength(1), z.maxLength(1024))),
  }),
  bodyLimit: 4_096,
  claimProof: true,
  responses: { 201: claimed, 200: claimed },
  refusals: [
    'invalid-offer-token',
    'account-restricted',
    'clearance-invalid',
    'challenge-required',
    'selfie-required',
    'slow-down',
    'block-taken',
    'schedule-overlap',
    'weekly-hours-exceeded',
    'offer-not-open',
    'offer-expired',
    'try-again',
  ],
});

export const releaseBlock = defineRoute({
  operation: 'releaseBlock',
  method: 'DELETE',
  path: '/v1/claims/{blockId}',
  level: 'device',
  summary: 'Give a claimed block back. Sending the same request again is harmless.',
  params: z.strictObject({ blockId }),
  responses: { 204: null },
  refusals: ['account-restricted', 'too-late', 'not-yours', 'try-again'],
});

export const listSchedule = defineRoute({
  operation: 'listSchedule',
  method: 'GET',
  path: '/v1/schedule',
  level: 'device',
  summary: "The driver's claimed blocks that have not ended, soonest first.",
  query: z.strictObject({ cursor: z.optional(z.string().check(z.maxLength(64))) }),
  responses: { 200: z.strictObject({ blocks: z.array(claimedBlock), cursor: z.optional(z.string()) }) },
  refusals: ['account-restricted'],
});
