import './shell/further-problems.ts';
import * as contract from '#contract/draws.ts';
import { leaveDraw } from '#core/draws/leave-draw.ts';
import { lookAtDraw } from '#core/draws/look-at-draw.ts';
import { drawsEnvironment, readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { deployedDraws } from './shell/deployed-draws.ts';
import {
  lastingRecord,
  memberOf,
  offersKept,
  rotationJoined,
  rotationLeft,
  rotationShown,
} from './shell/draw-answers.ts';
import { phoneShell } from './shell/phone-shell.ts';
import { refusalOf } from './shell/refusal.ts';

const env = readEnvironment(drawsEnvironment);
const deps = deployedDraws(env);

export const handler = httpFunction(phoneShell(env), [
  on(contract.getDraw)(async ({ caller, params: { drawId } }) => {
    const keys = await deps.keys();
    const outcome = await lookAtDraw({ ...deps, keys }, { drawId, driverId: caller.accountId });
    return outcome.status === 'refused' ? refusalOf(outcome) : { status: 200, body: outcome.body };
  }),
  on(contract.leaveDraw)(async ({ caller, params: { drawId } }) => {
    const outcome = await leaveDraw(deps, { drawId, driverId: caller.accountId });
    return outcome.status === 'refused' ? refusalOf(outcome) : { status: 204, body: null };
  }),
  on(contract.getDrawRecord)(async ({ params }) => lastingRecord(deps.draws, params.drawId)),
  on(contract.listReservedOffers)(async ({ caller }) => offersKept(deps, caller.accountId)),
  on(contract.getRotation)(async ({ caller, params }) => rotationShown(deps, memberOf(caller, params))),
  on(contract.joinRotation)(async ({ caller, params }) => rotationJoined(deps, memberOf(caller, params))),
  on(contract.leaveRotation)(async ({ caller, params }) => rotationLeft(deps, memberOf(caller, params))),
]);
