import type { DetectionPolicy } from '#contract/detection-policy.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import { type AccountLog, eventCount } from '../activity/account-log.ts';
import { isSampled } from '../findings/emission.ts';
import type { FindingsStore } from '../findings/findings-store.ts';
import { strongIdentifiers } from '../graph/company.ts';
import { componentOf } from '../graph/component.ts';
import type { IdentifiersStore } from '../graph/identifiers-store.ts';
import { hourOf } from '../keys.ts';
import { nextLookAfter } from '../model/looks.ts';
import type { AccountsStore } from './accounts-store.ts';
import { mergeResults, type Result } from './batch.ts';
import type { Detectors } from './detectors.ts';
import type { FrictionPoints } from './look.ts';
import { allowanceMs, type Walk, walk } from './walk.ts';

export interface ScoringDeps extends Surroundings {
  accounts: AccountsStore;
  findings: FindingsStore;
  identifiers: IdentifiersStore;
  detectors: Detectors;
  policy: DetectionPolicy;
  /** Lots are drawn with it. */
  key: string;
  /** Releases that act. */
  active: ReadonlySet<string>;
  /** Whose account it is, if it still is anybody's. */
  driverOf: (accountKey: string) => Promise<string | undefined>;
  putFriction: (driverId: string, friction: { points: FrictionPoints; until: number }) => Promise<void>;
}

const dayMs = 86_400_000;

const identifiersIn = ({ events }: AccountLog) => strongIdentifiers(events.flat());

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

/** The latest look says how much friction there is, until a day after the next one is due: looks may be late. */
const applyFriction = async (
  deps: ScoringDeps,
  accountKey: string,
  { state: { monthStart }, looks }: Walk,
): Promise<void> => {
  const last = looks.at(-1);
  if (!last || monthStart === undefined) return;
  const given: FrictionPoints[] = [];
  // What a person dismissed does not come back within the month that they looked at.
  for (const [release, points] of Object.entries(last.looked.points))
    if (deps.active.has(release) && !(await deps.findings.isDismissed(accountKey, release, monthStart)))
      given.push(points);
  if (given.length === 0) return;
  const until = nextLookAfter(monthStart, last.at).at + dayMs;
  const driverId = until > deps.now() ? await deps.driverOf(accountKey) : undefined;
  if (driverId) await deps.putFriction(driverId, { points: given.includes(3) ? 3 : 2, until });
};

const score = async (
  deps: ScoringDeps,
  accountKey: string,
  batchId: string,
): Promise<readonly Result[] | 'overtaken'> => {
  const now = deps.now();
  const [before, noted] = await Promise.all([
    deps.accounts.read(accountKey, now),
    deps.identifiers.read(accountKey),
  ]);
  const known = before.batch?.batchId === batchId ? before.batch.results : [];
  const sampled = (monthStart: number) =>
    isSampled(deps.key, accountKey, monthStart, deps.policy.sampleShare);
  const companyOf = async (log: AccountLog) => ({
    component: await componentOf(deps.identifiers, accountKey, identifiersIn(log).keys()),
    synchrony: Number.NaN,
  });
  const walkDeps = { detectors: deps.detectors, now, isSampled: sampled, companyOf };
  const walked = await walk(walkDeps, accountKey, before, () => deps.accounts.chunks(accountKey));
  const { state, looks, merged, nextAt } = walked;
  if (merged.length === 0 && looks.length === 0 && before.lookedAt === state.lookedAt) return known;
  let results = known;
  for (const look of looks) results = mergeResults(results, await store(deps, accountKey, look));
  await applyFriction(deps, accountKey, walked);
  await deps.identifiers.note(accountKey, noted, identifiersIn(state.log));
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
