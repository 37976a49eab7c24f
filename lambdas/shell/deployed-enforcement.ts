import { busGateway } from '#core/detection/findings/bus-gateway.ts';
import { devicesStore } from '#core/devices/devices-store.ts';
import { phonesOf } from '#core/devices/nickname.ts';
import { casesStore } from '#core/enforcement/cases-store.ts';
import type { EnforcementDeps, Workplace } from '#core/enforcement/enforcement-deps.ts';
import { workflowGateway } from '#core/enforcement/workflow-gateway.ts';
import { auditStore } from '#core/evidence/audit/audit-store.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { scheduleStore } from '#core/offers/schedule-store.ts';
import { contactsGateway, signOutGateway } from '#core/shared/accounts-gateway.ts';
import { type AwsCall, awsJson } from '#core/shared/aws-json-gateway.ts';
import { type Database, dynamoDb } from '#core/shared/dynamodb-store.ts';
import { mailGateway } from '#core/shared/mail-gateway.ts';
import type { Surroundings } from '#core/shared/tries.ts';
import type { EnvironmentOf } from '../env.ts';
import { runtime, runtimeCredentials } from '../runtime.ts';
import { type EffectsDeps, enforcementEffects } from './enforcement-effects.ts';
import { log } from './log.ts';

type Environment = EnvironmentOf<'enforcement-workflow'>;

/** What the machine gives on which cases are worked on. */
export interface EnforcementServices extends Surroundings {
  database: Database;
  events: AwsCall;
  states: AwsCall;
  accounts: Pick<EffectsDeps, 'findContact' | 'signOutEverywhere'>;
  sendMail?: EffectsDeps['sendMail'];
}

/** Of a driver who never had a block: the place of the stage’s first station. */
const workplaces = (
  places: Environment['WORKPLACES'],
): { of: (stationId: string | undefined) => Workplace } => {
  const [first] = Object.values(places);
  if (!first) throw new Error('a stage without stations');
  return {
    of: (stationId) => {
      const known = stationId === undefined ? undefined : places[stationId];
      const [timeZone, jurisdiction] = known ?? first;
      return { timeZone, jurisdiction, ...(known && stationId && { stationId }) };
    },
  };
};

/** The use cases of enforcement on given services: the deployed ones, or those of a clock that can be turned. */
export const composeEnforcement = (env: Environment, services: EnforcementServices): EnforcementDeps => {
  const { database, now, random, sleep, accounts, sendMail } = services;
  const surroundings = { now, random, sleep };
  const devices = devicesStore(database, env.DEVICES_TABLE, env.RECORD_RETENTION_DAYS);
  const schedule = scheduleStore(database, env.OFFERS_TABLE);
  const places = workplaces(env.WORKPLACES);
  const effects = enforcementEffects({
    ...surroundings,
    database,
    challengesTable: env.CHALLENGES_TABLE,
    enforcementTable: env.ENFORCEMENT_TABLE,
    devices,
    claims: claimsStore(database, env.OFFERS_TABLE, env.RECORD_RETENTION_DAYS),
    schedule,
    workflow: workflowGateway(services.states, env.STATE_MACHINE_ARN),
    tell: busGateway(services.events, env.EVENT_BUS_NAME, 'evenfield.enforcement'),
    ...accounts,
    ...(sendMail && { sendMail }),
  });
  return {
    ...surroundings,
    cases: casesStore(database, env.ENFORCEMENT_TABLE, now),
    audit: auditStore(database, env.ENFORCEMENT_TABLE),
    effects,
    workplaceOf: async (driverId) => {
      const blocks = await schedule.blocksFrom(driverId, 0);
      return places.of(blocks.sort((a, b) => b.startsAt - a.startsAt)[0]?.stationId);
    },
    timeZoneOf: (stationId) => places.of(stationId).timeZone,
    localeOf: async (driverId) => (await accounts.findContact(driverId)).locale,
    phonesOf: async (driverId) => phonesOf(await devices.read(driverId)),
    contact: env.CONTACT,
    onClockMissed: (caseId) => log.info('clock.missed', { caseId, missed: 1 }),
    onFailed: (what, error) => log.error('enforcement.failed', error, { what }),
  };
};

const awsService = (service: 'events' | 'states', region: string, endpoint: string | undefined): AwsCall =>
  awsJson({
    service,
    endpoint: endpoint ?? `https://${service}.${region}.amazonaws.com`,
    region,
    credentials: runtimeCredentials(),
  });

export const deployedEnforcement = (env: Environment, database: Database = dynamoDb()): EnforcementDeps =>
  composeEnforcement(env, {
    ...runtime,
    database,
    events: awsService('events', env.AWS_REGION, env.AWS_ENDPOINT_URL_EVENTBRIDGE),
    states: awsService('states', env.AWS_REGION, env.AWS_ENDPOINT_URL_SFN),
    accounts: {
      findContact: contactsGateway(env.USER_POOL_ID),
      signOutEverywhere: signOutGateway(env.USER_POOL_ID),
    },
    ...(env.MAIL_FROM && { sendMail: mailGateway(env.MAIL_FROM) }),
  });
