import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { AuditEntry } from '#contract/cases.ts';
import type { DecisionAction, NoticeKind, ReasonCode } from '#contract/enforcement.ts';
import { readDetected } from '#core/challenge/risk/detected-store.ts';
import { fileAppeal, recover, respond } from '#core/enforcement/answer-driver.ts';
import type { Case, Notice } from '#core/enforcement/case.ts';
import { type DecisionOutcome, decideCase } from '#core/enforcement/decide-case.ts';
import type { EnforcementDeps } from '#core/enforcement/enforcement-deps.ts';
import { leave } from '#core/enforcement/leave.ts';
import { openCase } from '#core/enforcement/open-case.ts';
import type { Command } from '#core/enforcement/rules/decide.ts';
import { sweep } from '#core/enforcement/sweep.ts';
import { verifyAudit } from '#core/evidence/audit/verify.ts';
import type { AwsCall } from '#core/shared/aws-json-gateway.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import type { Mail } from '#core/shared/mail-gateway.ts';
import { enforcementWorkflowEnvironment, readEnvironment } from '#lambdas/env.ts';
import { composeEnforcement } from '#lambdas/shell/deployed-enforcement.ts';
import { carryOut } from '#lambdas/shell/workflow-orders.ts';
import { foundOf, type Sighting } from './enforcement-world/findings.ts';
import type { Ground } from './enforcement-world/ground.ts';
import { openMarket } from './enforcement-world/market.ts';
import { callAwsJson } from './services/aws-json-client.ts';
import { startStateMachines } from './services/state-machines.ts';
import { VirtualClock } from './services/virtual-clock.ts';

export const dayMs = 86_400_000;

/** People who decide, by the part that they have in it. */
export const people = {
  analyst: { accountId: 'analyst', groups: ['analyst'] },
  /** May propose and approve, but not the same removal. */
  'lead-analyst': { accountId: 'lead-analyst', groups: ['analyst', 'approver'] },
  approver: { accountId: 'approver', groups: ['approver'] },
  /** Had no part in anything before. */
  'appeal-reviewer': { accountId: 'appeal-reviewer', groups: ['analyst'] },
} as const;
export type Person = keyof typeof people;

export interface SentMail extends Mail {
  at: number;
}
export interface ToldEvent {
  at: number;
  type: string;
  detail: Record<string, unknown>;
}
export interface WorldOptions {
  startsAt?: number;
  /** By driver; others have none. */
  locales?: Readonly<Record<string, string>>;
}

/** The workflow is spoken to over HTTP: its next step may still be on the way when everything known has ended. */
class PatientClock extends VirtualClock {
  override async quiet(): Promise<void> {
    await super.quiet();
    await sleep(2);
    await super.quiet();
  }
}

/** A Monday, 09:00 in Seattle. */
const usualStart = Date.UTC(2027, 0, 4, 17);
const inGeneral: Partial<Record<DecisionAction, string>> = {
  dismiss: 'The records fit a person who works at a depot with good reception.',
  warn: 'Nine days of looks at the list every five seconds, day after day.',
  'propose-offboarding': 'The same pattern again, while the warning counts.',
  'approve-offboarding': 'I looked at both findings myself and come to the same result.',
  uphold: 'The answer of the driver does not explain the pattern.',
  overturn: 'The phone has an accessibility switch that repeats taps; this was no program.',
};

/**
 * Cases on the synthesised workflow and tables, with a clock that moves only when it is told: the use cases that are
 * deployed run in this process, what they tell others is kept, and nothing else is made up.
 */
