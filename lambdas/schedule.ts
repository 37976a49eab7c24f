import { listSchedule } from '#contract/offers.ts';
import { listSchedule as list } from '#core/offers/list-schedule.ts';
import { scheduleStore } from '#core/offers/schedule-store.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { readEnvironment, scheduleEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { phoneShell } from './shell/phone-shell.ts';
import { refusalOf } from './shell/refusal.ts';

const env = readEnvironment(scheduleEnvironment);
const deps = {
  store: scheduleStore(dynamoDb(), env.OFFERS_TABLE),
  releaseLeadMinutes: env.RELEASE_LEAD_MINUTES,
  now: Date.now,
};

export const handler = httpFunction(phoneShell(env), [
  on(listSchedule)(async ({ caller, query }) => {
    const outcome = await list(deps, { driverId: caller.accountId, cursor: query.cursor });
    return outcome.status === 'refused' ? refusalOf(outcome) : { status: 200, body: outcome.body };
  }),
]);
