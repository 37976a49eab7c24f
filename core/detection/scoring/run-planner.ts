import { type EmitDeps, emitFindings } from '../findings/emit-findings.ts';
import { bearReleases } from '../releases/move-release.ts';
import type { ReleasesStore } from '../releases/releases-store.ts';
import type { StoredRelease } from '../releases/stored-release.ts';
import { type CloseDeps, closeBatches } from './close-batch.ts';
import { type Detectors, runningReleases } from './detectors.ts';
import { type PlanDeps, planBatch } from './plan.ts';

export type PlannerDeps = PlanDeps & CloseDeps & EmitDeps & { releases: ReleasesStore; detectors: Detectors };

export const activeOf = (releases: readonly StoredRelease[]): ReadonlySet<string> =>
  new Set(releases.filter(({ release }) => release.state === 'active').map(({ release }) => release.id));

/** What an hour brings: batches that are complete are decided about, the next one is handed out, and what is due is told. */
export const runPlanner = async (deps: PlannerDeps): Promise<Record<string, number | string>> => {
  const running = runningReleases(deps.detectors);
  const active = activeOf(await bearReleases(deps, running, deps.policy.precisionBound));
  const before = await deps.batches.readPlanner();
  const open = await closeBatches(deps, before.open, active);
  const planned = await planBatch(deps, { ...before, open });
  // Told last: a bus that does not take them holds up nothing else.
  const told = await emitFindings(deps, active);
  return {
    closed: before.open.length - open.length,
    open: open.length,
    ...(planned.status === 'planned' ? { accounts: planned.accounts } : { planned: planned.status }),
    ...told,
  };
};
