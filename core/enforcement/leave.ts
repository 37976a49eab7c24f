import type { SignedIn } from '#core/shared/sign-in.ts';
import type { Case } from './case.ts';
import { audited, missedClocks, moved, withoutAppeal } from './change.ts';
import { commitChange } from './commit-change.ts';
import { wake } from './decide-case.ts';
import type { EnforcementDeps } from './enforcement-deps.ts';
import { may } from './transitions.ts';

/** What cannot be taken back asks for more than a token that somebody renewed for weeks. */
const recentSignInMs = 3_600_000;

/** A case that waits for people waits no more: there is nobody left whom it could concern. */
const endedBy = (before: Case, at: number) => {
  const event = { at, what: 'case.lapsed', by: 'driver' };
  const after: Case = {
    ...withoutAppeal(moved(before, 'lapse', event)),
    todo: [...before.todo, { step: 'friction-off' }, { step: 'signal' }],
  };
  return {
    before,
    after,
    audit: [audited(after, event, { cause: 'left' }), ...missedClocks(before, after, at)],
  };
};

const begin = (deps: EnforcementDeps, driverId: string) =>
  commitChange(deps, async () => {
    const standing = await deps.cases.standing(driverId);
    if (standing.state === 'left' || standing.state === 'leaving')
      return { status: 'begun' as const, leftAt: standing.leftAt ?? deps.now() };
    const leftAt = deps.now();
    const { openCase, ...kept } = standing;
    const open = openCase === undefined ? undefined : await deps.cases.read(openCase);
    const ended = open && may('lapse', open.state) ? endedBy(open, leftAt) : undefined;
    return {
      status: 'begun' as const,
      leftAt,
      ...(ended && { caseId: ended.after.caseId }),
      change: {
        cases: ended ? [ended] : [],
        standing: { before: standing, after: { ...kept, state: 'leaving' as const, leftAt } },
        notices: [],
        leaving: { driverId, leftAt, is: 'begun' as const },
        seen: [],
        audit: [
          ...(ended ? ended.audit : []),
          {
            at: leftAt,
            actor: { kind: 'driver' as const, id: driverId },
            action: 'account.left',
            driverId,
            facts: {},
          },
        ],
      },
    };
  });

/** What leaving sets off, each part harmless when repeated. Gives how many blocks this run gave back. */
const finishLeaving = async (deps: EnforcementDeps, driverId: string): Promise<number> => {
  const { cases, effects } = deps;
  const { state, leftAt = deps.now(), releasedBlocks } = await cases.standing(driverId);
  if (state !== 'leaving') return releasedBlocks ?? 0;
  // First, so that nothing new comes while the rest goes.
  await effects.restrict(driverId, 'left');
  const phones = await effects.keepPhone(driverId, undefined);
  if (phones.status === 'refused') throw new Error('others write this account all the time');
  const blocks = await effects.blocksToTakeBack(driverId, leftAt);
  for (const block of blocks) await effects.takeBack(driverId, block);
  await effects.tellClosed(driverId, 'left', leftAt);
  const count = (releasedBlocks ?? 0) + blocks.length;
  const answer = await commitChange(deps, async () => {
    const standing = await cases.standing(driverId);
    if (standing.state !== 'leaving') return { status: 'done' as const };
    return {
      status: 'done' as const,
      change: {
        cases: [],
        standing: {
          before: standing,
          after: { ...standing, state: 'left' as const, releasedBlocks: count },
        },
        notices: [],
        leaving: { driverId, leftAt, is: 'done' as const },
        seen: [],
        audit: [],
      },
    };
  });
  if (answer.status === 'refused') throw new Error('others write this standing all the time');
  return count;
};

/** What was claimed in the minute in which the driver left goes back as well: functions hear of it a little later. */
const lookAgain = async (deps: EnforcementDeps, driverId: string): Promise<void> => {
  const { cases, effects } = deps;
  const { leftAt = deps.now() } = await cases.standing(driverId);
  for (const block of await effects.blocksToTakeBack(driverId, leftAt))
    await effects.takeBack(driverId, block);
  await commitChange(deps, async () => ({
    status: 'done' as const,
    change: {
      cases: [],
      notices: [],
      leaving: { driverId, leftAt, is: 'over' as const },
      seen: [],
      audit: [],
    },
  }));
};

/** By the clock: what a leaving still has to do. */
export const sweepLeaving = async (deps: EnforcementDeps, driverId: string): Promise<void> => {
  const { state } = await deps.cases.standing(driverId);
  if (state === 'leaving') await finishLeaving(deps, driverId);
  else await lookAgain(deps, driverId);
};

/** The driver leaves: at once for others, and to the end by whoever comes first, this request or the sweeper. */
export const leave = async (
  deps: EnforcementDeps,
  { accountId: driverId, authenticatedAt = 0 }: SignedIn,
): Promise<
  | { status: 'left'; leftAt: number; releasedBlocks: number }
  | { status: 'refused'; code: 'recent-sign-in-required' | 'try-again' }
> => {
  if (authenticatedAt < deps.now() - recentSignInMs)
    return { status: 'refused', code: 'recent-sign-in-required' };
  const begun = await begin(deps, driverId);
  if (begun.status === 'refused') return begun;
  if ('caseId' in begun && begun.caseId) await wake(deps, begun.caseId);
  const releasedBlocks = await finishLeaving(deps, driverId);
  return { status: 'left', leftAt: begun.leftAt, releasedBlocks };
};
