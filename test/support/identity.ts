import { setTimeout as delay } from 'node:timers/promises';
import type { IdentityPolicy } from '#contract/identity-policy.ts';
import { addReference } from '#core/identity/add-reference.ts';
import { checksStore } from '#core/identity/checks-store.ts';
import { chooseWay } from '#core/identity/choose-way.ts';
import { driverKeysStore } from '#core/identity/driver-keys-store.ts';
import { erasuresStore } from '#core/identity/erasure/erasures-store.ts';
import { requestErasure } from '#core/identity/erasure/request-erasure.ts';
import { faceChecks } from '#core/identity/face-checks.ts';
import { giveConsent } from '#core/identity/give-consent.ts';
import { openCheck } from '#core/identity/open-check.ts';
import type { OptOut } from '#core/identity/opt-out-gateway.ts';
import { photosStore } from '#core/identity/photos-store.ts';
import { profileStore } from '#core/identity/profile-store.ts';
import { facesGateway } from '#core/identity/rekognition-gateway.ts';
import { releaseOf } from '#core/identity/rules/release.ts';
import { sendSelfie } from '#core/identity/send-selfie.ts';
import { sessionsStore } from '#core/identity/sessions-store.ts';
import { staffCodesStore } from '#core/identity/staff-codes-store.ts';
import { viewsStore } from '#core/identity/views-store.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import { type KeyService, keyService, keysGateway } from '#core/shared/keys-gateway.ts';
import { readStage } from '#lib/stage-config.ts';
import { startKeyManagement } from '#local/services/key-management.ts';
import { Template } from '#local/template.ts';
import { monday, unique } from './builders.ts';
import { type Engine, startEngine } from './engine.ts';
import { type ScriptedFaces, scriptedFaces } from './scripted-faces.ts';
import { aBucket, type TestBucket } from './versioned-bucket.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
export const recordRetentionDays = 30;
export const startOfTests = monday - day;

/** As the local stage has it, with changes by the part. */
export const aPolicy = (changes: Partial<IdentityPolicy> = {}): IdentityPolicy => ({
  ...readStage('local').identity,
  ...changes,
});

/** Without a component that films: two photos, then a person. */
export const withoutMovement = () =>
  aPolicy({ liveness: { ...aPolicy().liveness, component: 'none', enrolment: 'offered' } });

