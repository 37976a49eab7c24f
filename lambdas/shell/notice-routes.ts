import * as contract from '#contract/standing.ts';
import { fileAppeal, respond } from '#core/enforcement/answer-driver.ts';
import type { EnforcementDeps } from '#core/enforcement/enforcement-deps.ts';
import { recordBehind } from '#core/enforcement/evidence/record-behind.ts';
import { type Entry, on } from '../http.ts';
import { record } from './detection-answers.ts';
import { driversOnly } from './device-calls.ts';
import { appealFiled, noticesListed, responded } from './standing-answers.ts';

/** What a driver is told about decisions, and what the driver says to them. */
export const noticeRoutes = (
  deps: EnforcementDeps,
  records: Parameters<typeof recordBehind>[1],
): readonly Entry[] => [
  on(contract.listNotices)(
    driversOnly(async ({ caller, query }) => noticesListed(deps, caller.accountId, query.cursor)),
  ),
  on(contract.getNoticeRecord)(
    driversOnly(async ({ caller, params }) =>
      record(await recordBehind(deps.cases, records, { driverId: caller.accountId, ...params })),
    ),
  ),
  on(contract.respondToNotice)(
    driversOnly(async ({ caller: { accountId: driverId }, params, body }) =>
      responded(params.noticeId, await respond(deps, { driverId, ...params, ...body })),
    ),
  ),
  on(contract.fileAppeal)(
    driversOnly(async ({ caller: { accountId: driverId }, body }) =>
      appealFiled(body.noticeId, await fileAppeal(deps, { driverId, ...body })),
    ),
  ),
];
