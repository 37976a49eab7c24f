import type { EnforcementDeps } from './enforcement-deps.ts';
import { openCase } from './open-case.ts';
import type { Found } from './rules/open.ts';

export interface OpenedByHand {
  evidenceId: string;
  result: 'opened' | 'added' | 'known' | 'unknown';
  caseId?: string;
}

/** Opens a case for each finding that a person picked. That is all that is ever done to many at once. */
export const openCases = async (
  deps: EnforcementDeps,
  evidenceIds: readonly string[],
  find: (evidenceId: string) => Promise<(Found & { driverId: string }) | undefined>,
): Promise<OpenedByHand[]> => {
  const opened: OpenedByHand[] = [];
  for (const evidenceId of new Set(evidenceIds)) {
    const found = await find(evidenceId);
    const outcome = found && (await openCase(deps, found));
    if (outcome?.status === 'refused') throw new Error('others write this driver all the time');
    opened.push(
      outcome?.status === 'opened' || outcome?.status === 'added'
        ? { evidenceId, result: outcome.status, caseId: outcome.caseId }
        : { evidenceId, result: outcome?.status === 'known' ? 'known' : 'unknown' },
    );
  }
  return opened;
};