export const openWorld = async (
  ground: Ground,
  { startsAt = usualStart, locales = {} }: WorldOptions = {},
) => {
  const clock = new PatientClock(new Date(startsAt));
  const now = () => clock.now();
  const env = readEnvironment(enforcementWorkflowEnvironment, await ground.createTables());
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const database = dynamoDb({
    endpoint: ground.dynamodb,
    region: ground.region,
    credentials,
    maxAttempts: 1,
  });
  const mails: SentMail[] = [];
  const told: ToldEvent[] = [];
  const problems: unknown[] = [];
  // Nobody meets the same person twice at the same time: any pause will do.
  const surroundings = { now, random: () => 0.5, sleep: async () => nextTurn() };
  const events: AwsCall = async (_, body) => {
    const { Entries } = body as { Entries: { DetailType: string; Detail: string }[] };
    for (const { DetailType: type, Detail } of Entries)
      told.push({ at: now(), type, detail: JSON.parse(Detail) });
    return { FailedEntryCount: 0 };
  };
  const states: AwsCall = (target, body) => callAwsJson(machines.endpoint, target, { ...body });
  const signedOut: string[] = [];
  /** While it is set, nothing can be sent. */
  const post = { isDown: false };
  const deps = {
    ...composeEnforcement(env, {
      ...surroundings,
      database,
      events,
      states,
      accounts: {
        findContact: async (driverId) => ({
          address: `${driverId}@evenfield.test`,
          ...(locales[driverId] && { locale: locales[driverId] }),
        }),
        signOutEverywhere: async (driverId) => {
          signedOut.push(driverId);
        },
      },
      sendMail: async (mail) => {
        if (post.isDown) throw new Error('the mail service does not answer');
        mails.push({ ...mail, at: now() });
        return { status: 'sent' };
      },
    }),
    onFailed: (_: string, error: unknown) => {
      problems.push(error);
    },
  };
  const machines = await startStateMachines(
    {
      resources: [ground.stateMachine],
      invoke: (_, event) => clock.during(carryOut(deps, event)),
      endpoints: {},
      log: (line) => problems.push(line),
    },
    { clock },
  );
  const market = openMarket({
    ...surroundings,
    database,
    tables: { offers: env.OFFERS_TABLE, devices: env.DEVICES_TABLE },
    retentionDays: env.RECORD_RETENTION_DAYS,
    stationId: Object.keys(env.WORKPLACES)[0] ?? '',
  });
  /** With everything that it sets off. */
  const settled = async <Result>(work: Promise<Result>): Promise<Result> => {
    const result = await clock.during(work);
    await clock.quiet();
    return result;
  };
  const executionOf = (caseId: string) =>
    `${env.STATE_MACHINE_ARN.replace(':stateMachine:', ':execution:')}:case-${caseId}`;
  const { cases, audit } = deps;
  const caseOf = async (caseId: string): Promise<Case> => {
    const one = await cases.read(caseId);
    if (!one) throw new Error(`there is no case ${caseId}`);
    return one;
  };
  const noticesOf = async (driverId: string): Promise<Notice[]> => (await cases.notices(driverId)).reverse();

  return {
    clock,
    deps,
    market,
    told,
    signedOut,
    post,
    /** What went wrong on the way, and was left for later. */
    problems,
    now,
    find: (driverId: string, sighting: Omit<Sighting, 'until'> & { until?: number }) =>
      settled(openCase(deps, foundOf(driverId, { until: now(), ...sighting }, now()))),
    decide: (
      caseId: string,
      person: Person,
      action: DecisionAction,
      more: Partial<Pick<Command, 'rationale' | 'reasonCode' | 'evidence'>> = {},
    ): Promise<DecisionOutcome> => {
      const isGrounded = action === 'warn' || action === 'propose-offboarding';
      const reasonCode: ReasonCode = 'automated-claiming';
      return settled(
        decideCase(deps, {
          caseId,
          action,
          reviewer: people[person],
          rationale: inGeneral[action] ?? '',
          ...(isGrounded && { reasonCode }),
          ...more,
        }),
      );
    },
    respond: (driverId: string, noticeId: string, text: string) =>
      settled(respond(deps, { driverId, noticeId, text })),
    appeal: (driverId: string, noticeId: string, text: string) =>
      settled(fileAppeal(deps, { driverId, noticeId, text })),
    /** `since`: when the driver signed in; just now unless told otherwise. */
    recover: (driverId: string, deviceId?: string, since = now()) =>
      settled(
        recover(deps, { caller: { accountId: driverId, groups: [], authenticatedAt: since }, deviceId }),
      ),
    leave: (driverId: string) =>
      settled(leave(deps, { accountId: driverId, groups: [], authenticatedAt: now() })),
    advance: (days: number) => clock.advance(days * dayMs),
    /** `instead` takes the place of parts of what the sweeper has. */
    sweep: (instead: Partial<EnforcementDeps> = {}) => settled(sweep({ ...deps, ...instead })),
    /** The workflow asks for what is due, as it does when a timer fires. */
    fire: (caseId: string) => settled(carryOut(deps, { step: 'advance', caseId })),
    /** One more start under the same name, as of an event that comes again. */
    startAgain: (caseId: string) => settled(deps.effects.startWorkflow(caseId)),
    /** Ends the workflow of a case in the middle, as a lost year or a mistake would. */
    stopWorkflow: (caseId: string) =>
      settled(states('AWSStepFunctions.StopExecution', { executionArn: executionOf(caseId) })),
    /** Such as `RUNNING` or `SUCCEEDED`. */
    workflowOf: async (caseId: string): Promise<string> => {
      const executionArn = executionOf(caseId);
      const answer = await states('AWSStepFunctions.DescribeExecution', { executionArn });
      return (answer as { status: string }).status;
    },
    case: caseOf,
    standing: (driverId: string) => cases.standing(driverId),
    /** Oldest first. */
    notices: noticesOf,
    notice: async (driverId: string, kind: NoticeKind): Promise<Notice> => {
      const notice = (await noticesOf(driverId)).findLast((each) => each.kind === kind);
      if (!notice) throw new Error(`${driverId} has no notice of ${kind}`);
      return notice;
    },
    /** In the order in which they were sent. */
    mailsTo: (driverId: string): SentMail[] => mails.filter(({ to }) => to === `${driverId}@evenfield.test`),
    hasFriction: async (driverId: string): Promise<boolean> =>
      (await readDetected(database, env.CHALLENGES_TABLE, now())).has(driverId),
    /** By which case no phone of the account does anything, if so. */
    restrictedBy: async (driverId: string) => (await market.devicesOf(driverId)).restrictedBy,
    audit: (fromSeq = 1): Promise<AuditEntry[]> => audit.list(fromSeq, Number.POSITIVE_INFINITY),
    verify: async () => verifyAudit(await audit.list(1, Number.POSITIVE_INFINITY), { first: 1 }),
    stop: () => machines.stop(),
  };
};
export type EnforcementWorld = Awaited<ReturnType<typeof openWorld>>;
