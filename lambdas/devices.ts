import * as contract from '#contract/devices.ts';
import { createChallenge } from '#core/devices/create-challenge.ts';
import { toDeviceView } from '#core/devices/device-view.ts';
import { enrolDevice } from '#core/devices/enrol-device.ts';
import { approveDevice, checkDevice, removeDevice } from '#core/devices/govern-devices.ts';
import { issueToken } from '#core/devices/issue-token.ts';
import { readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { deployedDevices } from './shell/deployed-devices.ts';
import { challenged, driversOnly, enrolled, governed, issued } from './shell/device-answers.ts';

const env = readEnvironment('devices');
const { shell, deps } = deployedDevices(env);

export const handler = httpFunction(shell, [
  on(contract.createDeviceChallenge)(
    driversOnly(async ({ caller, body }) => challenged(await createChallenge(deps, { ...caller, ...body }))),
  ),
  on(contract.enrolDevice)(
    driversOnly(async ({ caller: { accountId }, body, requestId }) =>
      enrolled(await enrolDevice(deps, { accountId, body, requestId })),
    ),
  ),
  on(contract.createDeviceToken)(
    driversOnly(async ({ caller: { accountId }, headers, path, requestId }) => {
      const url = env.PUBLIC_API_ORIGIN + path;
      return issued(await issueToken(deps, { accountId, proof: headers.dpop, url, requestId }));
    }),
  ),
  on(contract.listDevices)(async ({ caller: { accountId } }) => {
    const { devices } = await deps.store.read(accountId);
    const newestFirst = [...devices].sort((a, b) => b.enrolledAt - a.enrolledAt);
    return { status: 200, body: { devices: newestFirst.map(toDeviceView) } };
  }),
  on(contract.removeDevice)(async ({ caller: { accountId }, params }) => {
    const outcome = governed(await removeDevice(deps, { accountId, ...params }), 200);
    return 'problem' in outcome ? outcome : { status: 204, body: null };
  }),
  on(contract.approveDevice)(async ({ caller: { accountId, deviceId: by, unproven }, params }) =>
    unproven
      ? { problem: 'proof-invalid', reason: unproven }
      : governed(await approveDevice(deps, { accountId, ...params, by }), 200),
  ),
  on(contract.checkDevice)(async ({ caller: { accountId: by }, params, body }) =>
    governed(await checkDevice(deps, { ...params, ...body, accountId: params.driverId, by }), 201),
  ),
]);
