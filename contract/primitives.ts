import * as z from 'zod/mini';

/** Path and body identifiers: short, URL-safe, nothing that needs escaping in a key or a log line. */
const identifier = (pattern: RegExp) => z.string().check(z.regex(pattern));

export const stationId = identifier(/^[A-Z0-9]{2,12}$/);
export const blockId = identifier(/^[A-Za-z0-9_-]{8,32}$/);
export const dropId = identifier(/^[A-Za-z0-9_-]{8,32}$/);

/** A point in time: ISO 8601 in UTC, to the second or the millisecond. */
export const instant = z.iso.datetime({
  error: 'expected an ISO 8601 time in UTC, such as 2026-11-23T08:00:00Z',
});

/** Money in minor units (cents), so that no amount is ever a fraction. */
export const money = z.strictObject({
  amount: z.int().check(z.gte(0), z.lte(10_000_000)),
  currency: identifier(/^[A-Z]{3}$/),
});

/** What everybody is shown of a block. */
export const blockFields = { blockId, stationId, startAt: instant, endAt: instant, pay: money };

/**
 * How a block is shared out. `direct` and `gated`: to who is first. `draw`: by lot among all who enter until it closes.
 * `reserved`: to one driver after the other, for some minutes each.
 */
export const offerMode = z.enum(['direct', 'gated', 'draw', 'reserved']);
export type OfferMode = z.infer<typeof offerMode>;
export type Money = z.infer<typeof money>;

/** Whether device-level requests need proof: not at all, recorded only, or refused without. */
export const attestationMode = z.enum(['off', 'measure', 'enforce']);
export type AttestationMode = z.infer<typeof attestationMode>;

export const platform = z.enum(['ios', 'android']);
export type Platform = z.infer<typeof platform>;

/**
 * How much a phone's evidence proves. A and B claim, C after a check by a person, D looks at offers only.
 * The conditions stand in docs/devices.md.
 */
export const tier = z.enum(['A', 'B', 'C', 'D']);
export type Tier = z.infer<typeof tier>;

/** Where a phone says that it is. */
export const position = z.strictObject({
  latitude: z.number().check(z.gte(-90), z.lte(90)),
  longitude: z.number().check(z.gte(-180), z.lte(180)),
});
export type Place = z.infer<typeof position>;
