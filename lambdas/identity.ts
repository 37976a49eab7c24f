import * as contract from '#contract/identity.ts';
import { addReference } from '#core/identity/add-reference.ts';
import { chooseWay } from '#core/identity/choose-way.ts';
import { describeIdentity } from '#core/identity/describe-identity.ts';
import { requestErasure } from '#core/identity/erasure/request-erasure.ts';
import { giveConsent } from '#core/identity/give-consent.ts';
import { finishMovement, startMovement } from '#core/identity/movement.ts';
import { openCheck } from '#core/identity/open-check.ts';
import { selfieAttempt } from '#core/identity/selfie-attempt.ts';
import { sendSelfie } from '#core/identity/send-selfie.ts';
import { sessionsStore } from '#core/identity/sessions-store.ts';
import { staffCodesStore } from '#core/identity/staff-codes-store.ts';
import { identityEnvironment, readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { attemptRecorder } from './shell/attempt-recorder.ts';
import { deployedIdentity } from './shell/deployed-identity.ts';
import * as answer from './shell/identity-answers.ts';
import { phoneShell } from './shell/phone-shell.ts';

const env = readEnvironment(identityEnvironment);
const { attempted } = attemptRecorder(env);
const common = deployedIdentity(env);
const { policy, profiles, checks } = common;
const deps = {
  ...common,
  sessions: sessionsStore(common.database, env.IDENTITY_TABLE),
  staffCodes: staffCodesStore(common.database, env.IDENTITY_TABLE),
};
const { senderOf } = answer;

export const handler = httpFunction(phoneShell(env), [
  on(contract.getIdentity)(async ({ caller }) => {
    const [state, profile] = await Promise.all([deps.faceChecks(), profiles.read(caller.accountId)]);
    return {
      status: 200,
      body: describeIdentity(policy, state, profile, env.RECORD_RETENTION_DAYS, deps.now()),
    };
  }),
  on(contract.putConsent)(async (call) =>
    answer.consented(await giveConsent(deps, { ...senderOf(call), ...call.body })),
  ),
  on(contract.withdrawConsent)(async (call) =>
    answer.erasing(await requestErasure(deps, { ...senderOf(call), reason: 'consent-withdrawn' })),
  ),
  on(contract.eraseIdentity)(async (call) =>
    answer.erasing(await requestErasure(deps, { ...senderOf(call), reason: 'asked' })),
  ),
  on(contract.addReference)(async (call) =>
    answer.referenceAdded(
      await addReference(deps, { ...senderOf(call), sent: Buffer.from(call.body), takenBy: 'photo' }),
    ),
  ),
  on(contract.createSelfieCheck)(async (call) =>
    answer.checkOpened(policy, await openCheck(deps, senderOf(call))),
  ),
  on(contract.getSelfieCheck)(async ({ caller, params: { checkId } }) =>
    answer.checkShown(policy, await checks.find(caller.accountId, checkId)),
  ),
  on(contract.sendSelfie)(async (call) => {
    const { checkId } = call.params;
    const outcome = await attempted(
      call,
      (outcome, of) => selfieAttempt(outcome, checkId, of),
      () => sendSelfie(deps, { ...senderOf(call), checkId, sent: Buffer.from(call.body) }),
    );
    return answer.selfieLookedAt(policy, outcome);
  }),
  on(contract.chooseWay)(async (call) =>
    answer.wayChosen(await chooseWay(deps, { ...senderOf(call), ...call.params, ...call.body })),
  ),
  on(contract.createMovementSession)(async (call) =>
    answer.movementStarted(await startMovement(deps, { ...senderOf(call), checkId: call.body.checkId }), {
      region: env.AWS_REGION,
      url: env.AWS_ENDPOINT_URL_REKOGNITION,
    }),
  ),
  on(contract.finishMovementSession)(async (call) =>
    answer.movementFinished(policy, await finishMovement(deps, { ...senderOf(call), ...call.params })),
  ),
]);
