import * as z from 'zod/mini';
import {
  appealState,
  caseId,
  caseKind,
  caseState,
  decisionAction,
  driverId,
  evidenceItem,
  noticeId,
  noticeKind,
  reasonCode,
} from './enforcement.ts';
import { evidenceId } from './findings.ts';
import { instant } from './primitives.ts';
import { defineRoute } from './route.ts';

/** What people do with cases: look, decide, and answer appeals. Nothing is decided anywhere else. */

const rationale = z.string().check(z.minLength(10), z.maxLength(1_000));
const cursor = z.optional(z.string().check(z.maxLength(200)));

const listed = {
  caseId,
  driverId,
  kind: caseKind,
  state: caseState,
  appeal: appealState,
  openedAt: instant,
  /** The next clock of the case: until then somebody must have decided, or it moves by itself. */
  dueAt: z.optional(instant),
  jurisdiction: z.string(),
  /** The case whose warning this one repeats. */
  restsOn: z.optional(caseId),
};

export const listCases = defineRoute({
  operation: 'listCases',
  method: 'GET',
  path: '/v1/operator/cases',
  level: 'analyst',
  alsoFor: ['approver'],
  summary: 'Cases in one state, those that are due first; without a state, those that wait for a person.',
  query: z.strictObject({ state: z.optional(caseState), cursor }),
  responses: {
    200: z.strictObject({ cases: z.array(z.strictObject(listed)), cursor: z.optional(z.string()) }),
  },
  refusals: [],
});

export const openCases = defineRoute({
  operation: 'openCases',
  method: 'POST',
  path: '/v1/operator/cases',
  level: 'analyst',
  summary: 'Open cases for findings, up to 50 at once. It opens cases and does nothing else to anybody.',
  body: z.strictObject({
    evidenceIds: z.array(evidenceId).check(z.minLength(1), z.maxLength(50)),
    rationale,
  }),
  bodyLimit: 16_384,
  responses: {
    201: z.strictObject({
      opened: z.array(
        z.strictObject({
          evidenceId,
          /** `known`: the finding is in a case already; `unknown`: there is no such finding, or nobody is behind it. */
          result: z.enum(['opened', 'added', 'known', 'unknown']),
          caseId: z.optional(caseId),
        }),
      ),
    }),
  },
  refusals: ['try-again'],
});

export const getCase = defineRoute({
  operation: 'getCase',
  method: 'GET',
  path: '/v1/operator/cases/{caseId}',
  level: 'analyst',
  alsoFor: ['approver'],
  summary:
    'A case with its evidence and all that happened, oldest first. Every look is written to the audit.',
  params: z.strictObject({ caseId }),
  responses: {
    200: z.strictObject({
      ...listed,
      stationId: z.optional(z.string()),
      /** By whom: `machine`, or an account. */
      openedBy: z.string(),
      evidence: z.array(evidenceItem),
      /** What a person may decide now, whoever it is. */
      actions: z.array(decisionAction),
      /** Grounds that can be cited now, by what the case has and what is in force. */
      reasonCodes: z.array(reasonCode),
      timeline: z.array(
        z.strictObject({
          at: instant,
          /** Such as `case.opened`, `decision.warn`, `appeal.filed`. */
          what: z.string(),
          /** `machine`, `driver`, or an account. */
          by: z.string(),
          reasonCode: z.optional(reasonCode),
          rationale: z.optional(z.string()),
          noticeId: z.optional(noticeId),
          /** What the driver wrote. */
          text: z.optional(z.string()),
        }),
      ),
      notices: z.array(
        z.strictObject({
          noticeId,
          kind: noticeKind,
          at: instant,
          locale: z.string(),
          subject: z.string(),
          text: z.string(),
          delivery: z.enum(['pending', 'sent', 'no-address', 'failed']),
        }),
      ),
      /** The driver’s other warnings that count now. */
      strikes: z.array(z.strictObject({ caseId, reasonCode, givenAt: instant, expiresAt: instant })),
    }),
  },
  refusals: ['not-found', 'try-again'],
});

export const decideCase = defineRoute({
  operation: 'decideCase',
  method: 'POST',
  path: '/v1/operator/cases/{caseId}/decisions',
  level: 'analyst',
  alsoFor: ['approver'],
  summary:
    'A person’s decision. Warning and proposing need a ground; another person approves a removal; a third one hears the appeal.',
  params: z.strictObject({ caseId }),
  body: z.strictObject({
    action: decisionAction,
    /** Of `warn` and `propose-offboarding`. */
    reasonCode: z.optional(reasonCode),
    rationale,
    /** Evidence that is relied on, by `itemId`. Left out: all that the driver may see. */
    evidence: z.optional(z.array(z.string().check(z.maxLength(64))).check(z.minLength(1), z.maxLength(50))),
  }),
  bodyLimit: 8_192,
  responses: {
    201: z.strictObject({
      caseId,
      state: caseState,
      appeal: appealState,
      decidedAt: instant,
      noticeId: z.optional(noticeId),
      dueAt: z.optional(instant),
    }),
  },
  refusals: [
    'not-found',
    'four-eyes',
    'same-reviewer',
    'wrong-state',
    'warning-required',
    'reason-required',
    'reason-not-enforceable',
    'evidence-insufficient',
    'evidence-not-visible',
    'try-again',
  ],
});

export const auditEntry = z.strictObject({
  v: z.literal(1),
  /** From 1, without a gap. */
  seq: z.int(),
  at: instant,
  actor: z.strictObject({ kind: z.enum(['person', 'machine', 'driver']), id: z.string() }),
  /** Such as `case.read` or `decision.warn`. */
  action: z.string(),
  caseId: z.optional(z.string()),
  driverId: z.optional(z.string()),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** SHA-256 of the entry before, as lower-case hex; 64 zeros of the first. */
  prev: z.string(),
  /** SHA-256 of this entry without it, as docs/audit.md writes it. */
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntry>;

export const listAudit = defineRoute({
  operation: 'listAudit',
  method: 'GET',
  path: '/v1/operator/audit',
  level: 'approver',
  alsoFor: ['legal'],
  summary: 'Everything that was done and looked at, in order, chained by hashes: `npm run verify-audit`.',
  query: z.strictObject({ cursor }),
  responses: {
    200: z.strictObject({ entries: z.array(auditEntry), cursor: z.optional(z.string()) }),
  },
  refusals: [],
});
