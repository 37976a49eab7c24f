import { randomBytes } from 'node:crypto';
import type { AttemptEvent } from '#contract/events.ts';
import { guardClaim } from '#core/challenge/guard-claim.ts';
import { issuingStore } from '#core/challenge/issuing-store.ts';
import { readDetected } from '#core/challenge/risk/detected-store.ts';
import { recentAttempts, toRecentAttempt } from '#core/challenge/risk/recent-attempts.ts';
import { requestRate } from '#core/challenge/risk/request-rate.ts';
import { readWatched } from '#core/challenge/risk/watched-store.ts';
import { backgroundSnapshot } from '#core/shared/background-snapshot.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import type { EnvironmentOf } from '../env.ts';
import { runtime } from '../runtime.ts';
import { deployedKeys } from './deployed-keys.ts';
import { log } from './log.ts';

/** A page of at most 200 KB, read by every warm function that takes claims. */
const watchedFreshMs = 15_000;
/** What the detector says changes by the day. */
const detectedFreshMs = 300_000;

/** The guard of claims, and what tells it how a claim went. */
export const deployedGuard = (env: EnvironmentOf<'claims'>, database: Database) => {
  const { mode, risk, holds } = env.CHALLENGE;
  const tables = { challenges: env.CHALLENGES_TABLE, offers: env.OFFERS_TABLE };
  const recent = recentAttempts();
  const watched = backgroundSnapshot(
    () => readWatched(database, tables.challenges, Date.now()),
    watchedFreshMs,
    Date.now,
    (error) => log.error('watched.unread', error),
  );
  const detected = backgroundSnapshot(
    () => readDetected(database, tables.challenges, Date.now()),
    detectedFreshMs,
    Date.now,
    (error) => log.error('detected.unread', error),
  );
  return {
    guard: guardClaim({
      ...runtime,
      mode,
      risk,
      holds,
      keys: deployedKeys(env.CHALLENGE_KEYS),
      store: issuingStore(database, tables, holds),
      recent,
      rate: requestRate(risk.mostPerMinute),
      watched: (driverId) => watched()?.get(driverId) ?? [],
      accountPoints: (driverId) => detected()?.get(driverId) ?? 0,
      newSeed: () => randomBytes(32).toString('base64url'),
    }),
    note: (event: AttemptEvent): AttemptEvent => {
      const attempt = toRecentAttempt(event);
      if (attempt) recent.add(event.driverId, attempt);
      return event;
    },
  };
};
