import * as z from 'zod/mini';
import { claimedBlock } from './claims.ts';
import { device } from './devices.ts';
import { caseId } from './enforcement.ts';
import { identityView, selfieCheckState } from './identity.ts';
import { blockId, instant, money } from './primitives.ts';
import { receiptKey } from './receipts.ts';
import { defineRoute } from './route.ts';
import { driverNotice, strike } from './standing.ts';

const identifier = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/));

export const getMe = defineRoute({
  operation: 'getMe',
  method: 'GET',
  path: '/v1/me',
  level: 'login',
  summary:
    'How the account stands: whether it may claim, its warnings, and how often it was asked for a selfie.',
  responses: {
    200: z.strictObject({
      driverId: z.string(),
      /** `offboarded`: ended by two people, and it can be appealed. `closed`: it ended in another way. */
      standing: z.enum(['active', 'offboarded', 'leaving', 'left', 'closed']),
      /** Warnings that count, and until when. */
      strikes: z.array(strike),
      /** Blocks that were taken back wrongly and could not be given back: their pay is owed. */
      owed: z.array(z.strictObject({ caseId, blockId, pay: money })),
      /** Blocks given back shortly before their start, in the last 14 days. */
      lateReleases: z.strictObject({
        releases: z.array(z.strictObject({ blockId, releasedAt: instant, countsUntil: instant })),
        /** So many have no effect. */
        most: z.int(),
        /** A release counts when its block starts within so many hours. */
        hours: z.int(),
        /** Until then the driver is drawn after everybody else; left out: not so. */
        behindUntil: z.optional(instant),
      }),
      selfieChecks: z.strictObject({
        askedToday: z.int(),
        askedThisWeek: z.int(),
        mostPerDay: z.int(),
        mostPerWeek: z.int(),
      }),
    }),
  },
  refusals: ['try-again'],
});

export const listReceipts = defineRoute({
  operation: 'listReceipts',
  method: 'GET',
  path: '/v1/me/receipts',
  level: 'login',
  summary:
    'Signed receipts of erasures, newest first. `npm run verify-receipt` checks them without this service.',
  query: z.strictObject({ cursor: z.optional(z.string().check(z.maxLength(200))) }),
  responses: {
    200: z.strictObject({
      receipts: z.array(
        z.strictObject({
          receiptId: identifier,
          erasedAt: instant,
          /** A compact JWS; its key is in `GET /v1/keys`. */
          receipt: z.string(),
        }),
      ),
      /** Asked for, and not finished. */
      pending: z.array(z.strictObject({ erasureId: identifier, requestedAt: instant })),
      cursor: z.optional(z.string()),
    }),
  },
  refusals: ['try-again'],
});

export const exportMe = defineRoute({
  operation: 'exportMe',
  method: 'GET',
  path: '/v1/me/data',
  level: 'login',
  summary:
    'What is kept about the driver, for the driver: all but the photos themselves and how like they were.',
  responses: {
    200: z.strictObject({
      exportedAt: instant,
      driverId: z.string(),
      identity: identityView,
      selfieChecks: z.array(
        z.strictObject({
          checkId: identifier,
          state: selfieCheckState,
          askedBy: z.string(),
          blockId: z.optional(z.string()),
          createdAt: instant,
          settledAt: z.optional(instant),
          /** `face`, `movement`, `person`, or a way without a face. */
          settledBy: z.optional(z.string()),
          photos: z.array(z.strictObject({ at: instant, result: z.string(), reasons: z.array(z.string()) })),
        }),
      ),
      /** Every look of a person at a photo. */
      views: z.array(
        z.strictObject({
          checkId: identifier,
          viewedAt: instant,
          by: z.string(),
          rationale: z.string(),
          blurred: z.boolean(),
        }),
      ),
      /** Every word of a person on a check. */
      verdicts: z.array(
        z.strictObject({ checkId: identifier, givenAt: instant, by: z.string(), rationale: z.string() }),
      ),
      /** Every notice with all that it relied on, and what the driver answered. */
      notices: z.array(driverNotice),
      devices: z.array(device),
      blocks: z.array(claimedBlock),
      receipts: z.array(z.string()),
    }),
  },
  refusals: ['try-again'],
});

export const getKeys = defineRoute({
  operation: 'getKeys',
  method: 'GET',
  path: '/v1/keys',
  level: 'public',
  summary: 'The keys that receipts and draws are signed with, as a JWK set.',
  responses: { 200: z.strictObject({ keys: z.array(receiptKey) }) },
  refusals: ['try-again'],
});
