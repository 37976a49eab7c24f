import * as z from 'zod/mini';
import { reasonCode } from './enforcement.ts';
import { jurisdictionName } from './jurisdiction.ts';
import { attestationMode, instant, stationId } from './primitives.ts';
import { defineRoute } from './route.ts';
import { beaconChain, shares } from './sharing-policy.ts';

/** What anybody may know about how drivers are judged: made from the configuration that runs, and from the audit. */

export const month = z.string().check(z.regex(/^\d{4}-(0[1-9]|1[0-2])$/));

/** One month of figures as they are published. */
export const publishedFigures = z.strictObject({
  /** By UTC. */
  month,
  generatedAt: instant,
  /** Entries of the audit that it was counted from, the first and the last. Left out: there was none. */
  audit: z.optional(z.strictObject({ from: z.int(), to: z.int() })),
  cells: z.array(
    z.strictObject({
      name: z.string(),
      words: z.string(),
      /** `null`: suppressed, because it is under 10 or would tell another cell that is; or nothing was to be measured. */
      value: z.nullable(z.number()),
    }),
  ),
});
export type PublishedFigures = z.infer<typeof publishedFigures>;

const clock = z.strictObject({
  name: z.string(),
  words: z.string(),
  value: z.int(),
  unit: z.enum(['days', 'hours']),
  /** The law with its article, or `Evenfield policy`. */
  source: z.string(),
  checkedOn: z.iso.date(),
});

const ground = z.strictObject({
  code: reasonCode,
  title: z.string(),
  policy: z.string(),
  example: z.string(),
  /** Which evidence there must be at least. */
  evidence: z.string(),
  severity: z.enum(['warning', 'removal']),
  publishedOn: z.iso.date(),
  version: z.int(),
  /** From when it may be relied on and how long its warning counts, by the place. */
  places: z.array(
    z.strictObject({ jurisdiction: jurisdictionName, enforceableFrom: instant, strikeDays: z.int() }),
  ),
});

export const getTransparency = defineRoute({
  operation: 'getTransparency',
  method: 'GET',
  path: '/v1/transparency',
  level: 'public',
  summary:
    'How drivers are judged here: the rules, the clocks with their sources, what is used and what never is, and last month’s figures.',
  responses: {
    200: z.strictObject({
      generatedAt: instant,
      /** What always holds, whatever is configured. */
      promises: z.array(z.string()),
      stations: z.array(z.strictObject({ stationId, name: z.string(), jurisdiction: jurisdictionName })),
      /** Profiles that these stations name. */
      jurisdictions: z.array(
        z.strictObject({ name: jurisdictionName, law: z.string(), clocks: z.array(clock) }),
      ),
      grounds: z.array(ground),
      /** What looks at accounts. `shadow`: it is tried out, and nothing follows from it. */
      detectors: z.array(
        z.strictObject({
          release: z.string(),
          kind: z.enum(['model', 'rule']),
          state: z.enum(['off', 'shadow', 'active', 'retired']),
        }),
      ),
      /** What the detectors look at. */
      used: z.array(z.string()),
      neverUsed: z.array(z.string()),
      /** How blocks are shared out. */
      sharing: z.strictObject({
        rules: z.array(z.string()),
        /** In percent, of blocks that are published without a way of their own. */
        stations: z.array(z.strictObject({ stationId, shares })),
        draws: z.strictObject({ seconds: z.int(), againSeconds: z.int(), beacon: beaconChain }),
        reserved: z.strictObject({ minutes: z.int(), turns: z.int() }),
        lateReleases: z.strictObject({ hours: z.int(), most: z.int(), days: z.int() }),
        /** Left out: no position is asked for. */
        instant: z.optional(z.strictObject({ withinMinutes: z.int(), kilometers: z.int() })),
      }),
      /** Whether a phone must be proven, and whether unusual claims meet a puzzle. */
      attestation: attestationMode,
      challenge: attestationMode,
      retention: z.array(z.strictObject({ what: z.string(), days: z.int() })),
      /** Left out: no month is over yet. */
      figures: z.optional(publishedFigures),
    }),
  },
  refusals: ['try-again'],
});
