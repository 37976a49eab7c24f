import { mostChoices } from '#contract/claims.ts';
import { entriesStore } from '#core/draws/entries-store.ts';
import type { ClaimDeps } from '#core/offers/claim-block.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { refuseFromAfar } from '#core/offers/instant-offers.ts';
import { lateReleaseDays } from '#core/offers/late-releases.ts';
import { lateRelease } from '#core/offers/late-releases-store.ts';
import { settledOffers } from '#core/offers/settled-offers.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import type { EnvironmentOf } from '../env.ts';
import { runtime } from '../runtime.ts';

/** What claims, entries of draws and releases need, made once; the guard stands in front of them. */
export const deployedClaims = (
  env: EnvironmentOf<'claims'>,
  database: Database,
  guard: Pick<ClaimDeps, 'guard'>,
) => {
  const recordRetentionDays = env.RECORD_RETENTION_DAYS;
  return {
    ...runtime,
    ...guard,
    ...(env.INSTANT && { refuseFrom: refuseFromAfar(env.INSTANT) }),
    store: claimsStore(database, env.OFFERS_TABLE, recordRetentionDays),
    draws: { entries: entriesStore(database, env.OFFERS_TABLE), mostChoices },
    settled: settledOffers(),
    maxWeeklyMinutes: env.MAX_WEEKLY_MINUTES,
    releaseLeadMinutes: env.RELEASE_LEAD_MINUTES,
    lateHours: env.LATE_HOURS,
    noteLate: (release: Parameters<typeof lateRelease>[1]) =>
      lateRelease(env.OFFERS_TABLE, release, lateReleaseDays),
  };
};
