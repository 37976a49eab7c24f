import './shell/people-problems.ts';
import * as contract from '#contract/standing.ts';
import { fileAppeal, recover, respond } from '#core/enforcement/answer-driver.ts';
import { leave } from '#core/enforcement/leave.ts';
import { readEnvironment, standingEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { deployedEnforcement } from './shell/deployed-enforcement.ts';
import { deployedShell } from './shell/deployed-shell.ts';
import { driversOnly } from './shell/device-calls.ts';
import { refusalOf } from './shell/refusal.ts';
import { appealFiled, leftAnswer, noticesListed, recovered, responded } from './shell/standing-answers.ts';

const env = readEnvironment(standingEnvironment);
const deps = deployedEnforcement(env);

export const handler = httpFunction(deployedShell(env), [
  on(contract.listNotices)(
    driversOnly(async ({ caller, query }) => noticesListed(deps, caller.accountId, query.cursor)),
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
  on(contract.recoverAccount)(
    driversOnly(async ({ caller, body }) => recovered(await recover(deps, { caller, ...body }))),
  ),
  on(contract.leave)(
    driversOnly(async ({ caller: { accountId } }) => {
      const [outcome, { jurisdiction }] = [await leave(deps, accountId), await deps.workplaceOf(accountId)];
      return outcome.status === 'refused'
        ? refusalOf(outcome)
        : leftAnswer(outcome, jurisdiction, env.RECORD_RETENTION_DAYS);
    }),
  ),
]);
