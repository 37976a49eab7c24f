import * as z from 'zod/mini';
import { blockFields, blockId, dropId, instant, position } from './primitives.ts';
import { defineRoute } from './route.ts';

export const claimedBlock = z.strictObject({
  ...blockFields,
  /** Until then the driver may give the block back without anybody's help. */
  releasableUntil: instant,
});
export type ClaimedBlock = z.infer<typeof claimedBlock>;

const claimed = z.strictObject({ status: z.literal('claimed'), block: claimedBlock });

const entered = z.strictObject({
  status: z.literal('entered'),
  drawId: dropId,
  closesAt: instant,
  /** What the driver would take, best first. */
  choices: z.array(blockId),
});

const offerToken = z.string().check(z.minLength(1), z.maxLength(1024));
/** Blocks that one entry of a draw can name. */
export const mostChoices = 10;

export const claimBlock = defineRoute({
  operation: 'claimBlock',
  method: 'POST',
  path: '/v1/claims',
  level: 'device',
  summary: 'Claim a block, or enter its draw. Sending the same request again is harmless.',
  body: z.strictObject({
    offerToken,
    /** In a draw: other blocks of it that the driver would take instead, the better ones first. */
    alternatives: z.optional(z.array(offerToken).check(z.maxLength(mostChoices - 1))),
    clearance: z.optional(z.string().check(z.minLength(1), z.maxLength(1024))),
    /** Of blocks that start soon, where the station asks for it: decides this claim and is not kept. */
    position: z.optional(position),
  }),
  bodyLimit: 8_192,
  claimProof: true,
  responses: { 201: claimed, 200: claimed, 202: entered },
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
    'draw-closed',
    'position-required',
    'too-far',
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
