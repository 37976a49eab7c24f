import { randomBytes } from 'node:crypto';
import { drawDrawn } from '#contract/events.ts';
import { busGateway } from '#core/detection/findings/bus-gateway.ts';
import { readRevokedEpochs, restricted } from '#core/devices/revocations-store.ts';
import { beaconGateway } from '#core/draws/beacon-gateway.ts';
import { drawsStore } from '#core/draws/draws-store.ts';
import { dueStore } from '#core/draws/due-store.ts';
import type { LeaveRotationsDeps } from '#core/draws/leave-rotations.ts';
import { offeringStore } from '#core/draws/offering-store.ts';
import { passUnconfirmed } from '#core/draws/pass-unconfirmed.ts';
import { rotationStore } from '#core/draws/rotation-store.ts';
import { type RunDrawDeps, runDraw } from '#core/draws/run-draw.ts';
import { signDraw } from '#core/draws/sign-record.ts';
import { timersGateway } from '#core/draws/timers-gateway.ts';
import type { WorkOffDeps } from '#core/draws/work-off.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { lateReleasesStore } from '#core/offers/late-releases-store.ts';
import { readBlocks } from '#core/offers/schedule-store.ts';
import { weeksStore } from '#core/offers/weeks-store.ts';
import { contactsGateway } from '#core/shared/accounts-gateway.ts';
import { awsJson } from '#core/shared/aws-json-gateway.ts';
import { cached } from '#core/shared/cached.ts';
import { type Database, dynamoDb } from '#core/shared/dynamodb-store.ts';
import { keyService, keysGateway } from '#core/shared/keys-gateway.ts';
import { mailGateway } from '#core/shared/mail-gateway.ts';
import type { EnvironmentOf } from '../env.ts';
import { runtime, runtimeCredentials } from '../runtime.ts';
import { log } from './log.ts';

type Environment = EnvironmentOf<'sharing-worker'>;

const keyLifetimeMs = 300_000;

/** Whose account is restricted at this moment: not from memory, because a draw gives for good. */
const restrictions =
  (database: Database, { DEVICES_TABLE }: Environment): RunDrawDeps['isRestricted'] =>
  async () => {
    const ended = await readRevokedEpochs(database, DEVICES_TABLE, Date.now());
    return (driverId) => ended.get(driverId)?.epoch === restricted;
  };

const signer = ({ SIGNING_KEY_ID }: Environment): RunDrawDeps['sign'] => {
  const keys = keysGateway(keyService());
  const known = cached(() => keys.publicKey(SIGNING_KEY_ID), keyLifetimeMs, Date.now);
  return async (payload) => {
    const { kid } = await known();
    return signDraw({ kid, sign: (message) => keys.sign(SIGNING_KEY_ID, message) }, payload);
  };
};

const teller = (env: Environment): RunDrawDeps['tell'] => {
  const events = awsJson({
    service: 'events',
    endpoint: env.AWS_ENDPOINT_URL_EVENTBRIDGE ?? `https://events.${env.AWS_REGION}.amazonaws.com`,
    region: env.AWS_REGION,
    credentials: runtimeCredentials(),
  });
  const tell = busGateway(events, env.EVENT_BUS_NAME, 'evenfield.sharing');
  return (detail) => tell(drawDrawn, detail);
};

/** What holds draws, offers blocks that wait, and counts late releases. */
export const deployedSharing = (
  env: Environment,
  database: Database = dynamoDb(),
): WorkOffDeps & LeaveRotationsDeps => {
  const { OFFERS_TABLE: table, RECORD_RETENTION_DAYS: recordRetentionDays } = env;
  const { draws, reserved, releases } = env.SHARING;
  const late = lateReleasesStore(database, table);
  const stored = drawsStore(database, table);
  const offered = {
    ...runtime,
    readBlocks: (ids: readonly string[]) => readBlocks(database, table, ids),
    offering: offeringStore(database, table),
    isRestricted: restrictions(database, env),
    maxWeeklyMinutes: env.MAX_WEEKLY_MINUTES,
  };
  const held: RunDrawDeps = {
    ...offered,
    draws: stored,
    claims: claimsStore(database, table, recordRetentionDays),
    behind: late.behind,
    beacon: beaconGateway({
      chain: draws.beacon,
      urls: env.BEACON_URL === undefined ? draws.beaconUrls : [env.BEACON_URL],
    }),
    chain: draws.beacon,
    sign: signer(env),
    confirmMs: draws.confirmSeconds * 1_000,
    tell: teller(env),
  };
  return {
    ...offered,
    draws,
    reserved,
    releases,
    recordRetentionDays,
    due: dueStore(database, table),
    setTimer: timersGateway(env.TIMERS_QUEUE_URL, {
      region: env.AWS_REGION,
      credentials: runtimeCredentials(),
    }),
    findDraw: stored.read,
    runDraw: async (run) => {
      const outcome = await runDraw(held, run);
      log.info('draw.run', { drawId: run.drawId, ...outcome });
      return outcome;
    },
    passUnconfirmed: (drawId) => passUnconfirmed(held, drawId),
    newRunId: () => randomBytes(9).toString('base64url'),
    newSecret: () => randomBytes(32).toString('base64url'),
    rotation: rotationStore(database, table),
    weeks: weeksStore(database, table),
    late,
    contact: env.CONTACT,
    findContact: contactsGateway(env.USER_POOL_ID),
    ...(env.MAIL_FROM && { sendMail: mailGateway(env.MAIL_FROM) }),
  };
};
