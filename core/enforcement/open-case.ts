import { jurisdictionOf } from '#contract/jurisdiction.ts';
import { commitChange } from './commit-change.ts';
import { wake } from './decide-case.ts';
import { doSteps } from './do-steps.ts';
import type { EnforcementDeps } from './enforcement-deps.ts';
import { renderIn } from './read-world.ts';
import { type Found, open } from './rules/open.ts';

export type Opening =
  | { status: 'opened' | 'added'; caseId: string }
  /** It is in a case already, or came too late to open one. */
  | { status: 'known' | 'late' }
  | { status: 'refused'; code: 'try-again' };

/**
 * Opens a case for what was found, or adds to the one that is open. The same finding again changes nothing, nor does one
 * from before the last decision.
 */
export const openCase = async (
  deps: EnforcementDeps,
  { driverId, ...found }: Found & { driverId: string },
): Promise<Opening> => {
  const { cases } = deps;
  const answer = await commitChange(deps, async () => {
    if (await cases.isSeen(found.evidenceId)) return { status: 'known' as const };
    const standing = await cases.standing(driverId);
    const warned = standing.strikes.at(-1)?.caseId;
    const [open1, warnedCase, workplace, locale, phones] = await Promise.all([
      standing.openCase ? cases.read(standing.openCase) : undefined,
      warned ? cases.read(warned) : undefined,
      deps.workplaceOf(driverId),
      deps.localeOf(driverId),
      deps.phonesOf(driverId),
    ]);
    return open(
      {
        standing,
        now: deps.now(),
        ...workplace,
        clocks: jurisdictionOf(workplace.jurisdiction).clocks,
        phones,
        contact: deps.contact,
        render: renderIn(locale),
        ...(open1 && { openCase: open1 }),
        ...(warnedCase && { warnedCase }),
      },
      found,
    );
  });
  if (answer.status !== 'opened' && answer.status !== 'added') return answer as Opening;
  const { status, caseId, change } = answer;
  if (status === 'opened') await doSteps(deps, caseId, ['start-workflow']);
  // A case that help is waiting for, or whose observation ended with this one.
  for (const { after } of change?.cases ?? [])
    if (after.todo.some(({ step }) => step === 'signal')) await wake(deps, after.caseId);
  return { status, caseId };
};
