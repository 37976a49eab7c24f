import * as z from 'zod/mini';
import { instant } from './primitives.ts';
import { defineRoute } from './route.ts';

/** Signals are collected only inside an offer, claim, check-in or block: every event names its offer. */
const offerId = z.string().check(z.regex(/^[A-Za-z0-9_-]{8,32}\.\d{1,9}$/));
/** In points of the screen. */
const coordinate = z.number().check(z.gte(-10_000), z.lte(10_000));

export const telemetryEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('offer-viewed'), offerId, at: instant }),
  z.strictObject({
    type: z.literal('pointer'),
    offerId,
    at: instant,
    x: coordinate,
    y: coordinate,
    /** From press to release, in milliseconds. */
    holdMs: z.number().check(z.gte(0), z.lte(60_000)),
  }),
]);

export const sendTelemetry = defineRoute({
  operation: 'sendTelemetry',
  method: 'POST',
  path: '/v1/telemetry',
  level: 'device',
  summary: 'What the app showed of an offer and how it was touched. Times are by the phone’s clock.',
  body: z.strictObject({
    events: z.array(telemetryEvent).check(z.minLength(1), z.maxLength(100)),
    /** By the same clock; left out, the newest event is taken to be sent at once. */
    sentAt: z.optional(instant),
  }),
  bodyLimit: 65_536,
  responses: { 202: null },
  refusals: ['slow-down'],
});
export type Telemetry = z.infer<typeof sendTelemetry.body>;
