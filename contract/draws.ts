import * as z from 'zod/mini';
import { drawRefusal, publishedDraw } from './draw-record.ts';
import { offer } from './offers.ts';
import { blockFields, blockId, dropId, instant, stationId } from './primitives.ts';
import { defineRoute } from './route.ts';

/** Draws, reserved offers and the rotation behind them, as a driver sees them. */

const drawParams = z.strictObject({ drawId: dropId });

const entry = z.strictObject({
  state: z.enum(['entered', 'left']),
  /** Left out of what the record of a draw tells. */
  enteredAt: z.optional(instant),
  choices: z.array(blockId),
});

const refused = z.strictObject({
  blockId,
  /** `drawn-before`: somebody with a better rank has it. */
  reason: z.enum(['drawn-before', ...drawRefusal.options]),
});

/** What a draw came to for one driver. */
const outcome = z.union([
  z.strictObject({ status: z.literal('won'), block: z.strictObject(blockFields) }),
  z.strictObject({
    status: z.literal('confirm'),
    /** Kept until `heldUntil`: claim it with this token, and show that a person does. */
    block: z.strictObject(blockFields),
    heldUntil: instant,
    offerToken: z.string(),
  }),
  z.strictObject({ status: z.literal('not-confirmed'), block: z.strictObject(blockFields) }),
  z.strictObject({ status: z.literal('lost'), reasons: z.array(refused) }),
  /** It arrived after the close. */
  z.strictObject({ status: z.literal('draw-closed') }),
  z.strictObject({ status: z.literal('not-entered') }),
]);
export type DrawOutcome = z.infer<typeof outcome>;

export const drawView = z.strictObject({
  drawId: dropId,
  stationId,
  /** `sealed`: who takes part is fixed and published, the beacon’s value is not known yet. */
  state: z.enum(['announced', 'open', 'closed', 'sealed', 'drawn']),
  opensAt: instant,
  closesAt: instant,
  /** When the outcome is due. */
  drawnFrom: instant,
  commitment: z.string(),
  beacon: z.strictObject({ chainHash: z.string(), round: z.int() }),
  blocks: z.array(blockId),
  /** The own entry; left out: there is none. */
  entry: z.optional(entry),
  /** From `sealed` on. */
  entries: z.optional(z.int()),
  rollDigest: z.optional(z.string()),
  /** When it is drawn. */
  result: z.optional(
    z.strictObject({
      drawnAt: instant,
      secret: z.string(),
      beaconSignature: z.string(),
      /** From 1; left out: no part in it. */
      rank: z.optional(z.int()),
      /** How the own entry is named in the published record. */
      entrant: z.string(),
      outcome,
    }),
  ),
});
export type DrawView = z.infer<typeof drawView>;

export const getDraw = defineRoute({
  operation: 'getDraw',
  method: 'GET',
  path: '/v1/draws/{drawId}',
  level: 'device',
  summary: 'A draw: what is fixed before it, the own entry, and when it is over how it ended and why.',
  params: drawParams,
  responses: { 200: drawView },
  refusals: ['unknown-draw', 'account-restricted', 'try-again'],
});

export const leaveDraw = defineRoute({
  operation: 'leaveDraw',
  method: 'DELETE',
  path: '/v1/draws/{drawId}/entry',
  level: 'device',
  summary: 'Leave a draw before it closes. Sending the same request again is harmless.',
  params: drawParams,
  responses: { 204: null },
  refusals: ['unknown-draw', 'account-restricted', 'draw-closed', 'try-again'],
});

export const getDrawRecord = defineRoute({
  operation: 'getDrawRecord',
  method: 'GET',
  path: '/v1/draws/{drawId}/record',
  level: 'public',
  summary:
    'The signed record of a draw that is over. `npm run verify-draw` holds it again without this service.',
  params: drawParams,
  responses: { 200: publishedDraw },
  refusals: ['unknown-draw', 'draw-open', 'try-again'],
});

const rotationParams = z.strictObject({ stationId });
const rotation = z.strictObject({
  stationId,
  /** Whether the driver takes part. */
  joined: z.boolean(),
  /** How many are asked before the driver, at most; left out: the driver does not take part. */
  before: z.optional(z.int()),
  /** How many take part. */
  drivers: z.int(),
  /** How long a reserved block is kept for whom it is offered to. */
  minutes: z.int(),
});

export const getRotation = defineRoute({
  operation: 'getRotation',
  method: 'GET',
  path: '/v1/stations/{stationId}/rotation',
  level: 'device',
  summary: 'The rotation of reserved blocks: whoever was asked longest ago is asked next.',
  params: rotationParams,
  responses: { 200: rotation },
  refusals: ['unknown-station', 'account-restricted', 'try-again'],
});

export const joinRotation = defineRoute({
  operation: 'joinRotation',
  method: 'PUT',
  path: '/v1/stations/{stationId}/rotation',
  level: 'device',
  summary: 'Take part in the rotation, from its end. Who takes part already keeps the place.',
  params: rotationParams,
  responses: { 200: rotation },
  refusals: ['unknown-station', 'account-restricted', 'try-again'],
});

export const leaveRotation = defineRoute({
  operation: 'leaveRotation',
  method: 'DELETE',
  path: '/v1/stations/{stationId}/rotation',
  level: 'device',
  summary: 'Take no part in the rotation any more.',
  params: rotationParams,
  responses: { 204: null },
  refusals: ['unknown-station', 'account-restricted', 'try-again'],
});

export const listReservedOffers = defineRoute({
  operation: 'listReservedOffers',
  method: 'GET',
  path: '/v1/reserved-offers',
  level: 'device',
  summary: 'Blocks that are kept for the driver now. To let one pass costs nothing.',
  responses: { 200: z.strictObject({ offers: z.array(offer) }) },
  refusals: ['account-restricted', 'try-again'],
});
