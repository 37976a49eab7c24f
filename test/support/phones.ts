import { randomBytes } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { trustAnchors } from '#core/attestation/trust-anchors.ts';
import { challengesStore } from '#core/devices/challenges-store.ts';
import { createChallenge } from '#core/devices/create-challenge.ts';
import type { Device, EnrolmentPolicy } from '#core/devices/device.ts';
import { devicesStore } from '#core/devices/devices-store.ts';
import { enrolDevice } from '#core/devices/enrol-device.ts';
import type { EnrolmentBody } from '#core/devices/evidence.ts';
import { issueToken } from '#core/devices/issue-token.ts';
import { listedKey, statusListKey } from '#core/devices/keys.ts';
import { limitsStore } from '#core/devices/limits-store.ts';
import { proofsStore } from '#core/devices/proofs-store.ts';
import { readRevokedEpochs } from '#core/devices/revocations-store.ts';
import { lookUpSerials } from '#core/devices/status-list-store.ts';
import type { Database, Item } from '#core/shared/dynamodb-store.ts';
import { readStage } from '#lib/stage-config.ts';
import { signProof } from '#phone/dpop.ts';
import { androidEvidence, iphoneEvidence, type SoftwarePhone } from '#phone/enrolment.ts';
import { softwareIphone } from '#phone/software-iphone.ts';
import { someKeys } from './builders.ts';

const { devices: policyOfStage } = readStage('local');
const day = 86_400_000;

export const aPolicy = (policy: Partial<EnrolmentPolicy> = {}): EnrolmentPolicy => ({
  coolingOffMs: day,
  maxChanges: 3,
  firstPhoneCoolsOff: false,
  attestationLifetimeMs: 14 * day,
  checkLifetimeMs: 30 * day,
  ...policy,
});

export interface Clock {
  at: number;
}

/** The use cases of devices over a real table, with a clock of the test's. */
export const openDevices = (
  database: Database,
  table: string,
  clock: Clock,
  policy: EnrolmentPolicy = aPolicy(),
) => {
  const now = () => clock.at;
  const deps = {
    now,
    random: Math.random,
    sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
    policy,
    keys: async () => someKeys,
    anchors: trustAnchors({ name: 'local', isProduction: false, testAnchors: policyOfStage.testAnchors }),
    ...(policyOfStage.ios && { ios: policyOfStage.ios }),
    ...(policyOfStage.android && { android: policyOfStage.android }),
    store: devicesStore(database, table, 30),
    challenges: challengesStore(database, table),
    limits: limitsStore(database, table),
    proofs: proofsStore(database, table),
    lookUpSerials: (serials: readonly string[]) => lookUpSerials(database, table, serials),
    randomText: (bytes: number) => randomBytes(bytes).toString('base64url'),
  };
  const challenge = async (accountId: string, platform: 'ios' | 'android') => {
    const outcome = await createChallenge(deps, { accountId, platform });
    if (outcome.status !== 'created') throw new Error(outcome.code);
    return outcome.challenge;
  };
  const evidence = async (accountId: string, phone: SoftwarePhone): Promise<EnrolmentBody> => {
    const asked = await challenge(accountId, phone.platform);
    return phone.platform === 'ios' ? iphoneEvidence(phone, asked) : androidEvidence(phone, asked);
  };
  return {
    deps,
    challenge,
    evidence,
    /** `authenticatedAt`: of the login, where it matters. */
    enrol: async (accountId: string, phone: SoftwarePhone, authenticatedAt?: number) =>
      enrolDevice(deps, {
        accountId,
        ...(authenticatedAt !== undefined && { authenticatedAt }),
        body: await evidence(accountId, phone),
        requestId: deps.randomText(8),
      }),
    token: (
      accountId: string,
      phone: SoftwarePhone,
      requestId = deps.randomText(8),
      authenticatedAt?: number,
    ) => {
      const url = 'http://api.test/v1/device-tokens';
      const proof = signProof({
        key: phone.dpopKey,
        htm: 'POST',
        htu: url,
        iat: Math.floor(clock.at / 1_000),
      });
      const login = { accountId, ...(authenticatedAt !== undefined && { authenticatedAt }) };
      return issueToken(deps, { ...login, proof, url, requestId });
    },
    revokedEpochs: () => readRevokedEpochs(database, table, clock.at),
  };
};

/** The status list as the table holds it after a refresh. */
export const writeStatusList = async (
  database: Database,
  TableName: string,
  fetchedAt: number,
  listed: Record<string, 'REVOKED' | 'SUSPENDED'> = {},
) => {
  const put = (Item: Item) => database.send(new PutItemCommand({ TableName, Item }));
  for (const [serial, status] of Object.entries(listed))
    await put({ ...listedKey(serial), status: { S: status } });
  await put({ ...statusListKey, fetchedAt: { N: String(fetchedAt) } });
};

/** An iPhone whose certificates are valid at the test's time. */
export const anIphone = (clock: Clock) => softwareIphone({ now: () => clock.at });

/** A Monday morning, far from every other test's time. */
export const aClock = (): Clock => ({ at: Date.UTC(2026, 10, 23, 8) });

/** Enrols the phone, which must succeed. */
export const enrolled = async (
  devices: ReturnType<typeof openDevices>,
  accountId: string,
  phone: SoftwarePhone,
): Promise<Device> => {
  const outcome = await devices.enrol(accountId, phone);
  if (outcome.status !== 'enrolled') throw new Error(JSON.stringify(outcome));
  return outcome.device;
};
