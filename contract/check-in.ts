import * as z from 'zod/mini';
import { staffCode } from './identity.ts';
import { blockId, instant } from './primitives.ts';
import { defineRoute } from './route.ts';

const position = z.strictObject({
  latitude: z.number().check(z.gte(-90), z.lte(90)),
  longitude: z.number().check(z.gte(-180), z.lte(180)),
  accuracyMeters: z.optional(z.number().check(z.gte(0), z.lte(100_000))),
});
export type Position = z.infer<typeof position>;

export const checkIn = defineRoute({
  operation: 'checkIn',
  method: 'POST',
  path: '/v1/blocks/{blockId}/check-in',
  level: 'device',
  summary:
    'Check in for a claimed block, on the phone that claimed it. The block stays the driver’s whatever comes.',
  params: z.strictObject({ blockId }),
  /** The position serves this answer; to about a kilometre it is kept with the attempt, as long as activity is. */
  body: z.strictObject({
    position: z.optional(position),
    /** Of the staff of the station: goes before the phone, the position and a selfie. */
    staffCode: z.optional(staffCode),
  }),
  bodyOptional: true,
  bodyLimit: 1_024,
  responses: { 200: z.strictObject({ status: z.literal('checked-in'), blockId, checkedInAt: instant }) },
  refusals: [
    'not-yours',
    'too-early',
    'check-in-over',
    'wrong-device',
    'not-at-station',
    'selfie-required',
    'staff-code-invalid',
    'slow-down',
    'try-again',
  ],
});
