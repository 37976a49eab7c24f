import { claimBlock, releaseBlock } from '#contract/claims.ts';
import { claimAssertion } from '#core/devices/claim-assertion.ts';
import { claimAttempt, releaseAttempt, unprovenAttempt } from '#core/offers/attempt.ts';
import { claimBlock as claim } from '#core/offers/claim-block.ts';
import { releaseBlock as release } from '#core/offers/release-block.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { claimsEnvironment, readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { oneTry } from './runtime.ts';
import { attemptRecorder } from './shell/attempt-recorder.ts';
import { answeredClaim, claimOf } from './shell/claim-answers.ts';
import { deployedClaims } from './shell/deployed-claims.ts';
import { deployedGuard } from './shell/deployed-guard.ts';
import { deployedKeys } from './shell/deployed-keys.ts';
import { phoneShell } from './shell/phone-shell.ts';

const env = readEnvironment(claimsEnvironment);
const database = dynamoDb(oneTry);
const { guard, note } = deployedGuard(env, database);
const deps = deployedClaims(env, database, { guard });
const keys = deployedKeys(env.OFFER_KEYS);
const { attempted, record } = attemptRecorder(env);
const shell = phoneShell(env, {
  database,
  checkAssertion: claimAssertion(env.ASSERTIONS),
  onUnproven: (refused) => record(unprovenAttempt(refused, Date.now())),
});

export const handler = httpFunction(shell, [
  on(claimBlock)(async (call) => {
    const run = async () => claim({ ...deps, keys: await keys() }, claimOf(call));
    const outcome = await attempted(call, (...of) => note(claimAttempt(...of)), run);
    return answeredClaim(outcome, env.RELEASE_LEAD_MINUTES);
  }),
  on(releaseBlock)(async (call) => {
    const input = { ...call.params, requestId: call.requestId, driverId: call.caller.accountId };
    const outcome = await attempted(call, releaseAttempt, () => release(deps, input));
    return outcome.status === 'refused' ? { problem: outcome.code } : { status: 204, body: null };
  }),
]);
