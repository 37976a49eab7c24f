import type { DetectionPolicy } from '#contract/detection-policy.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import { eventCount } from '../activity/account-log.ts';
import { isSampled } from '../findings/emission.ts';
import type { FindingsStore } from '../findings/findings-store.ts';
import { hourOf } from '../keys.ts';
import { nextLookAfter } from '../model/looks.ts';
import type { AccountsStore } from './accounts-store.ts';
import { mergeResults, type Result } from './batch.ts';
import type { Detectors } from './detectors.ts';
import type { Friction } from './friction-store.ts';
import { allowanceMs, type Walk, walk } from './walk.ts';

export interface ScoringDeps extends Surroundings {
  accounts: AccountsStore;
  findings: FindingsStore;
  detectors: Detectors;
  policy: DetectionPolicy;
  /** Lots are drawn with it. */
  key: string;
  /** Releases that act. */
  active: ReadonlySet<string>;
  /** Whose account it is, if it still is anybody's. */
  driverOf: (accountKey: string) => Promise<string | undefined>;
  putFriction: (friction: Friction) => Promise<void>;
}

/** Stores what a look found; of each release the finding that is open already stays the only one of the month. */
const store = async (
  deps: ScoringDeps,
  accountKey: string,
  { looked }: Walk['looks'][number],
): Promise<Result[]> => {
  const results: Result[] = Object.entries(looked.pValues).map(([release, pValue]) => ({
    release,
    accountKey,
    pValue,
  }));
  for (const { finding, record } of looked.found) {
    const { evidenceId, release } = finding;
    const outcome = await deps.findings.put({ ...finding, foundAt: deps.now() }, record);
    if (outcome !== 'other-open' && finding.kind !== 'sample')
      results.push({ release, accountKey, evidenceId });
  }
  return mergeResults([], results);
};

/** The latest look says how much friction there is until the next one is done. */
const applyFriction = async (
  deps: ScoringDeps,
  accountKey: string,
  { state, looks }: Walk,
): Promise<void> => {
  const last = looks.at(-1);
  if (!last || state.monthStart === undefined) return;
  const points = Object.entries(last.looked.points)
    .filter(([release]) => deps.active.has(release))
    .map(([, given]) => given);
  if (points.length === 0) return;
  const at = deps.now();
  const until = nextLookAfter(state.monthStart, last.at).at + 2 * allowanceMs;
  const driverId = until > at ? await deps.driverOf(accountKey) : undefined;
  if (driverId) await deps.putFriction({ driverId, points: points.includes(2) ? 2 : 1, at, until });
};

const score = async (
  deps: ScoringDeps,
  accountKey: string,
  batchId: string,
): Promise<readonly Result[] | 'overtaken'> => {
  const now = deps.now();
  const [before, chunks] = await Promise.all([
    deps.accounts.read(accountKey, now),
    deps.accounts.chunks(accountKey),
  ]);
  const known = before.batch?.batchId === batchId ? before.batch.results : [];
  const sampled = (monthStart: number) =>
    isSampled(deps.key, accountKey, monthStart, deps.policy.sampleShare);
  const walked = walk({ detectors: deps.detectors, now, isSampled: sampled }, accountKey, before, chunks);
  const { state, looks, merged, nextAt } = walked;
  if (merged.length === 0 && looks.length === 0 && before.lookedAt === state.lookedAt) return known;
  let results = known;
  for (const look of looks) results = mergeResults(results, await store(deps, accountKey, look));
  await applyFriction(deps, accountKey, walked);
  if (nextAt !== undefined) await deps.accounts.planLook(accountKey, hourOf(nextAt + allowanceMs), nextAt);
  // Events that nobody believes leave nothing to write.
  if (eventCount(state.log) > 0) {
    const after = { ...state, batch: { batchId, results } };
    if ((await deps.accounts.write(accountKey, after)) === 'overtaken') return 'overtaken';
  }
  await deps.accounts.forgetChunks(accountKey, merged);
  return results;
};

/**
 * Brings an account up to date and looks at it where it is time. Whoever is killed in between and begins anew comes to
 * the same: findings are stored once, the state on the version that was read, and chunks go last, their events known
 * by their names when they are merged again.
 */
export const scoreAccount = async (
  deps: ScoringDeps,
  accountKey: string,
  batchId: string,
): Promise<readonly Result[]> => {
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const results = await score(deps, accountKey, batchId);
    if (results !== 'overtaken') return results;
    if (attempt < maxTries) await pause(deps);
  }
  throw new Error('others write this account all the time');
};
