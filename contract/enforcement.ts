import * as z from 'zod/mini';
import { instant } from './primitives.ts';

/** Words that the workflow from suspicion to removal shares: with the API, with the bus and with the audit. */

/** Where a case stands; `caseTransitions` says how it moves. */
export const caseState = z.enum([
  'review',
  'securing',
  'secured',
  'dismissed',
  'observing',
  'stopped',
  'repeated',
  'proposed',
  'notice',
  'offboarded',
  'closed',
  'overturned',
  'lapsed',
]);
export type CaseState = z.infer<typeof caseState>;

export const appealState = z.enum(['none', 'open', 'upheld', 'overturned']);
export type AppealState = z.infer<typeof appealState>;

/** What a case is about; `credentials-shared` goes the way of a victim first. */
export const caseKind = z.enum(['bot-suspected', 'credentials-shared']);
export type CaseKind = z.infer<typeof caseKind>;

/** What a person may decide about a case. */
export const decisionAction = z.enum([
  'dismiss',
  'warn',
  'propose-offboarding',
  'approve-offboarding',
  'uphold',
  'overturn',
]);
export type DecisionAction = z.infer<typeof decisionAction>;

/** The closed list of grounds; what each means is published at `GET /v1/transparency`. */
export const reasonCode = z.enum([
  'automated-claiming',
  'shared-credentials',
  'block-hoarding',
  'false-position',
]);
export type ReasonCode = z.infer<typeof reasonCode>;

export const noticeKind = z.enum([
  'secure-account',
  'warning',
  'removal-planned',
  'removed',
  'appeal-received',
  'appeal-upheld',
  'overturned',
  'answer-late',
  'removal-cancelled',
]);
export type NoticeKind = z.infer<typeof noticeKind>;

/** Languages that notices are written in; others get English. */
export const noticeLocale = z.enum(['en', 'es', 'fr', 'de', 'pt', 'ar']);
export type NoticeLocale = z.infer<typeof noticeLocale>;

export const caseId = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/));
export const noticeId = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/));
export const driverId = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/));

/** Something that a case rests on. `staff`: the driver may not see it, and so nobody may cite it. */
export const evidenceItem = z.strictObject({
  itemId: z.string(),
  /** `raw`: as it was recorded; `derived`: computed from that. */
  nature: z.enum(['raw', 'derived']),
  /** Which part of the system says so, such as `model-1a2b3c4d` or `devices`. */
  source: z.string(),
  /** Of the record behind it, as lower-case hex. */
  sha256: z.string(),
  modelHash: z.optional(z.string()),
  calibrationId: z.optional(z.string()),
  pValue: z.optional(z.number()),
  /** By which records can be asked for and computed again. */
  evidenceId: z.optional(z.string()),
  window: z.optional(z.strictObject({ from: instant, to: instant })),
  /** What was looked at within it. */
  events: z.optional(z.int()),
  days: z.optional(z.int()),
  /** What was seen, in plain words. */
  words: z.array(z.string()),
  /** Names of features and their values, where a model said it. */
  features: z.optional(z.record(z.string(), z.number())),
  visibility: z.enum(['driver', 'staff']),
  addedAt: instant,
});
export type EvidenceItem = z.infer<typeof evidenceItem>;
