import { randomBytes } from 'node:crypto';
import { chunksStore } from '#core/detection/ingest/chunks-store.ts';
import { pseudonymsStore } from '#core/detection/ingest/pseudonyms-store.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import type { EnvironmentOf } from '../env.ts';
import { runtime } from '../runtime.ts';

type Environment = Pick<
  EnvironmentOf<'attempts-archive'>,
  'DETECTION_TABLE' | 'PSEUDONYMS_TABLE' | 'ATTEMPT_RETENTION_DAYS'
>;

/** What accounts did, and whose they are. */
export const deployedActivity = (env: Environment, database: Database) => ({
  pseudonyms: pseudonymsStore({
    ...runtime,
    database,
    table: env.PSEUDONYMS_TABLE,
    retentionDays: env.ATTEMPT_RETENTION_DAYS,
    newKey: () => randomBytes(16).toString('base64url'),
  }),
  chunks: chunksStore({ ...runtime, database, table: env.DETECTION_TABLE }),
});
