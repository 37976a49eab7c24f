import * as z from 'zod/mini';
import { claimedBlock } from './claims.ts';
import { blockFields, dropId, instant, offerMode, stationId } from './primitives.ts';
import { defineRoute } from './route.ts';

export const offer = z.strictObject({
  offerId: z.string(),
  ...blockFields,
  mode: offerMode,
  drawId: z.optional(dropId),
  /** Until then drivers enter; the outcome follows within seconds. */
  drawClosesAt: z.optional(instant),
  /** SHA-256 of the draw's secret in base64url: whoever runs the draw cannot choose another one afterwards. */
  drawCommitment: z.optional(z.string()),
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
