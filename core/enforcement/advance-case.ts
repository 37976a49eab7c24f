import type { CaseState } from '#contract/enforcement.ts';
import { commitChange } from './commit-change.ts';
import { doSteps } from './do-steps.ts';
import type { EnforcementDeps } from './enforcement-deps.ts';
import { readWorld } from './read-world.ts';
import { nextDue, tick } from './rules/clocks.ts';

/** What the workflow chooses its way by. */
export interface Where {
  caseId: string;
  state: CaseState;
  /** Until the next clock, in seconds: how long to wait for somebody. */
  waitSeconds: number;
}

/** An execution of Step Functions lasts a year at most; what is due later is the sweeper’s. */
const longestWaitSeconds = 31_536_000;

/** What could not be done goes behind what else is due. */
const put = async (deps: EnforcementDeps, caseId: string, error: unknown): Promise<void> => {
  deps.onFailed('steps', error);
  await commitChange(deps, async () => {
    const one = await deps.cases.read(caseId);
    const change = one && { cases: [{ before: one, after: one }], notices: [], seen: [], audit: [] };
    return { status: 'put' as const, ...(change && { change }) };
  });
};

/** Does what the time has brought, then what is to be done, and says where the case stands. Twice is as good as once. */
export const advanceCase = async (deps: EnforcementDeps, caseId: string): Promise<Where | undefined> => {
  for (;;) {
    const answer = await commitChange(deps, async () => {
      const world = await readWorld(deps, caseId);
      if (!world) return { status: 'gone' as const };
      const { driverId, state } = world.case;
      const runningUntil =
        state === 'notice' ? await deps.effects.runningUntil(driverId, world.now) : undefined;
      const change = tick({ ...world, ...(runningUntil !== undefined && { runningUntil }) });
      return { status: 'seen' as const, case: world.case, ...(change && { change }) };
    });
    if (answer.status === 'gone') return undefined;
    if (answer.status === 'refused') throw new Error('others write this case all the time');
    // What cannot be done now is the sweeper’s; the clocks go on.
    await doSteps(deps, caseId).catch((error: unknown) => put(deps, caseId, error));
    if (answer.change) continue;
    const one = await deps.cases.read(caseId);
    if (!one) return undefined;
    const due = nextDue(one);
    const seconds = due === undefined ? longestWaitSeconds : Math.ceil((due - deps.now()) / 1_000);
    return {
      caseId,
      state: one.state,
      waitSeconds: Math.min(Math.max(seconds, 1), longestWaitSeconds),
    };
  }
};

/**
 * Notes where the workflow waits. Whoever moved the case in the meantime could not wake it: then it goes on at once.
 */
export const awaitSomebody = async (
  deps: EnforcementDeps,
  { caseId, state, token }: { caseId: string; state: CaseState; token: string },
): Promise<void> => {
  const answer = await commitChange(deps, async () => {
    const one = await deps.cases.read(caseId);
    if (one?.state !== state) return { status: 'moved' as const };
    const after = { ...one, waiting: { state, token } };
    return {
      status: 'waits' as const,
      change: { cases: [{ before: one, after }], notices: [], seen: [], audit: [] },
    };
  });
  if (answer.status === 'refused') throw new Error('others write this case all the time');
  if (answer.status === 'moved') await deps.effects.signal(token);
};
