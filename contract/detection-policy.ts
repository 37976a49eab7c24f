import * as z from 'zod/mini';

const share = z.number().check(z.gte(0), z.lte(1));

/** What becomes of what the detector finds. Which model and rules there are, the released code says. */
export const detectionPolicy = z.strictObject({
  /** `off`: no account is scored by a model; rules and the blind sample go on. */
  models: z.enum(['on', 'off']),
  /** Expected share of false ones among the findings that one batch lets go on (Benjamini-Hochberg). */
  fdr: share,
  /** Lower bound of a release's precision, by reviewers' verdicts, below which it may not act on its own. */
  precisionBound: share,
  /** Days that a release is in shadow at least, however precise people find it. */
  shadowDays: z.int().check(z.gte(0), z.lte(365)),
  /** A finding goes on within so many hours, at random: nobody can tie it to what was done just before. */
  emissionJitterHours: z.number().check(z.gte(0), z.lte(72)),
  /** Share of account-months that people look at whatever their score is: what the detector misses shows there. */
  sampleShare: share,
});
export type DetectionPolicy = z.infer<typeof detectionPolicy>;
