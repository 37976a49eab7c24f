import './shell/further-problems.ts';
import * as contract from '#contract/devices.ts';
import { createChallenge } from '#core/devices/create-challenge.ts';
import { enrolDevice } from '#core/devices/enrol-device.ts';
import { enrolUnlockKey } from '#core/devices/enrol-unlock-key.ts';
import { approveDevice, checkDevice, removeDevice } from '#core/devices/govern-devices.ts';
import { issueToken } from '#core/devices/issue-token.ts';
import { devicesEnvironment, readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { deployedDevices } from './shell/deployed-devices.ts';
import {
  challenged,
  enrolled,
  governed,
  issued,
  listed,
  removed,
  unlockKeyEnrolled,
} from './shell/device-answers.ts';
import { driversOnly, own, proofOf, provenOnly } from './shell/device-calls.ts';
import { liveLogins } from './shell/live-logins.ts';

const env = readEnvironment(devicesEnvironment);
const { shell, deps } = deployedDevices(env);

export const handler = httpFunction(liveLogins(shell, deps.store), [
  on(contract.createDeviceChallenge)(
    driversOnly(async (call) => challenged(await createChallenge(deps, { ...own(call), ...call.body }))),
  ),
  on(contract.enrolDevice)(
    driversOnly(async (call) => enrolled(await enrolDevice(deps, own(call)), call.body)),
  ),
  on(contract.createDeviceToken)(
    driversOnly(async (call) =>
      issued(await issueToken(deps, { ...own(call), ...proofOf(call, env.PUBLIC_API_ORIGIN) })),
    ),
  ),
  on(contract.listDevices)(async ({ caller }) => listed(await deps.store.read(caller.accountId))),
  on(contract.removeDevice)(async (call) => removed(await removeDevice(deps, own(call)))),
  on(contract.approveDevice)(
    provenOnly(async (call) =>
      governed(await approveDevice(deps, { ...own(call), by: call.caller.deviceId }), 200),
    ),
  ),
  on(contract.enrolUnlockKey)(
    provenOnly(async (call) =>
      unlockKeyEnrolled(await enrolUnlockKey(deps, { ...own(call), by: call.caller })),
    ),
  ),
  on(contract.checkDevice)(
    async ({ caller: { accountId: by }, params: { driverId: accountId, deviceId }, body }) =>
      governed(await checkDevice(deps, { accountId, deviceId, by, ...body }), 201),
  ),
]);
