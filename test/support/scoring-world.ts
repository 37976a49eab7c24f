import type { ActivityEvent } from '#contract/activity.ts';
import type { DetectionPolicy } from '#contract/detection-policy.ts';
import { deleteDetected, putDetected } from '#core/challenge/risk/detected-store.ts';
import { findingsStore } from '#core/detection/findings/findings-store.ts';
import { identifiersStore } from '#core/detection/graph/identifiers-store.ts';
import { chunksStore } from '#core/detection/ingest/chunks-store.ts';
import { hourOf } from '#core/detection/keys.ts';
import { releasesStore } from '#core/detection/releases/releases-store.ts';
import { rules } from '#core/detection/rules/rules.ts';
import { accountsStore } from '#core/detection/scoring/accounts-store.ts';
import { batchesStore } from '#core/detection/scoring/batches-store.ts';
import { detectorsOf } from '#core/detection/scoring/detectors.ts';
import type { FrictionPoints } from '#core/detection/scoring/look.ts';
import type { ScoringMessage } from '#core/detection/scoring/queue-gateway.ts';
import { activeOf, runPlanner } from '#core/detection/scoring/run-planner.ts';
import { scoreMessage } from '#core/detection/scoring/score-message.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import { unique } from './builders.ts';
import { aDetectionPolicy, aModelFile } from './detection-accounts.ts';
import type { Engine } from './engine.ts';

export interface ScoringWorldOptions {
  policy?: Partial<DetectionPolicy>;
  /** In the place of the engine's client, to be killed. */
  database?: Database;
  tables?: { detection: string; challenges: string };
  clock?: { at: number };
}

/** What planner, scorer and verdicts are made of, over the engine's tables, with a clock that only the test moves. */
export const aScoringWorld = async (engine: Engine, options: ScoringWorldOptions = {}) => {
  const tables = options.tables ?? {
    detection: await engine.createTable(),
    challenges: await engine.createTable(),
  };
  const { database = engine.client, clock = { at: 0 } } = options;
  const policy = aDetectionPolicy(options.policy);
  const queue: ScoringMessage[] = [];
  const told: { type: string; detail: object }[] = [];
  const frictions: { driverId: string; points: FrictionPoints; until: number }[] = [];
  const failures: unknown[] = [];
  const surroundings = { now: () => clock.at, random: () => 0.5, sleep: async () => {} };
  const deps = {
    ...surroundings,
    policy,
    key: 'a key for tests',
    detectors: detectorsOf([aModelFile()], rules),
    accounts: accountsStore(database, tables.detection, 90),
    findings: findingsStore(database, tables.detection, 365, surroundings.now),
    releases: releasesStore(database, tables.detection, policy.precisionBound),
    batches: batchesStore(database, tables.detection),
    driverOf: async (accountKey: string): Promise<string | undefined> => `driver-of-${accountKey}`,
    identifiers: identifiersStore(database, tables.detection, surroundings.now),
    putFriction: async (driverId: string, friction: { points: FrictionPoints; until: number }) => {
      frictions.push({ driverId, ...friction });
      await putDetected(database, tables.challenges, driverId, friction);
    },
    deleteFriction: (driverId: string) => deleteDetected(database, tables.challenges, driverId),
    tell: async (type: string, detail: object) => {
      told.push({ type, detail });
    },
    send: async (messages: readonly ScoringMessage[]) => {
      queue.push(...messages);
    },
    newId: () => unique('batch'),
    onFailed: (error: unknown) => {
      failures.push(error);
    },
  };
  // As if the hour before had been planned: there is nothing in those before.
  if (!options.tables) await deps.batches.writePlanner({ hour: hourOf(clock.at), open: [], version: 0 });
  const chunks = chunksStore({ ...surroundings, database: engine.client, table: tables.detection });
  const score = async (message: ScoringMessage) =>
    scoreMessage({ ...deps, active: activeOf(await deps.releases.list()) }, message);
  return {
    deps,
    tables,
    clock,
    queue,
    told,
    frictions,
    failures,
    /** As the archive's consumer leaves them, when they arrive now. */
    arrive: (events: readonly ActivityEvent[]) => chunks.store(events),
    plan: () => runPlanner(deps),
    score,
    /** An hour: planned, scored, and decided about in the next run. */
    hour: async () => {
      await runPlanner(deps);
      for (const message of queue.splice(0)) await score(message);
      clock.at += 3_600_000;
    },
  };
};
