import type { DetectionPolicy } from '#contract/detection-policy.ts';
import { falseShares } from '../findings/benjamini-hochberg.ts';
import { emitAtOf } from '../findings/emission.ts';
import type { FindingsStore } from '../findings/findings-store.ts';
import type { Batch, Part, Result } from './batch.ts';
import type { BatchesStore } from './batches-store.ts';

export interface CloseDeps {
  batches: BatchesStore;
  findings: FindingsStore;
  policy: DetectionPolicy;
  /** When a finding goes on is drawn with it. */
  key: string;
  now: () => number;
}

/** A message that did not get through by then is with the dead letters. */
const patienceMs = 12 * 3_600_000;

export interface Decided extends Result {
  /** Expected share of false ones among those at least as clear; none of a rule. */
  qValue?: number;
  goesOn: boolean;
}

/** Which findings of a batch go on. Pure: each release by itself, and rules, which have no p-values, always. */
export const decideBatch = (parts: Iterable<Part>, fdr: number): Decided[] => {
  const all = [...parts];
  const byRelease = Map.groupBy(
    all.flatMap(({ results }) => results),
    ({ release }) => release,
  );
  return [...byRelease].flatMap(([release, results]) => {
    const tested = results.filter(({ pValue }) => pValue !== undefined);
    const tests = all.reduce((sum, part) => sum + (part.tests[release] ?? 0), 0);
    const shares = falseShares(
      tested.map(({ pValue = 1 }) => pValue),
      tests,
    );
    const qValues = new Map(tested.map((result, index) => [result, shares[index] ?? 1]));
    return results.map((result) => {
      const qValue = qValues.get(result);
      return {
        ...result,
        ...(qValue !== undefined && { qValue }),
        goesOn: qValue === undefined || qValue <= fdr,
      };
    });
  });
};

/** Whether all is there, or nothing more will come. */
const isReady = (batch: Batch, parts: ReadonlyMap<string, Part>, now: number): boolean =>
  batch.parts.every((part) => parts.has(part)) || now > batch.openedAt + patienceMs;

const settle = async (
  deps: CloseDeps,
  { evidenceId, goesOn, qValue }: Decided,
  active: ReadonlySet<string>,
): Promise<void> => {
  const finding = evidenceId === undefined ? undefined : await deps.findings.find(evidenceId);
  if (finding?.state !== 'found') return;
  const q = qValue === undefined ? {} : { qValue };
  if (!active.has(finding.release)) await deps.findings.step(finding, 'shade', q);
  else if (!goesOn) await deps.findings.step(finding, 'withhold', q);
  else {
    const { evidenceId: id, foundAt } = finding;
    const emitAt = emitAtOf(deps.key, id, foundAt, deps.policy.emissionJitterHours);
    await deps.findings.step(finding, 'letGo', { ...q, emitAt });
  }
};

/**
 * Decides about the batches whose parts are all there, and gives those that stay open. Done again it changes nothing: each
 * step of a finding has a condition.
 */
export const closeBatches = async (
  deps: CloseDeps,
  open: readonly Batch[],
  active: ReadonlySet<string>,
): Promise<Batch[]> => {
  const left: Batch[] = [];
  for (const batch of open) {
    if (!isReady(batch, await deps.batches.parts(batch.batchId), deps.now())) {
      left.push(batch);
      continue;
    }
    // Shut first: what comes from here on counts in another one.
    await deps.batches.close(batch);
    const parts = await deps.batches.parts(batch.batchId);
    for (const decided of decideBatch(parts.values(), deps.policy.fdr)) await settle(deps, decided, active);
  }
  return left;
};
