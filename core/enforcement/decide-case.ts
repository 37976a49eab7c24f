import type { Case } from './case.ts';
import { commitChange } from './commit-change.ts';
import { doSteps } from './do-steps.ts';
import type { EnforcementDeps } from './enforcement-deps.ts';
import { readDecisionWorld } from './read-world.ts';
import { type Command, type DecisionRefusal, decide } from './rules/decide.ts';

export type DecisionOutcome =
  | { status: 'decided'; case: Case; decidedAt: number; noticeId?: string }
  | { status: 'refused'; code: DecisionRefusal | 'not-found' | 'try-again' };

/**
 * A person’s decision, with its notice and its line in the audit, in one transaction. Of two at once one is refused. What
 * follows from it is done by the workflow, which is woken up, or by the sweeper.
 */
export const decideCase = async (
  deps: EnforcementDeps,
  { caseId, ...command }: Command & { caseId: string },
): Promise<DecisionOutcome> => {
  const answer = await commitChange(deps, async () => {
    const world = await readDecisionWorld(deps, caseId);
    return world ? decide(world, command) : ({ status: 'refused', code: 'not-found' } as const);
  });
  if (answer.status === 'refused') return answer;
  const changed = answer.change?.cases[0]?.after;
  if (!changed) throw new Error('a decision that changed nothing');
  await wake(deps, caseId);
  const event = changed.events.at(-1);
  return {
    status: 'decided',
    case: changed,
    decidedAt: event?.at ?? deps.now(),
    ...(event?.noticeId && { noticeId: event.noticeId }),
  };
};

/** Best effort: the decision holds, and the sweeper does what a workflow that is not woken does not. */
export const wake = async (deps: EnforcementDeps, caseId: string): Promise<void> => {
  await doSteps(deps, caseId, ['signal']).catch((error: unknown) => deps.onFailed('wake', error));
};
