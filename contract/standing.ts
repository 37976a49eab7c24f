import * as z from 'zod/mini';
import { evidenceRecord } from './detection-review.ts';
import { caseId, evidenceItem, noticeId, noticeKind, reasonCode } from './enforcement.ts';
import { evidenceId } from './findings.ts';
import { instant } from './primitives.ts';
import { defineRoute } from './route.ts';

/** What a driver sees of the own account and can do about it: with a sign-in alone, since a phone may be the matter. */

/** What a person writes: shown as text, never as a template or markup. */
const reply = z.string().check(z.minLength(1), z.maxLength(4_000));

export const strike = z.strictObject({
  caseId,
  reasonCode,
  givenAt: instant,
  /** From then on it counts for nothing. */
  expiresAt: instant,
  noticeId,
});

export const driverNotice = z.strictObject({
  noticeId,
  caseId,
  kind: noticeKind,
  at: instant,
  locale: z.string(),
  /** Which way the text runs. */
  dir: z.enum(['ltr', 'rtl']),
  templateVersion: z.string(),
  subject: z.string(),
  /** The exact text that was sent. */
  text: z.string(),
  /** All that the decision relied on. */
  evidence: z.array(evidenceItem),
  /** Until then it can be appealed, once. Left out: there is nothing to appeal. */
  appealUntil: z.optional(instant),
  /** An appeal was filed: a person who had no part in the decision answers by then. */
  answerBy: z.optional(instant),
  delivery: z.enum(['pending', 'sent', 'no-address', 'failed']),
  responses: z.array(z.strictObject({ at: instant, text: z.string() })),
});

export const listNotices = defineRoute({
  operation: 'listNotices',
  method: 'GET',
  path: '/v1/me/notices',
  level: 'login',
  summary: 'Every notice to the driver, newest first, with everything that was relied on.',
  query: z.strictObject({ cursor: z.optional(z.string().check(z.maxLength(200))) }),
  responses: {
    200: z.strictObject({ notices: z.array(driverNotice), cursor: z.optional(z.string()) }),
  },
  refusals: ['try-again'],
});

export const getNoticeRecord = defineRoute({
  operation: 'getNoticeRecord',
  method: 'GET',
  path: '/v1/me/notices/{noticeId}/records/{evidenceId}',
  level: 'login',
  summary:
    'Everything that a finding behind a notice was computed from, to compute it again: `npm run replay`. Kept as long as records are.',
  params: z.strictObject({ noticeId, evidenceId }),
  responses: { 200: evidenceRecord },
  refusals: ['not-found', 'try-again'],
});

export const respondToNotice = defineRoute({
  operation: 'respondToNotice',
  method: 'POST',
  path: '/v1/me/notices/{noticeId}/responses',
  level: 'login',
  summary:
    'The driver’s own words on a notice, for whoever decides. Up to ten; an appeal is a matter of its own.',
  params: z.strictObject({ noticeId }),
  body: z.strictObject({ text: reply }),
  bodyLimit: 20_480,
  responses: { 201: z.strictObject({ noticeId, receivedAt: instant }) },
  refusals: ['not-found', 'window-closed', 'try-again'],
});

export const fileAppeal = defineRoute({
  operation: 'fileAppeal',
  method: 'POST',
  path: '/v1/me/appeals',
  level: 'login',
  summary: 'Appeal a decision, once. Somebody who had no part in it answers; a removal waits for the answer.',
  body: z.strictObject({ noticeId, text: reply }),
  bodyLimit: 20_480,
  responses: { 201: z.strictObject({ noticeId, filedAt: instant, answerBy: instant }) },
  refusals: ['not-found', 'window-closed', 'try-again'],
});

export const recoverAccount = defineRoute({
  operation: 'recoverAccount',
  method: 'POST',
  path: '/v1/me/recoveries',
  level: 'login',
  summary:
    'After somebody else used the account: keep the phone in hand and remove all others. No strike follows from it.',
  body: z.strictObject({
    /** The phone in the driver’s hand, one that claims now. Left out where the account has none. */
    deviceId: z.optional(z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/))),
  }),
  bodyLimit: 1_024,
  responses: { 201: z.strictObject({ removedPhones: z.int(), securedCase: z.optional(caseId) }) },
  refusals: ['unknown-device', 'recent-sign-in-required', 'window-closed', 'try-again'],
});

export const leave = defineRoute({
  operation: 'leave',
  method: 'DELETE',
  path: '/v1/me',
  level: 'login',
  summary:
    'Leave, with a sign-in of the last hour: blocks that have not started are released, phones and photos and activity are erased. Receipts follow.',
  responses: {
    202: z.strictObject({
      leftAt: instant,
      /** Blocks that were given back. */
      releasedBlocks: z.int(),
      /** What is kept, why and until when. */
      kept: z.array(z.strictObject({ what: z.string(), why: z.string(), until: instant })),
    }),
  },
  refusals: ['recent-sign-in-required', 'try-again'],
});
