import * as z from 'zod/mini';
import { selfieCheckState } from './identity.ts';
import { blockId, instant, stationId } from './primitives.ts';
import { defineRoute } from './route.ts';

/** What people do who look at selfie checks: each look has a reason and is written down before anything is shown. */

const identifier = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/));
const driverId = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/));
const rationale = z.string().check(z.minLength(10), z.maxLength(1_000));

export const listSelfieChecks = defineRoute({
  operation: 'listSelfieChecks',
  method: 'GET',
  path: '/v1/operator/selfie-checks',
  level: 'analyst',
  summary: 'Drivers who wait for a person to look, longest first.',
  query: z.strictObject({ cursor: z.optional(z.string().check(z.maxLength(200))) }),
  responses: {
    200: z.strictObject({
      waiting: z.array(
        z.strictObject({
          driverId,
          checkId: identifier,
          blockId: z.optional(blockId),
          askedAt: instant,
          /** What the driver chose: `photos` to look at, or one of the ways without a face. */
          way: z.string(),
          /** Until then its photo can be looked at. */
          photoUntil: z.optional(instant),
        }),
      ),
      cursor: z.optional(z.string()),
    }),
  },
  refusals: [],
});

export const viewSelfieCheck = defineRoute({
  operation: 'viewSelfieCheck',
  method: 'POST',
  path: '/v1/operator/drivers/{driverId}/selfie-checks/{checkId}/views',
  level: 'analyst',
  summary:
    'Look at the photos of a check that waits: for a reason, written down, with the reviewer’s name in the picture.',
  params: z.strictObject({ driverId, checkId: identifier }),
  body: z.strictObject({
    rationale,
    /** Blurred unless asked for otherwise. */
    sharp: z.optional(z.boolean()),
  }),
  bodyLimit: 4_096,
  responses: {
    201: z.strictObject({
      viewId: identifier,
      viewedAt: instant,
      blurred: z.boolean(),
      photos: z.array(
        z.strictObject({
          kind: z.enum(['reference', 'selfie']),
          /** JPEG in base64. */
          jpeg: z.string(),
        }),
      ),
    }),
  },
  refusals: ['unknown-check', 'check-settled', 'photo-gone', 'try-again'],
});

export const decideSelfieCheck = defineRoute({
  operation: 'decideSelfieCheck',
  method: 'POST',
  path: '/v1/operator/drivers/{driverId}/selfie-checks/{checkId}/decisions',
  level: 'analyst',
  summary: 'A person’s word on a check that waits. Not being able to tell restricts nothing.',
  params: z.strictObject({ driverId, checkId: identifier }),
  body: z.strictObject({ result: z.enum(['passed', 'inconclusive']), rationale }),
  bodyLimit: 4_096,
  responses: { 201: z.strictObject({ checkId: identifier, state: selfieCheckState }) },
  refusals: ['unknown-check', 'check-settled', 'try-again'],
});

export const createStaffCode = defineRoute({
  operation: 'createStaffCode',
  method: 'POST',
  path: '/v1/operator/stations/{stationId}/staff-codes',
  level: 'publisher',
  summary:
    'A code for one driver, whose document the staff of a station have seen. It serves that driver once, at that station.',
  params: z.strictObject({ stationId }),
  /** The driver’s app shows it. */
  body: z.strictObject({ driverId }),
  bodyLimit: 1_024,
  responses: {
    201: z.strictObject({ code: z.string(), stationId, expiresAt: instant }),
  },
  refusals: ['unknown-station', 'try-again'],
});
