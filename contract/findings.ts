import * as z from 'zod/mini';
import { instant } from './primitives.ts';

/** What the detector and those who decide tell each other over the bus. Each event may come twice. */

/** Of what was relied on: everything that a finding rests on is kept under it and can be computed again. */
export const evidenceId = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/));
/** `model-<first 8 of its hash>` or `<rule>-v<version>`; `sample` of the blind sample. */
export const releaseId = z.string().check(z.regex(/^[a-z][a-z0-9-]{0,63}$/));

export const findingReason = z.strictObject({
  code: z.string(),
  words: z.string(),
  value: z.nullable(z.number()),
});
export type FindingReason = z.infer<typeof findingReason>;

/** Of events that the detector sends. */
export const detectionSource = 'evenfield.detection';

/** `detail-type` of the event that says that an account shows what bots show: a reason to look, and nothing more. */
export const botSuspected = 'bot-suspected';

export const botSuspectedDetail = z.strictObject({
  /** Of the event as well: who has seen it, has seen the event. */
  evidenceId,
  driverId: z.string(),
  release: releaseId,
  /** Of a model: which one and by which people it was calibrated, and what came out. */
  modelHash: z.optional(z.string()),
  calibrationId: z.optional(z.string()),
  pValue: z.optional(z.number()),
  /** Expected share of false findings among those at least as clear in its batch. */
  qValue: z.optional(z.number()),
  families: z.array(z.string()),
  reasons: z.array(findingReason),
  /** What was looked at. */
  window: z.strictObject({ from: instant, to: instant }),
});
export type BotSuspectedDetail = z.infer<typeof botSuspectedDetail>;

/**
 * `detail-type` of the event that says that many phones or networks claim for one account: its driver may be the victim.
 * Its detail has the form of `bot-suspected`.
 */
export const credentialsShared = 'credentials-shared';

export const verdict = z.enum(['confirmed', 'dismissed', 'unsure']);
export type VerdictWord = z.infer<typeof verdict>;

/** `detail-type` of a person's word on a finding, from the console or from a case. */
export const reviewVerdict = 'review-verdict';

export const reviewVerdictDetail = z.strictObject({
  /** Counted once by it. */
  verdictId: z.string().check(z.regex(/^[A-Za-z0-9_-]{8,64}$/)),
  evidenceId,
  release: releaseId,
  verdict,
  /** Account of the person. */
  reviewer: z.string().check(z.minLength(1), z.maxLength(64)),
  rationale: z.optional(z.string().check(z.maxLength(1_000))),
  decidedAt: instant,
});
export type ReviewVerdictDetail = z.infer<typeof reviewVerdictDetail>;

/** `detail-type` of the event that says that a release stopped acting, because people did not find it precise enough. */
export const detectorDemoted = 'detector-demoted';

export const detectorDemotedDetail = z.strictObject({
  release: releaseId,
  /** Verdicts that it rests on. */
  confirmed: z.int(),
  dismissed: z.int(),
  /** Of its precision, and what it had to reach. */
  lowerBound: z.number(),
  bound: z.number(),
  demotedAt: instant,
});
export type DetectorDemotedDetail = z.infer<typeof detectorDemotedDetail>;
