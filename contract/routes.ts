import { decideCase, getCase, listAudit, listCases, openCases } from './cases.ts';
import {
  askPerson,
  attemptChallenge,
  extendChallenge,
  getChallenge,
  listWaiting,
  passChallenge,
} from './challenges.ts';
import { checkIn } from './check-in.ts';
import { claimBlock, releaseBlock } from './claims.ts';
import {
  demoteDetector,
  getFinding,
  getFindingRecord,
  giveVerdict,
  listDetectors,
  listFindings,
  promoteDetector,
} from './detection-review.ts';
import {
  approveDevice,
  checkDevice,
  createDeviceChallenge,
  createDeviceToken,
  enrolDevice,
  enrolUnlockKey,
  listDevices,
  removeDevice,
} from './devices.ts';
import {
  getDraw,
  getDrawRecord,
  getRotation,
  joinRotation,
  leaveDraw,
  leaveRotation,
  listReservedOffers,
} from './draws.ts';
import {
  addReference,
  chooseWay,
  createSelfieCheck,
  eraseIdentity,
  getIdentity,
  getSelfieCheck,
  putConsent,
  sendSelfie,
  withdrawConsent,
} from './identity.ts';
import { createStaffCode, decideSelfieCheck, listSelfieChecks, viewSelfieCheck } from './identity-review.ts';
import { exportMe, getKeys, getMe, listReceipts } from './me.ts';
import { createMovementSession, finishMovementSession } from './movement.ts';
import { listOffers, listSchedule } from './offers.ts';
import { publishBlocks, publishDrop } from './operator.ts';
import { getConfiguration, getHealth, getOpenApi } from './public.ts';
import {
  fileAppeal,
  getNoticeRecord,
  leave,
  listNotices,
  recoverAccount,
  respondToNotice,
} from './standing.ts';
import { sendTelemetry } from './telemetry.ts';
import { getTransparency } from './transparency.ts';

/** The whole API. The deployed stack wires each entry, the client and the documents are made from it. */
export const routes = {
  getHealth,
  getConfiguration,
  getOpenApi,
  getTransparency,
  listOffers,
  sendTelemetry,
  claimBlock,
  releaseBlock,
  listSchedule,
  getDraw,
  leaveDraw,
  getDrawRecord,
  listReservedOffers,
  getRotation,
  joinRotation,
  leaveRotation,
  publishBlocks,
  publishDrop,
  createDeviceChallenge,
  enrolDevice,
  listDevices,
  removeDevice,
  approveDevice,
  createDeviceToken,
  enrolUnlockKey,
  checkDevice,
  getChallenge,
  attemptChallenge,
  extendChallenge,
  askPerson,
  listWaiting,
  passChallenge,
  getIdentity,
  putConsent,
  withdrawConsent,
  eraseIdentity,
  addReference,
  createSelfieCheck,
  getSelfieCheck,
  sendSelfie,
  chooseWay,
  createMovementSession,
  finishMovementSession,
  checkIn,
  listSelfieChecks,
  viewSelfieCheck,
  decideSelfieCheck,
  createStaffCode,
  listFindings,
  getFinding,
  getFindingRecord,
  giveVerdict,
  listDetectors,
  promoteDetector,
  demoteDetector,
  listCases,
  openCases,
  getCase,
  decideCase,
  listAudit,
  listNotices,
  getNoticeRecord,
  respondToNotice,
  fileAppeal,
  recoverAccount,
  leave,
  getMe,
  listReceipts,
  exportMe,
  getKeys,
} as const;

export type Operation = keyof typeof routes;

const patterns = Object.values(routes).map(({ method, path }) => ({
  method,
  pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
}));

/** The methods that a path takes; none if the API does not know the path. */
export const methodsAt = (path: string): string[] =>
  patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
