import { checksStore } from '#core/identity/checks-store.ts';
import { driverKeysStore } from '#core/identity/driver-keys-store.ts';
import { faceChecks } from '#core/identity/face-checks.ts';
import type { IdentityDeps } from '#core/identity/identity-deps.ts';
import { policyService, readOptOut } from '#core/identity/opt-out-gateway.ts';
import { photosStore, s3 } from '#core/identity/photos-store.ts';
import { profileStore } from '#core/identity/profile-store.ts';
import { faceService, facesGateway } from '#core/identity/rekognition-gateway.ts';
import { type Database, dynamoDb } from '#core/shared/dynamodb-store.ts';
import { keyService, keysGateway } from '#core/shared/keys-gateway.ts';
import type { EnvironmentOf } from '../env.ts';
import { runtime } from '../runtime.ts';
import { log } from './log.ts';

type Environment = EnvironmentOf<'identity'>;
type Records = Pick<Environment, 'IDENTITY' | 'IDENTITY_TABLE' | 'RECORD_RETENTION_DAYS'>;
type Photos = Pick<Environment, 'DRIVER_KEYS_TABLE' | 'PHOTOS_BUCKET' | 'WRAPPING_KEY_ID'>;

/** What is known about drivers' identities, without any photo. */
export const deployedRecords = (env: Records & Partial<Photos>, database: Database = dynamoDb()) => {
  const { IDENTITY: policy, IDENTITY_TABLE: table, RECORD_RETENTION_DAYS: days } = env;
  const tables = { identity: table, keys: env.DRIVER_KEYS_TABLE ?? '' };
  return {
    ...runtime,
    database,
    policy,
    profiles: profileStore(database, tables, days),
    checks: checksStore(database, table, days),
    faceChecks: faceChecks(policy, () => readOptOut(policyService()), Date.now),
  };
};

/** And the photos: of those who compare, show or erase them. */
export const deployedPhotos = (env: Records & Photos) => {
  const records = deployedRecords(env);
  const wrapping = keysGateway(keyService());
  return {
    ...records,
    wrapping,
    driverKeys: {
      keys: driverKeysStore(records.database, env.DRIVER_KEYS_TABLE),
      wrapping,
      wrappingKeyId: env.WRAPPING_KEY_ID,
    },
    photos: photosStore(s3(), env.PHOTOS_BUCKET),
  };
};

/** And what compares them. */
export const deployedIdentity = (
  env: Records & Photos,
): IdentityDeps & ReturnType<typeof deployedPhotos> => ({
  ...deployedPhotos(env),
  faces: facesGateway(faceService()),
  onUnavailable: ({ reason }) => log.error('faces.unavailable', new Error(reason)),
});
