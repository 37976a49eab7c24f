import { randomBytes } from 'node:crypto';
import { type AndroidPolicy, devicePolicy } from '#contract/device-policy.ts';
import { trustAnchors } from '#core/attestation/trust-anchors.ts';
import { challengesStore } from '#core/devices/challenges-store.ts';
import { claimAssertion } from '#core/devices/claim-assertion.ts';
import type { EnrolmentPolicy } from '#core/devices/device.ts';
import { devicesStore } from '#core/devices/devices-store.ts';
import { limitsStore } from '#core/devices/limits-store.ts';
import { playTokens, readClassicKeys } from '#core/devices/play-evidence.ts';
import { playIntegrityGateway } from '#core/devices/play-integrity-gateway.ts';
import { type ProofsStore, proofsStore } from '#core/devices/proofs-store.ts';
import { lookUpSerials } from '#core/devices/status-list-store.ts';
import { unlockKeysStore } from '#core/devices/unlock-keys-store.ts';
import { cached } from '#core/shared/cached.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import type { EnvironmentOf } from '../env.ts';
import { runtime } from '../runtime.ts';
import { readSecret, secretLifetimeMs } from './deployed-shell.ts';
import { phoneShell } from './phone-shell.ts';

const hour = 3_600_000;

/** The secret is read when the first token comes, and again when it may have changed. */
const deployedPlayTokens = (
  android: AndroidPolicy,
  playIntegrity: NonNullable<AndroidPolicy['playIntegrity']>,
  proofs: ProofsStore,
) => {
  const secret = cached(() => readSecret(playIntegrity.secretArn), secretLifetimeMs, Date.now);
  return playTokens({
    policy: { ...android, playIntegrity },
    proofs,
    now: Date.now,
    classicKeys: async () => readClassicKeys(await secret()),
    decodeStandard: playIntegrityGateway({
      packageName: android.packageName,
      readSecret: secret,
      now: Date.now,
    }),
  });
};

/** What the use cases of devices need, made once. Throws when the stage is configured to trust what it must not. */
export const deployedDevices = (env: EnvironmentOf<'devices'>) => {
  const { ios, android, enrolment, testAnchors, unlock } = devicePolicy.parse(env.DEVICE_POLICY);
  const database = dynamoDb();
  const table = env.DEVICES_TABLE;
  const shell = phoneShell(env, {
    database,
    // A stage without an app for iPhones takes the word of none.
    checkAssertion: claimAssertion(ios ?? { validationCategories: [], allowMissingCategory: false }),
  });
  const policy: EnrolmentPolicy = {
    coolingOffMs: enrolment.coolingOffHours * hour,
    maxChanges: enrolment.maxChanges,
    firstPhoneCoolsOff: enrolment.firstPhoneCoolsOff,
    attestationLifetimeMs: enrolment.attestationLifetimeDays * 24 * hour,
    checkLifetimeMs: enrolment.checkLifetimeDays * 24 * hour,
  };
  const proofs = proofsStore(database, table);
  const deps = {
    ...runtime,
    policy,
    keys: shell.keys,
    anchors: trustAnchors({ name: env.STAGE, isProduction: env.PRODUCTION, ios, testAnchors }),
    ...(ios && { ios }),
    ...(android && { android }),
    store: devicesStore(database, table, env.RECORD_RETENTION_DAYS),
    challenges: challengesStore(database, table),
    limits: limitsStore(database, table),
    proofs,
    unlockKeys: unlockKeysStore(database, table),
    ...(unlock && { unlock }),
    ...(android?.playIntegrity && {
      readPlayToken: deployedPlayTokens(android, android.playIntegrity, proofs),
    }),
    lookUpSerials: (serials: readonly string[]) => lookUpSerials(database, table, serials),
    randomText: (bytes: number) => randomBytes(bytes).toString('base64url'),
  };
  return { shell, deps };
};