/** The same numbers in every run. */
export const seeded = (seed: number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

const document = {
  Resources: {
    WrappingKey: { Type: 'AWS::KMS::Key', Properties: { KeySpec: 'SYMMETRIC_DEFAULT' } },
    SigningKey: {
      Type: 'AWS::KMS::Key',
      Properties: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
    },
  },
};

export interface IdentityEngines {
  engine: Engine;
  keys: KeyService;
  wrappingKeyId: string;
  signingKeyId: string;
  stop(): Promise<void>;
}

/** The engines behind an identity world: DynamoDB as `startEngine` gives it, and the local key service. */
export const startIdentityEngines = async (): Promise<IdentityEngines> => {
  const surroundings = { account: '000000000000', region: 'eu-west-1', stackName: 'Local', endpoints: {} };
  const template = new Template(document, surroundings);
  const [engine, service] = await Promise.all([
    startEngine(),
    startKeyManagement({
      resources: template.resources(),
      invoke: () => Promise.reject(new Error('no function here')),
      endpoints: {},
      log: () => {},
    }),
  ]);
  return {
    engine,
    keys: keyService({
      region: 'eu-west-1',
      endpoint: service.endpoint,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    }),
    wrappingKeyId: template.resource('WrappingKey').physicalId,
    signingKeyId: template.resource('SigningKey').physicalId,
    stop: async () => {
      await service.stop();
      await engine.stop();
    },
  };
};

export interface IdentityTables {
  identity: string;
  keys: string;
  offers: string;
}

export const createTables = async ({ engine }: IdentityEngines): Promise<IdentityTables> => ({
  identity: await engine.createTable(),
  keys: await engine.createTable({ sortKey: false }),
  offers: await engine.createTable(),
});

export interface WorldOptions {
  policy?: IdentityPolicy;
  optOut?: () => Promise<OptOut>;
  /** In the place of the engines' clients, to lose answers and the like. */
  database?: Database;
  keys?: KeyService;
  bucket?: TestBucket;
  /** The bucket's client, or something in its place. */
  s3?: TestBucket['client'];
  faces?: ScriptedFaces;
  clock?: { at: number };
}

/** One deployment: what its functions are made of, a clock that only the test moves, and a service that follows a script. */
export const aWorld = (engines: IdentityEngines, tables: IdentityTables, options: WorldOptions = {}) => {
  const {
    policy = aPolicy(),
    optOut = async () => 'effective',
    database = engines.engine.client,
    keys = engines.keys,
    bucket = aBucket(),
    s3 = bucket.client,
    faces = scriptedFaces(),
    clock = { at: startOfTests },
  } = options;
  const wrapping = keysGateway(keys);
  const now = () => clock.at;
  const unavailable: string[] = [];
  const days = recordRetentionDays;
  const deps = {
    policy,
    now,
    random: seeded(1),
    sleep: (ms: number): Promise<void> => delay(ms / 4),
    profiles: profileStore(database, tables, days),
    checks: checksStore(database, tables.identity, days),
    sessions: sessionsStore(database, tables.identity),
    staffCodes: staffCodesStore(database, tables.identity, days),
    views: viewsStore(database, tables.identity, days),
    erasures: erasuresStore(database, tables.identity, days),
    driverKeys: {
      keys: driverKeysStore(database, tables.keys),
      wrapping,
      wrappingKeyId: engines.wrappingKeyId,
    },
    photos: photosStore(s3, 'photos'),
    faces: facesGateway(faces.service),
    faceChecks: faceChecks(policy, optOut, now),
    onUnavailable: ({ reason }: { reason: string }) => {
      unavailable.push(reason);
    },
    signing: wrapping,
    signingKeyId: engines.signingKeyId,
    recordRetentionDays: days,
    onFailed: (kind: string, error: unknown) => {
      throw new Error(`the sweeper failed at ${kind}`, { cause: error });
    },
  };
  return { engines, tables, options, policy, clock, bucket, faces, deps, unavailable };
};

export type IdentityWorld = ReturnType<typeof aWorld>;

/** The same tables, bucket, people and time behind other functions. */
export const besides = (world: IdentityWorld, options: WorldOptions): IdentityWorld => {
  const { engines, tables, bucket, faces, clock, policy } = world;
  return aWorld(engines, tables, { policy, bucket, faces, clock, ...options });
};

/** A driver who agreed, with so many reference photos, and what such a driver does. */
export const aDriver = async (
  world: IdentityWorld,
  {
    driverId = unique('driver'),
    deviceId = unique('phone'),
    references = 1,
    agrees = true,
  }: { driverId?: string; deviceId?: string; references?: number; agrees?: boolean } = {},
) => {
  const { deps, faces, policy } = world;
  const sender = { driverId, deviceId };
  const driver = {
    ...sender,
    sender,
    photo: (facts: Parameters<ScriptedFaces['photoOf']>[1] = {}) => faces.photoOf(driverId, facts),
    /** A photo that is this like the references, in percent. */
    photoLike: (similarity: number) => faces.photoOf(driverId, { similarity }),
    agree: () => giveConsent(deps, { driverId, version: releaseOf(policy).version }),
    addReference: async (sent?: Buffer, takenBy: 'photo' | 'movement' = 'photo') =>
      addReference(deps, { ...sender, sent: sent ?? (await faces.photoOf(driverId)), takenBy }),
    /** The id of a check that nobody asked for. */
    openCheck: async () => {
      const opened = await openCheck(deps, sender);
      if (opened.status !== 'opened') throw new Error(`no check: ${opened.code}`);
      return opened.check.checkId;
    },
    send: (checkId: string, sent: Buffer) => sendSelfie(deps, { ...sender, checkId, sent }),
    choose: (checkId: string, way: 'staff-code' | 'video' | 'document', code?: string) =>
      chooseWay(deps, { ...sender, checkId, way, code }),
    withdraw: () => requestErasure(deps, { driverId, reason: 'consent-withdrawn' }),
    find: async (checkId: string) => {
      const check = await deps.checks.find(driverId, checkId);
      if (!check) throw new Error('there is no such check');
      return check;
    },
    profile: () => deps.profiles.read(driverId),
  };
  if (agrees && (await driver.agree()).status !== 'given') throw new Error('consent was refused');
  for (let index = 0; index < references; index += 1) {
    const added = await driver.addReference();
    if (added.status !== 'added') throw new Error(`no reference: ${JSON.stringify(added)}`);
  }
  return driver;
};

export type TestDriver = Awaited<ReturnType<typeof aDriver>>;

/** A check that waits for a person to look at a photo: two photos that were like somebody else. */
export const aWaitingCheck = async (driver: TestDriver): Promise<string> => {
  const checkId = await driver.openCheck();
  for (let index = 0; index < 2; index += 1) await driver.send(checkId, await driver.photoLike(10));
  const { state } = await driver.find(checkId);
  if (state !== 'waiting') throw new Error(`the check is ${state}`);
  return checkId;
};
