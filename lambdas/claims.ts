import { claimBlock, releaseBlock } from '#contract/offers.ts';
import { claimAssertion } from '#core/devices/claim-assertion.ts';
import { claimAttempt, releaseAttempt, unprovenAttempt } from '#core/offers/attempt.ts';
import { toClaimedBlock } from '#core/offers/block-view.ts';
import { claimBlock as claim } from '#core/offers/claim-block.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { releaseBlock as release } from '#core/offers/release-block.ts';
import { settledOffers } from '#core/offers/settled-offers.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { oneTry, runtime } from './runtime.ts';
import { attemptRecorder } from './shell/attempt-recorder.ts';
import { deployedKeys } from './shell/deployed-keys.ts';
import { phoneShell } from './shell/phone-shell.ts';

const env = readEnvironment('claims');
const database = dynamoDb(oneTry);
const store = claimsStore(database, env.OFFERS_TABLE, env.RECORD_RETENTION_DAYS);
const limits = { maxWeeklyMinutes: env.MAX_WEEKLY_MINUTES, releaseLeadMinutes: env.RELEASE_LEAD_MINUTES };
const deps = { ...runtime, ...limits, store, settled: settledOffers() };
const keys = deployedKeys(env.OFFER_KEYS);
const { attempted, record } = attemptRecorder(env.ATTEMPTS_QUEUE_URL);
const shell = phoneShell(env, {
  database,
  checkAssertion: claimAssertion(env.ASSERTIONS),
  onUnproven: (refused) => record(unprovenAttempt(refused, Date.now())),
});

export const handler = httpFunction(shell, [
  on(claimBlock)(async (call) => {
    const input = { ...call.body, requestId: call.requestId, driverId: call.caller.accountId };
    const run = async () => claim({ ...deps, keys: await keys() }, input);
    const outcome = await attempted(call, claimAttempt, run);
    if (outcome.status === 'refused') return { problem: outcome.code };
    const block = toClaimedBlock(outcome.offer, env.RELEASE_LEAD_MINUTES);
    return { status: outcome.status === 'claimed' ? 201 : 200, body: { status: 'claimed', block } };
  }),
  on(releaseBlock)(async (call) => {
    const input = { ...call.params, requestId: call.requestId, driverId: call.caller.accountId };
    const outcome = await attempted(call, releaseAttempt, () => release(deps, input));
    return outcome.status === 'refused' ? { problem: outcome.code } : { status: 204, body: null };
  }),
]);
