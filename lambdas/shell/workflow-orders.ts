import * as z from 'zod/mini';
import { caseId, caseState } from '#contract/enforcement.ts';
import { advanceCase, awaitSomebody, type Where } from '#core/enforcement/advance-case.ts';
import type { EnforcementDeps } from '#core/enforcement/enforcement-deps.ts';

/** What the workflow asks for: to move a case as far as it goes, or to be woken when somebody moves it. */
const order = z.discriminatedUnion('step', [
  z.object({ step: z.literal('advance'), caseId }),
  z.object({ step: z.literal('await'), caseId, state: caseState, token: z.string() }),
]);

/** Of a case that is not there, nothing is to be done. */
const gone = (id: string): Where => ({ caseId: id, state: 'lapsed', waitSeconds: 1 });

export const carryOut = async (deps: EnforcementDeps, event: unknown): Promise<Where | null> => {
  const asked = order.parse(event);
  if (asked.step === 'advance') return (await advanceCase(deps, asked.caseId)) ?? gone(asked.caseId);
  await awaitSomebody(deps, asked);
  return null;
};
