import { claimBlock, releaseBlock } from '#contract/offers.ts';
import { claimAttempt, releaseAttempt } from '#core/offers/attempt.ts';
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
import { deployedShell } from './shell/deployed-shell.ts';
import { deployedOfferKeys } from './shell/offer-keys.ts';

const env = readEnvironment('claims');
const store = claimsStore(dynamoDb(oneTry), env.OFFERS_TABLE, env.RECORD_RETENTION_DAYS);
const limits = { maxWeeklyMinutes: env.MAX_WEEKLY_MINUTES, releaseLeadMinutes: env.RELEASE_LEAD_MINUTES };
const deps = { ...runtime, ...limits, store, settled: settledOffers() };
const keys = deployedOfferKeys(env.OFFER_KEYS);
const attempted = attemptRecorder(env.ATTEMPTS_QUEUE_URL);

export const handler = httpFunction(deployedShell(env), [
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
