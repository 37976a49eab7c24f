import { devicesStore } from '#core/devices/devices-store.ts';
import { casesStore } from '#core/enforcement/cases-store.ts';
import { erasuresStore } from '#core/identity/erasure/erasures-store.ts';
import { viewsStore } from '#core/identity/views-store.ts';
import { lateReleasesStore } from '#core/offers/late-releases-store.ts';
import { scheduleStore } from '#core/offers/schedule-store.ts';
import type { EnvironmentOf } from '../env.ts';
import { deployedRecords } from './deployed-identity.ts';

type Environment = EnvironmentOf<'me'>;

/** Everything that a driver can be told about the own account. */
export const deployedMe = (env: Environment) => {
  const records = deployedRecords(env);
  const { database } = records;
  return {
    ...records,
    erasures: erasuresStore(database, env.IDENTITY_TABLE, env.RECORD_RETENTION_DAYS),
    views: viewsStore(database, env.IDENTITY_TABLE, env.RECORD_RETENTION_DAYS),
    devices: devicesStore(database, env.DEVICES_TABLE, env.RECORD_RETENTION_DAYS),
    cases: casesStore(database, env.ENFORCEMENT_TABLE, records.now),
    schedule: scheduleStore(database, env.OFFERS_TABLE),
    late: lateReleasesStore(database, env.OFFERS_TABLE),
    lateReleases: env.RELEASES,
    /** Milliseconds that records are kept: what is older is not shown, whether it was swept or not. */
    retentionMs: env.RECORD_RETENTION_DAYS * 86_400_000,
    releaseLeadMinutes: env.RELEASE_LEAD_MINUTES,
  };
};
