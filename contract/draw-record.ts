import * as z from 'zod/mini';
import { blockId, dropId, instant, stationId } from './primitives.ts';
import { beaconChain } from './sharing-policy.ts';

/** Why an entry did not get a block that it named, while nobody before it had it. Nobody but the driver can check these. */
export const drawRefusal = z.enum([
  'schedule-overlap',
  'weekly-hours-exceeded',
  'account-restricted',
  /** The block was taken out of the draw: given back to whom it had been taken from wrongly. */
  'block-withdrawn',
  /** It had begun when the draw was held: an outage. */
  'offer-expired',
  /** Left as the draw closed, or it could not be confirmed in time. */
  'entry-withdrawn',
]);
export type DrawRefusal = z.infer<typeof drawRefusal>;

const secretText = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));
const index = z.int().check(z.gte(0), z.lte(199));

/** One entry as it is published: nobody is named, and whoever knows the own account finds the own entry. */
export const drawnEntry = z.strictObject({
  /** SHA-256 of `drawId|driverId`, 16 bytes of it in base64url. */
  entrant: z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/)),
  /** Places in `blocks`, best first. */
  choices: z.array(index),
  /** Drawn after everybody else, after many late releases. */
  behind: z.optional(z.literal(true)),
  /** Had to show that a person claims, if it won. */
  asked: z.optional(z.literal(true)),
  /** The place in `blocks` of what it got. */
  won: z.optional(index),
  refusals: z.optional(z.array(z.tuple([index, drawRefusal]))),
});
export type DrawnEntry = z.infer<typeof drawnEntry>;

/** The whole of a draw, in the order of its ranks: enough to hold it again. Rules: docs/draws.md. */
export const drawRecord = z.strictObject({
  v: z.literal(1),
  drawId: dropId,
  stationId,
  opensAt: instant,
  closesAt: instant,
  /** SHA-256 of the secret, published with the offers. */
  commitment: secretText,
  /** Fixed when the draw was published: the chain and which of its rounds. */
  beacon: z.strictObject({ ...beaconChain.shape, round: z.int(), signature: z.string() }),
  secret: secretText,
  /** SHA-256 over who takes part and what they named, in base64url; it was published when they were sealed. */
  rollDigest: secretText,
  sealedAt: instant,
  drawnAt: instant,
  blocks: z.array(blockId).check(z.maxLength(200)),
  entries: z.array(drawnEntry),
});
export type DrawRecord = z.infer<typeof drawRecord>;

/** `typ` of the JWS around the digest of a record. */
export const drawRecordType = 'evenfield-draw+jws';

/** A draw as it is published: the file that `npm run verify-draw` checks. */
export const publishedDraw = z.strictObject({
  record: drawRecord,
  /** A compact JWS over `{drawId, sha256}` of the record as it stands here; its key is in `GET /v1/keys`. */
  signature: z.string(),
});
export type PublishedDraw = z.infer<typeof publishedDraw>;
