import type { Context } from 'aws-lambda';
import { devicePolicy } from '#contract/device-policy.ts';
import { trustAnchors } from '#core/attestation/trust-anchors.ts';
import { appleAttestationGateway, applesAttestationData } from '#core/devices/apple-attestation-gateway.ts';
import { devicesStore } from '#core/devices/devices-store.ts';
import { receiptsStore } from '#core/devices/receipts-store.ts';
import { alarmOf, refreshReceipts } from '#core/devices/refresh-receipts.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { readEnvironment, receiptsEnvironment } from './env.ts';
import { readSecret } from './shell/deployed-shell.ts';
import { log } from './shell/log.ts';

const env = readEnvironment(receiptsEnvironment);
const { ios, testAnchors } = devicePolicy.parse(env.DEVICE_POLICY);
const environment = ios?.environment ?? 'production';
const database = dynamoDb();
const now = Date.now;
const deps = {
  now,
  environment,
  receiptRoots: trustAnchors({ name: env.STAGE, isProduction: env.PRODUCTION, ios, testAnchors })
    .receiptRoots,
  receipts: receiptsStore(database, env.DEVICES_TABLE),
  store: devicesStore(database, env.DEVICES_TABLE, env.RECORD_RETENTION_DAYS),
  exchange: appleAttestationGateway({
    url: env.APPLE_ATTESTATION_DATA_URL ?? applesAttestationData[environment],
    readSecret: () => readSecret(env.APPLE_SECRET),
    now,
  }),
};

export const handler = async (_event: unknown, context: Context): Promise<void> => {
  const tally = await refreshReceipts({ ...deps, remainingMs: () => context.getRemainingTimeInMillis() });
  log.info('receipts.refreshed', { ...tally });
  const alarm = alarmOf(tally);
  if (alarm) throw new Error(alarm);
};
