import { claimBlock, releaseBlock } from '#contract/offers.ts';
import { claimAttempt, releaseAttempt } from '#core/offers/attempt.ts';
import { claimBlock as claim } from '#core/offers/claim-block.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { toClaimedBlock } from '#core/offers/list-schedule.ts';
import { loadOfferKeys } from '#core/offers/offer-keys.ts';
import { releaseBlock as release } from '#core/offers/release-block.ts';
import { settledOffers } from '#core/offers/settled-offers.ts';
import { cached } from '#core/shared/cached.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { attemptRecorder } from './attempts.ts';
import { readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { oneTry, runtime } from './runtime.ts';
import { deployedShell, readSecret, secretLifetimeMs } from './shell.ts';

const env = readEnvironment('claims');
const store = claimsStore(dynamoDb(oneTry), env.OFFERS_TABLE, env.RECORD_RETENTION_DAYS);
const keys = cached(() => loadOfferKeys(env.OFFER_KEYS, readSecret), secretLifetimeMs, Date.now);
const deps = { ...runtime, store, settled: settledOffers(), maxWeeklyMinutes: env.MAX_WEEKLY_MINUTES };
const attempted = attemptRecorder(env.ATTEMPTS_QUEUE_URL);

export const handler = httpFunction(deployedShell(env), [
  on(claimBlock)(async (call) => {
    const input = {
      requestId: call.requestId,
      driverId: call.caller.accountId,
      offerToken: call.body.offerToken,
    };
    const outcome = await attempted(call, claimAttempt, async () =>
      claim({ ...deps, keys: await keys() }, input),
    );
    if (outcome.status === 'refused') return { problem: outcome.code };
    const block = toClaimedBlock(outcome.offer, env.RELEASE_LEAD_MINUTES);
    return { status: outcome.status === 'claimed' ? 201 : 200, body: { status: 'claimed', block } };
  }),
  on(releaseBlock)(async (call) => {
    const input = {
      requestId: call.requestId,
      driverId: call.caller.accountId,
      blockId: call.params.blockId,
    };
    const outcome = await attempted(call, releaseAttempt, () =>
      release({ ...deps, releaseLeadMinutes: env.RELEASE_LEAD_MINUTES }, input),
    );
    return outcome.status === 'refused' ? { problem: outcome.code } : { status: 204, body: null };
  }),
]);
