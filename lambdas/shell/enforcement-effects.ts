import { accountClosed, accountReopened } from '#contract/events.ts';
import { reviewVerdict } from '#contract/findings.ts';
import { deleteDetected, putDetected } from '#core/challenge/risk/detected-store.ts';
import type { Tell } from '#core/detection/findings/give-verdict.ts';
import type { DevicesStore } from '#core/devices/devices-store.ts';
import { endSessions } from '#core/devices/end-sessions.ts';
import { keepOnePhone } from '#core/devices/keep-one-phone.ts';
import { liftRestriction, restrictAccount } from '#core/devices/restrict-account.ts';
import type { Standing } from '#core/enforcement/case.ts';
import { standingCheck } from '#core/enforcement/cases-store.ts';
import type { Effects } from '#core/enforcement/effects.ts';
import { htmlOf } from '#core/enforcement/notices/render.ts';
import type { Workflow } from '#core/enforcement/workflow-gateway.ts';
import type { ClaimsStore } from '#core/offers/claims-store.ts';
import type { ScheduleStore } from '#core/offers/schedule-store.ts';
import {
  blocksToTakeBack,
  giveBackBlock,
  runningUntil,
  takeBackBlock,
} from '#core/offers/take-back-blocks.ts';
import type { FindContact, SignOutEverywhere } from '#core/shared/accounts-gateway.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import type { SendMail } from '#core/shared/mail-gateway.ts';
import type { Surroundings } from '#core/shared/tries.ts';

/** The parts of the system that a case touches. */
export interface EffectsDeps extends Surroundings {
  database: Database;
  challengesTable: string;
  enforcementTable: string;
  devices: DevicesStore;
  claims: ClaimsStore;
  schedule: ScheduleStore;
  workflow: Workflow;
  tell: Tell;
  findContact: FindContact;
  signOutEverywhere: SignOutEverywhere;
  /** Left out where no mail is sent. */
  sendMail?: SendMail;
}

/** What the mail service says of a failure may name the address, and would be logged. */
const unnamed = (error: unknown): never => {
  throw new Error(`the mail service fails: ${(error as Error).name}`);
};

/** A driver is on the way to a block before it starts. */
const onTheWayMs = 3_600_000;
/** Asks for silent work by itself, and for more only beside other signs. */
const frictionPoints = 3;

/** Whose account does nothing any more. */
const gone: readonly Standing['state'][] = ['offboarded', 'leaving', 'left'];

/** What was not done is tried again with the step. */
const sure = <T extends { status: string }>(outcome: T): T => {
  if (outcome.status === 'refused') throw new Error('others write this account all the time');
  return outcome;
};
const done = <T extends string>(outcome: T | 'try-again'): T => {
  if (outcome === 'try-again') throw new Error('others write this block all the time');
  return outcome as T;
};

const notices = ({ findContact, sendMail }: EffectsDeps): Pick<Effects, 'sendNotice'> => ({
  sendNotice: async (notice) => {
    const { address } = await findContact(notice.driverId);
    if (!address || !sendMail) return 'no-address';
    const { subject, text } = notice;
    const { status } = await sendMail({ to: address, subject, text, html: htmlOf(notice) }).catch(unnamed);
    return status === 'sent' ? 'sent' : 'failed';
  },
});

const sessions = (deps: EffectsDeps): Pick<Effects, 'endSessions' | 'restrict' | 'lift' | 'keepPhone'> => {
  const account = { ...deps, store: deps.devices };
  const standingIs = (driverId: string, states: readonly Standing['state'][]) =>
    standingCheck(deps.enforcementTable, driverId, states);
  return {
    endSessions: async (accountId, key, at) => {
      sure(await endSessions(account, { accountId, at, key }));
      await deps.signOutEverywhere(accountId);
    },
    restrict: async (accountId, caseId) => {
      sure(await restrictAccount({ ...account, onlyIf: standingIs(accountId, gone) }, { accountId, caseId }));
    },
    lift: async (accountId, caseId) => {
      sure(
        await liftRestriction(
          { ...account, onlyIf: standingIs(accountId, ['active']) },
          { accountId, caseId },
        ),
      );
    },
    keepPhone: (accountId, deviceId) =>
      keepOnePhone(account, { accountId, ...(deviceId !== undefined && { deviceId }) }),
  };
};

const blocks = (
  deps: EffectsDeps,
): Pick<Effects, 'blocksToTakeBack' | 'takeBack' | 'giveBack' | 'runningUntil'> => {
  const offers = { ...deps, store: deps.claims };
  // Each version of a block is taken back once, and given back once.
  const requestId = (what: string, blockId: string, version: number) => `${what}-${blockId}-${version}`;
  return {
    blocksToTakeBack: (driverId, after) => blocksToTakeBack(deps, { driverId, after }),
    takeBack: async (driverId, block) =>
      done(
        await takeBackBlock(offers, {
          driverId,
          block,
          requestId: requestId('take-back', block.blockId, block.version),
        }),
      ),
    giveBack: async (driverId, block) =>
      done(
        await giveBackBlock(offers, {
          driverId,
          block,
          requestId: requestId('give-back', block.blockId, block.version),
        }),
      ),
    runningUntil: (driverId, now) => runningUntil(deps.schedule, driverId, now, onTheWayMs),
  };
};

export const enforcementEffects = (deps: EffectsDeps): Effects => {
  const { database, challengesTable, workflow, tell } = deps;
  return {
    startWorkflow: workflow.start,
    signal: workflow.signal,
    addFriction: (driverId, until) =>
      putDetected(database, challengesTable, driverId, { points: frictionPoints, until, by: '#case' }),
    endFriction: (driverId) => deleteDetected(database, challengesTable, driverId, '#case'),
    tellVerdict: (detail) => tell(reviewVerdict, detail),
    tellClosed: (driverId, reason, at) => tell(accountClosed, { driverId, reason, at: iso(at) }),
    tellReopened: (driverId, at) => tell(accountReopened, { driverId, at: iso(at) }),
    ...notices(deps),
    ...sessions(deps),
    ...blocks(deps),
  };
};
const iso = (at: number) => new Date(at).toISOString();
