import * as z from 'zod/mini';

const name = z.string().check(z.minLength(1), z.maxLength(200));
/** Optional groups may be absent or null throughout: what is not known is neither clean nor guilt. */
const maybe = <S extends z.ZodMiniType>(schema: S) => z.optional(z.nullable(schema));

/** What somebody did: the last four are this service's own, other producers may leave them out. */
export const activityRoute = z.enum([
  'offers.list',
  'offers.view',
  'offers.claim',
  'challenge',
  'ui.pointer',
  'telemetry',
  'offers.release',
  'check-in',
  'selfie-check',
  'device',
]);
export type ActivityRoute = z.infer<typeof activityRoute>;

export const activityOutcome = z.enum(['ok', 'won', 'lost', 'expired', 'denied', 'error']);
export type ActivityOutcome = z.infer<typeof activityOutcome>;

/**
 * Event schema v1: one line of what the detector reads, whoever wrote it. Times are milliseconds since the epoch by the
 * server's clock; money is in minor units. `accountId` is a pseudonym: it dies with the driver's erasure.
 */
export const activityEvent = z.object({
  v: z.literal(1),
  /** Duplicates are told by it. */
  eventId: name,
  accountId: name,
  deviceId: maybe(name),
  /** Hash of the network's prefix, never an address. */
  ip: maybe(name),
  /** Type of the network (`residential`, `mobile`, `hosting`), or its number. */
  asn: maybe(z.union([z.string(), z.number()])),
  route: activityRoute,
  ts: z.number().check(z.gte(0), z.lte(8.64e15)),
  /** What the client's clock said. */
  clientTs: maybe(z.number()),
  /** From the moment an offer was drawn on the screen to the request, in milliseconds. */
  latencyMs: maybe(z.number().check(z.gte(0))),
  offerId: maybe(name),
  /** Pay, in minor units. */
  offerValue: maybe(z.number()),
  outcome: maybe(activityOutcome),
  attestation: maybe(z.object({ verdict: maybe(z.string()), keyId: maybe(z.string()) })),
  appVersion: maybe(z.string()),
  /** Of `ui.pointer`: where on the screen, in points. */
  x: maybe(z.number()),
  y: maybe(z.number()),
  /** Of `ui.pointer`: from press to release, in milliseconds. */
  holdMs: maybe(z.number().check(z.gte(0))),
  stationId: maybe(name),
  /** Of what is done at a place, rounded to a kilometre. */
  position: maybe(z.object({ latitude: z.number(), longitude: z.number() })),
  /** Which task a challenge was, why something was refused. */
  reason: maybe(z.string()),
  /** Time of work on the server or, of a challenge, of its solution, in milliseconds. */
  durationMs: maybe(z.number().check(z.gte(0))),
});
export type ActivityEvent = z.infer<typeof activityEvent>;
