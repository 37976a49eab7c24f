import type { HoldPolicy, RiskPolicy } from '#contract/risk-policy.ts';
import { type GuardDeps, guardClaim } from '#core/challenge/guard-claim.ts';
import { issuingStore } from '#core/challenge/issuing-store.ts';
import { recentAttempts } from '#core/challenge/risk/recent-attempts.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import { readStage } from '#lib/stage-config.ts';
import { someKeys, unique } from './builders.ts';

/** As the local stage has them. */
export const { risk: someRisk, holds: someHolds } = readStage('local').challenge;

/** A policy that challenges every claim with this rung. */
export const alwaysAsking = (rung: 'work' | 'unlock' | 'task', points = 5): RiskPolicy => ({
  ...someRisk,
  attemptsPerMinute: Array.from({ length: points }, () => 1),
  workAt: rung === 'work' ? points : 1,
  unlockAt: rung === 'unlock' ? points : rung === 'work' ? 20 : 1,
  taskAt: rung === 'task' ? points : 20,
  mostPerMinute: 1_000,
});

export interface GuardWorld {
  database: Database;
  tables: { challenges: string; offers: string };
  now: () => number;
  holds?: HoldPolicy;
}

/** The guard of one warm function. */
export const aGuard = (
  { database, tables, now, holds = someHolds }: GuardWorld,
  overrides: Partial<GuardDeps> = {},
) =>
  guardClaim({
    mode: 'enforce',
    risk: alwaysAsking('task'),
    holds,
    keys: async () => someKeys,
    store: issuingStore(database, tables, holds),
    recent: recentAttempts(),
    watched: () => [],
    accountPoints: () => 0,
    rate: () => undefined,
    newSeed: () => unique('seed'),
    now,
    random: Math.random,
    sleep: async () => {},
    ...overrides,
  });
