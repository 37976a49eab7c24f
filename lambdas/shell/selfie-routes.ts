import * as contract from '#contract/identity.ts';
import * as movement from '#contract/movement.ts';
import { chooseWay } from '#core/identity/choose-way.ts';
import { finishMovement, type MovementOutcome, startMovement } from '#core/identity/movement.ts';
import { openCheck } from '#core/identity/open-check.ts';
import { selfieAttempt, wayAttempt } from '#core/identity/selfie-attempt.ts';
import { sendSelfie } from '#core/identity/send-selfie.ts';
import type { SessionsStore } from '#core/identity/sessions-store.ts';
import type { StaffCodesStore } from '#core/identity/staff-codes-store.ts';
import { on } from '../http.ts';
import type { attemptRecorder } from './attempt-recorder.ts';
import type { deployedIdentity } from './deployed-identity.ts';
import * as answer from './identity-answers.ts';

type Deps = ReturnType<typeof deployedIdentity> & {
  sessions: SessionsStore;
  staffCodes: StaffCodesStore;
  attempted: ReturnType<typeof attemptRecorder>['attempted'];
  /** Where the app's liveness component streams to. */
  stream: { region: string; url: string | undefined };
};
const { senderOf } = answer;
/** None with a reference. */
const checkOf = (outcome: MovementOutcome) =>
  outcome.status === 'looked' ? outcome.check?.checkId : undefined;

/** The checks: by a photo, by a movement, or without a face. */
export const selfieRoutes = ({ attempted, stream, ...deps }: Deps) => [
  on(contract.createSelfieCheck)(async (call) =>
    answer.checkOpened(deps.policy, await openCheck(deps, senderOf(call))),
  ),
  on(contract.getSelfieCheck)(async ({ caller, params: { checkId } }) =>
    answer.checkShown(deps.policy, await deps.checks.find(caller.accountId, checkId)),
  ),
  on(contract.sendSelfie)(async (call) => {
    const { checkId } = call.params;
    const outcome = await attempted(
      call,
      (outcome, of) => selfieAttempt(outcome, checkId, of),
      () => sendSelfie(deps, { ...senderOf(call), checkId, sent: Buffer.from(call.body) }),
    );
    return answer.selfieLookedAt(deps.policy, outcome);
  }),
  on(contract.chooseWay)(async (call) => {
    const { checkId } = call.params;
    const outcome = await attempted(
      call,
      (outcome, of) => wayAttempt(outcome, checkId, of),
      () => chooseWay(deps, { ...senderOf(call), checkId, ...call.body }),
    );
    return answer.wayChosen(outcome);
  }),
  on(movement.createMovementSession)(async (call) => {
    const of = call.body.purpose === 'check' ? { checkId: call.body.checkId } : {};
    return answer.movementStarted(await startMovement(deps, { ...senderOf(call), ...of }), stream);
  }),
  on(movement.finishMovementSession)(async (call) => {
    const outcome = await attempted<MovementOutcome>(
      call,
      (outcome, of) => selfieAttempt(outcome, checkOf(outcome), of),
      () => finishMovement(deps, { ...senderOf(call), ...call.params }),
    );
    return answer.movementFinished(deps.policy, outcome);
  }),
];
