import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AuditEntry } from '#contract/cases.ts';
import { readDetected } from '#core/challenge/risk/detected-store.ts';
import type { Case, Notice, Standing } from '#core/enforcement/case.ts';
import type { EnforcementDeps } from '#core/enforcement/enforcement-deps.ts';
import { sweep } from '#core/enforcement/sweep.ts';
import type { AwsCall } from '#core/shared/aws-json-gateway.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import type { Mail } from '#core/shared/mail-gateway.ts';
import { enforcementWorkflowEnvironment, readEnvironment } from '#lambdas/env.ts';
import { composeEnforcement } from '#lambdas/shell/deployed-enforcement.ts';
import { openMarket } from '#local/enforcement-world/market.ts';
import type { Engine } from './engine.ts';
import { itemsOf } from './table-copies.ts';

/** Cases on tables alone: no workflow runs, time stands still until it is set, and only the sweeper does what is due. */

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** A Monday, 09:00 in Seattle. */
const usualStart = Date.UTC(2027, 0, 4, 17);
const stationId = 'SEA1';

/** People who decide. Nobody else does. */
export const people = {
  analyst: { accountId: 'analyst', groups: ['analyst'] },
  analyst2: { accountId: 'analyst2', groups: ['analyst'] },
  approver: { accountId: 'approver', groups: ['approver'] },
  /** May propose and approve, but not the same removal. */
  approver2: { accountId: 'approver2', groups: ['analyst', 'approver'] },
  legal: { accountId: 'legal', groups: ['legal'] },
} as const;
export type Person = keyof typeof people;

export interface Told {
  type: string;
  detail: Record<string, unknown>;
}

/** Everything that is stored, by what it is. */
export interface Stored {
  cases: Case[];
  standings: Standing[];
  notices: Notice[];
  audit: AuditEntry[];
  /** Findings that are in a case, with the case that each is in. */
  seen: { evidenceId: string; caseId: string }[];
}

/** What calls leave the process: a test puts its own wires in their place. */
export interface Wires {
  /** Around whatever is sent: to the engine, to the bus and to the mail service. */
  wrap?: <Client extends { send(command: object): Promise<unknown> }>(client: Client) => Client;
}

const tablesOf = async (engine: Engine) => ({
  ENFORCEMENT_TABLE: await engine.createTable(),
  DEVICES_TABLE: await engine.createTable(),
  OFFERS_TABLE: await engine.createTable(),
  CHALLENGES_TABLE: await engine.createTable(),
});

/** One run of the four tables. */
export const anEnforcementWorld = async (engine: Engine) => {
  const tables = await tablesOf(engine);
  const clock = { at: usualStart };
  const now = () => clock.at;
  const told: Told[] = [];
  const mails: Mail[] = [];
  const problems: unknown[] = [];
  const env = readEnvironment(enforcementWorkflowEnvironment, {
    ...tables,
    ...{ STAGE: 'local', AWS_REGION: 'eu-west-1', EVENT_BUS_NAME: 'bus', STATE_MACHINE_ARN: 'machine' },
    ...{ USER_POOL_ID: 'pool', CONTACT: 'https://drive.test/help', RECORD_RETENTION_DAYS: '400' },
    WORKPLACES: JSON.stringify({ [stationId]: ['America/Los_Angeles', 'default'] }),
  });

  /** A process of its own. */
  const process = ({ wrap = (client) => client }: Wires = {}): EnforcementDeps => {
    const surroundings = { now, random: () => 0.5, sleep: async () => nextTurn() };
    /** Something that arrives somewhere when it is sent, under a name that a failure can be set for. */
    const sends = (name: string, arrive: () => void) =>
      wrap({ send: async (_: object) => arrive() }).send({ constructor: { name } });
    const events: AwsCall = async (_, body) => {
      const { Entries } = body as { Entries: { DetailType: string; Detail: string }[] };
      for (const { DetailType: type, Detail } of Entries)
        await sends('Tell', () => told.push({ type, detail: JSON.parse(Detail) }));
      return { FailedEntryCount: 0 };
    };
    const composed = composeEnforcement(env, {
      ...surroundings,
      database: wrap(engine.client as Database),
      events,
      states: async () => ({}),
      accounts: {
        findContact: async (driverId) => ({ address: `${driverId}@evenfield.test` }),
        signOutEverywhere: async () => {},
      },
      sendMail: async (mail) => {
        await sends('Mail', () => mails.push(mail));
        return { status: 'sent' };
      },
    });
    return { ...composed, onFailed: (_, error) => problems.push(error), onClockMissed: () => {} };
  };
  const deps = process();
  const market = openMarket({
    ...{ now, random: () => 0.5, sleep: async () => {}, retentionDays: 400, stationId },
    database: engine.client,
    tables: { offers: tables.OFFERS_TABLE, devices: tables.DEVICES_TABLE },
  });

  return {
    engine,
    tables,
    clock,
    told,
    mails,
    /** What went wrong on the way, and was left for later. */
    problems,
    deps,
    process,
    market,
    sweep: (by: EnforcementDeps = deps) => sweep(by),
    /** The sweeper comes by, every other minute, until nothing is due. */
    settle: async (by: EnforcementDeps = deps): Promise<void> => {
      for (let round = 0; round < 5; round += 1) {
        clock.at += 2 * minuteMs;
        const { advanced, failed } = await sweep(by);
        if (advanced + failed === 0) return;
      }
      throw new Error('something is due all the time');
    },
    friction: async (driverId: string) =>
      (await readDetected(engine.client, tables.CHALLENGES_TABLE, now())).has(driverId),
    restrictedBy: async (driverId: string) => (await market.devicesOf(driverId)).restrictedBy,
    stored: async (): Promise<Stored> => {
      const all: Stored = { cases: [], standings: [], notices: [], audit: [], seen: [] };
      for (const { pk, sk, ver, d, id } of await itemsOf(engine, tables.ENFORCEMENT_TABLE)) {
        const [partition = '', key = ''] = pk?.S?.split(/#(.*)/s) ?? [];
        const value = d?.S === undefined ? {} : JSON.parse(d.S);
        const version = Number(ver?.N);
        if (partition === 'CASE') all.cases.push({ ...value, caseId: key, version });
        else if (partition === 'SEEN') all.seen.push({ evidenceId: key, caseId: id?.S ?? '' });
        else if (sk?.S === 'STANDING') all.standings.push({ ...value, driverId: key, version });
        else if (partition === 'DRIVER') all.notices.push(value);
        else if (partition === 'AUDIT' && sk?.S !== 'HEAD') all.audit.push(value);
      }
      all.audit.sort((a, b) => a.seq - b.seq);
      all.cases.sort((a, b) => a.openedAt - b.openedAt);
      return all;
    },
  };
};
export type EnforcementTestWorld = Awaited<ReturnType<typeof anEnforcementWorld>>;
