import { commitChange } from './commit-change.ts';
import { doSteps } from './do-steps.ts';
import type { EnforcementDeps } from './enforcement-deps.ts';
import { readDecisionWorld } from './read-world.ts';
import { overturned } from './rules/answer-appeal.ts';
import { tick } from './rules/clocks.ts';
import { may } from './transitions.ts';

/**
 * The warning that a case rests on is gone: what was only planned lapses, and what has happened is taken back, in the name
 * of the person who overturned the warning.
 */
export const reconsider = async (
  deps: EnforcementDeps,
  { caseId, reviewer, rationale }: { caseId: string; reviewer: string; rationale: string },
): Promise<void> => {
  const answer = await commitChange(deps, async () => {
    const world = await readDecisionWorld(deps, caseId);
    if (!world) return { status: 'gone' as const };
    const { state } = world.case;
    if (state === 'proposed' || state === 'notice') {
      const change = tick(world);
      return { status: 'done' as const, ...(change && { change }) };
    }
    if ((state !== 'offboarded' && state !== 'closed') || !may('overturn', state))
      return { status: 'done' as const };
    const command = { action: 'overturn', rationale, reviewer: { accountId: reviewer, groups: [] } } as const;
    return { status: 'done' as const, change: overturned(world, command) };
  });
  if (answer.status === 'refused') throw new Error('others write this case all the time');
  await doSteps(deps, caseId);
};
