import * as z from 'zod/mini';
import { blockFields, dropId, instant, money, offerMode, stationId } from './primitives.ts';
import { defineRoute } from './route.ts';

const newBlock = z.strictObject({ startAt: instant, endAt: instant, pay: money });
const newBlocks = z.array(newBlock).check(z.minLength(1), z.maxLength(100));

/**
 * A key of the caller's choice that makes publishing repeatable: the same key with the same blocks
 * publishes once, however often it is sent.
 */
const requestKey = z.optional(z.string().check(z.regex(/^[A-Za-z0-9_-]{8,64}$/)));

/** `shares`: each block in one of the ways, by the shares that the stage sets for the station. */
export const publishMode = z.enum([...offerMode.options, 'shares']);
export type PublishMode = z.infer<typeof publishMode>;

export const publishedBlock = z.strictObject({
  ...blockFields,
  mode: offerMode,
  opensAt: instant,
});

const publication = {
  stationId,
  /** Draws: seconds from the opening to the close, at least. The stage's, when left out. */
  drawSeconds: z.optional(z.int().check(z.gte(2), z.lte(120))),
  blocks: newBlocks,
  requestKey,
};

const published = z.strictObject({
  dropId,
  stationId,
  opensAt: instant,
  mode: publishMode,
  blocks: z.array(publishedBlock),
  /** Of the blocks that are drawn. */
  draw: z.optional(z.strictObject({ drawId: dropId, closesAt: instant, commitment: z.string() })),
});

const common = {
  method: 'POST',
  level: 'publisher',
  bodyLimit: 65_536,
  responses: { 201: published },
  refusals: ['unknown-station', 'request-key-reused', 'outcome-unknown', 'try-again'],
} as const;

export const publishBlocks = defineRoute({
  ...common,
  operation: 'publishBlocks',
  path: '/v1/operator/blocks',
  summary: 'Publish blocks that drivers can claim at once, unless told otherwise.',
  body: z.strictObject({
    ...publication,
    mode: z._default(publishMode, 'direct'),
    /** Left out: at once. */
    opensAt: z.optional(instant),
  }),
});

export const publishDrop = defineRoute({
  ...common,
  operation: 'publishDrop',
  path: '/v1/operator/drops',
  summary: 'Publish blocks that open together at a given time.',
  body: z.strictObject({ ...publication, mode: publishMode, opensAt: instant }),
});
