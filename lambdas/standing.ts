import './shell/further-problems.ts';
import './shell/people-problems.ts';
import * as contract from '#contract/standing.ts';
import { findingsStore } from '#core/detection/findings/findings-store.ts';
import { devicesStore } from '#core/devices/devices-store.ts';
import { recover } from '#core/enforcement/answer-driver.ts';
import { leave } from '#core/enforcement/leave.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { readEnvironment, standingEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { deployedEnforcement } from './shell/deployed-enforcement.ts';
import { deployedShell } from './shell/deployed-shell.ts';
import { driversOnly } from './shell/device-calls.ts';
import { liveLogins } from './shell/live-logins.ts';
import { noticeRoutes } from './shell/notice-routes.ts';
import { left, recovered } from './shell/standing-answers.ts';

const env = readEnvironment(standingEnvironment);
const database = dynamoDb();
const deps = deployedEnforcement(env, database);
const records = findingsStore(database, env.DETECTION_TABLE, env.RECORD_RETENTION_DAYS, Date.now);
const devices = devicesStore(database, env.DEVICES_TABLE, env.RECORD_RETENTION_DAYS);

export const handler = httpFunction(liveLogins(deployedShell(env), devices), [
  ...noticeRoutes(deps, records),
  on(contract.recoverAccount)(
    driversOnly(async ({ caller, body }) => recovered(await recover(deps, { caller, ...body }))),
  ),
  on(contract.leave)(
    driversOnly(async ({ caller }) => {
      const [place, outcome] = [await deps.workplaceOf(caller.accountId), await leave(deps, caller)];
      return left(outcome, place.jurisdiction, env.RECORD_RETENTION_DAYS);
    }),
  ),
]);
