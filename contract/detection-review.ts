import * as z from 'zod/mini';
import { evidenceId, findingReason, releaseId, verdict } from './findings.ts';
import { instant } from './primitives.ts';
import { defineRoute } from './route.ts';

/** What people do with findings: look, give their word, and decide which releases of the detector may act. */

const rationale = z.string().check(z.minLength(10), z.maxLength(1_000));
const cursor = z.optional(z.string().check(z.maxLength(200)));

/** Where a finding stands; `findingTransitions` says how it moves. */
export const findingState = z.enum(['found', 'shadow', 'withheld', 'due', 'emitted', 'gone']);
export type FindingState = z.infer<typeof findingState>;

const listed = {
  evidenceId,
  /** `sample`: chosen by lot, whatever its score is, which is shown after the verdict only. */
  kind: z.enum(['model', 'rule', 'sample']),
  release: releaseId,
  state: findingState,
  foundAt: instant,
  window: z.strictObject({ from: instant, to: instant }),
  /** A person's word, the latest; a dismissal stays. */
  verdict: z.optional(verdict),
};

export const listFindings = defineRoute({
  operation: 'listFindings',
  method: 'GET',
  path: '/v1/operator/findings',
  level: 'analyst',
  summary:
    'What the detector found, the latest first. A page may hold few; the cursor says whether there are more.',
  query: z.strictObject({ state: z.optional(findingState), release: z.optional(releaseId), cursor }),
  responses: {
    200: z.strictObject({ findings: z.array(z.strictObject(listed)), cursor: z.optional(z.string()) }),
  },
  refusals: [],
});

export const getFinding = defineRoute({
  operation: 'getFinding',
  method: 'GET',
  path: '/v1/operator/findings/{evidenceId}',
  level: 'analyst',
  summary: 'A finding with its reasons in words. One of the blind sample shows no score before a verdict.',
  params: z.strictObject({ evidenceId }),
  responses: {
    200: z.strictObject({
      ...listed,
      /** Pseudonym of the account. */
      accountKey: z.string(),
      /** What it rests on: events and days of the last 30 days. */
      events: z.int(),
      activeDays: z.int(),
      pValue: z.optional(z.number()),
      qValue: z.optional(z.number()),
      families: z.optional(z.array(z.string())),
      reasons: z.optional(z.array(findingReason)),
      /** How unlike anybody else the account is, from 0 to 1: to look at, never a reason. */
      novelty: z.optional(z.number()),
      /** When it goes on, or went. */
      emitAt: z.optional(instant),
      verdicts: z.array(
        z.strictObject({
          verdict,
          reviewer: z.string(),
          rationale: z.optional(z.string()),
          decidedAt: instant,
        }),
      ),
    }),
  },
  refusals: ['not-found'],
});

/** Everything that a finding was computed from, to compute it again: `npm run replay`. */
export const evidenceRecord = z.strictObject({
  v: z.literal(1),
  evidenceId,
  kind: z.enum(['model', 'rule', 'sample']),
  release: releaseId,
  accountKey: z.string(),
  lookedAt: instant,
  monthStart: instant,
  /** SHA-256 of the model and of its calibration; none of a rule. */
  modelHash: z.optional(z.string()),
  calibrationId: z.optional(z.string()),
  /** The account's log at the look, in base64. */
  log: z.string(),
  /** Names of the features, and their values as float64 in base64, little-endian. */
  features: z.array(z.string()),
  row: z.string(),
  /**
   * Doubles in base64, little-endian: score, path score before the look, path score, p-value, novelty; and what was known
   * of the account's company.
   */
  numbers: z.record(z.string(), z.string()),
  cohort: z.optional(z.string()),
  verdict: z.string(),
  families: z.array(z.string()),
  reasons: z.array(findingReason),
});
export type EvidenceRecord = z.infer<typeof evidenceRecord>;

export const getFindingRecord = defineRoute({
  operation: 'getFindingRecord',
  method: 'GET',
  path: '/v1/operator/findings/{evidenceId}/record',
  level: 'analyst',
  summary: 'Everything that a finding was computed from. Of the blind sample, after a verdict only.',
  params: z.strictObject({ evidenceId }),
  responses: { 200: evidenceRecord },
  refusals: ['not-found'],
});

export const giveVerdict = defineRoute({
  operation: 'giveVerdict',
  method: 'POST',
  path: '/v1/operator/findings/{evidenceId}/verdicts',
  level: 'analyst',
  summary:
    'A person’s word on a finding, once each. It restricts nobody: it says how far the detector can be trusted.',
  params: z.strictObject({ evidenceId }),
  body: z.strictObject({ verdict, rationale }),
  bodyLimit: 4_096,
  responses: { 201: z.strictObject({ verdictId: z.string(), verdict }) },
  refusals: ['not-found', 'verdict-given', 'try-again'],
});

const release = z.strictObject({
  releaseId,
  kind: z.enum(['model', 'rule']),
  /** `shadow`: what it finds is looked at by people and goes nowhere else. */
  state: z.enum(['shadow', 'active', 'retired']),
  bornAt: instant,
  /** Whether this version of the service still runs it. */
  running: z.boolean(),
  /** Share of its findings that people confirmed, with the bounds of 95 %, over the latest 200 verdicts. */
  precision: z.strictObject({
    confirmed: z.int(),
    dismissed: z.int(),
    lower: z.number(),
    upper: z.number(),
    /** What `lower` has to reach. */
    bound: z.number(),
  }),
  /** What moved it, the latest last; without a name the machine, which only ever demotes. */
  history: z.array(
    z.strictObject({
      step: z.enum(['promote', 'demote', 'retire']),
      at: instant,
      by: z.optional(z.string()),
      rationale: z.optional(z.string()),
    }),
  ),
});

export const listDetectors = defineRoute({
  operation: 'listDetectors',
  method: 'GET',
  path: '/v1/operator/detectors',
  level: 'analyst',
  summary: 'Every model and rule, whether it acts, and how precise people found it.',
  responses: { 200: z.strictObject({ detectors: z.array(release) }) },
  refusals: [],
});

const moved = { 201: z.strictObject({ releaseId, state: z.enum(['shadow', 'active', 'retired']) }) } as const;

export const promoteDetector = defineRoute({
  operation: 'promoteDetector',
  method: 'POST',
  path: '/v1/operator/detectors/{releaseId}/promotions',
  level: 'approver',
  summary:
    'Let a release act, by name and reason, once it was in shadow for long enough and people’s verdicts prove it precise.',
  params: z.strictObject({ releaseId }),
  body: z.strictObject({ rationale }),
  bodyLimit: 4_096,
  responses: moved,
  refusals: ['not-found', 'precision-unproven', 'try-again'],
});

export const demoteDetector = defineRoute({
  operation: 'demoteDetector',
  method: 'POST',
  path: '/v1/operator/detectors/{releaseId}/demotions',
  level: 'approver',
  summary: 'Stop a release from acting. What it found meanwhile and did not go on yet, stays.',
  params: z.strictObject({ releaseId }),
  body: z.strictObject({ rationale }),
  bodyLimit: 4_096,
  responses: moved,
  refusals: ['not-found', 'try-again'],
});
