import type { Operation } from '#contract/routes.ts';
import type { FunctionName } from '#lambdas/env.ts';

/** Which function answers which operation of the contract. One without an entry does not compile. */
export const functionOf = {
  getHealth: 'public',
  getConfiguration: 'public',
  getOpenApi: 'public',
  listOffers: 'offers',
  claimBlock: 'claims',
  releaseBlock: 'claims',
  listSchedule: 'schedule',
  publishBlocks: 'operator',
  publishDrop: 'operator',
  createDeviceChallenge: 'devices',
  enrolDevice: 'devices',
  listDevices: 'devices',
  removeDevice: 'devices',
  approveDevice: 'devices',
  createDeviceToken: 'devices',
  enrolUnlockKey: 'devices',
  checkDevice: 'devices',
  getChallenge: 'challenges',
  attemptChallenge: 'challenges',
  extendChallenge: 'challenges',
  askPerson: 'challenges',
  listWaiting: 'challenges',
  passChallenge: 'challenges',
} as const satisfies Record<Operation, FunctionName>;

export type HttpFunctionName = (typeof functionOf)[Operation];
