import type { ReviewVerdictDetail } from '#contract/findings.ts';
import type { FindingsStore } from '../findings/findings-store.ts';

export interface LiftDeps {
  findings: Pick<FindingsStore, 'find'>;
  driverOf: (accountKey: string) => Promise<string | undefined>;
  deleteFriction: (driverId: string) => Promise<void>;
}

/**
 * A person dismissed a finding: what a model's look put into the account's claims ends at once. `kept`: nothing followed
 * from it, or it is nobody's any more.
 */
export const liftFriction = async (
  { findings, driverOf, deleteFriction }: LiftDeps,
  { evidenceId, verdict }: Pick<ReviewVerdictDetail, 'evidenceId' | 'verdict'>,
): Promise<'lifted' | 'kept'> => {
  const finding = verdict === 'dismissed' ? await findings.find(evidenceId) : undefined;
  const driverId = finding?.kind === 'model' ? await driverOf(finding.accountKey) : undefined;
  if (driverId === undefined) return 'kept';
  await deleteFriction(driverId);
  return 'lifted';
};
