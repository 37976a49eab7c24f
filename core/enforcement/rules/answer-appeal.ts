import type { Case, Standing, Step, Strike } from '../case.ts';
import { inDays, moved } from '../change.ts';
import { appealable, appealTransitions } from '../transitions.ts';
import {
  type Command,
  changeOf,
  collectsNoMore,
  type Decided,
  type DecisionWorld,
  eventOf,
  label,
} from './decide.ts';
import { noticeOf, telling, type World } from './world.ts';

type Answer = Command & { action: 'uphold' | 'overturn' };

const refused = (code: 'wrong-state' | 'same-reviewer') => ({ status: 'refused', code }) as const;

/** Nobody answers for the own decision, nor for one that an own decision rests on. */
export const answerAppeal = (world: DecisionWorld, command: Answer): Decided => {
  const { case: before, dependents } = world;
  const from: readonly string[] = appealTransitions[command.action].from;
  if (!appealable.includes(before.state) || !from.includes(before.appeal)) return refused('wrong-state');
  const hadPart = ({ deciders }: Case) => deciders.includes(command.reviewer.accountId);
  if ([before, ...dependents].some(hadPart)) return refused('same-reviewer');
  return {
    status: 'decided',
    change: command.action === 'uphold' ? upheld(world, command) : overturned(world, command),
  };
};

/** A day more than the clock, so that a late clock leaves no gap. */
const frictionUntil = (at: number): Step => ({ step: 'friction-on', until: inDays(at, 1) });

const withoutAppeal = ({ appealed: _, ...strike }: Strike): Strike => strike;

/** The ground of the decision that is appealed, and what it rested on. */
const groundOf = ({ events, evidence }: Case) => {
  const decision = events.findLast(({ action }) => action === 'warn' || action === 'propose-offboarding');
  return {
    ...(decision?.reasonCode && { reasonCode: decision.reasonCode }),
    cited: evidence.filter(({ itemId }) => decision?.cited?.includes(itemId)),
  };
};

const upheld = (world: DecisionWorld, command: Answer) => {
  const { case: before, standing, now } = world;
  const notice = noticeOf(world, 'appeal-upheld', {
    ...groundOf(before),
    reviewers: [command.reviewer.accountId],
  });
  const event = eventOf(command, now, { noticeId: notice.noticeId });
  const { answerBy: _, ...kept } = before;
  const effectiveAt =
    before.state === 'notice' ? Math.max(before.stateDueAt ?? now, inDays(now, 1)) : undefined;
  const after: Case = {
    ...kept,
    appeal: appealTransitions.uphold.to,
    events: [...before.events, event],
    // The driver is told before anything follows from it.
    ...(effectiveAt !== undefined && { stateDueAt: effectiveAt }),
    todo: [
      ...before.todo,
      ...(effectiveAt !== undefined ? [frictionUntil(effectiveAt)] : []),
      { step: 'signal' },
    ],
  };
  const strikes = standing.strikes.map((strike) =>
    strike.caseId === before.caseId ? withoutAppeal(strike) : strike,
  );
  return changeOf(world, telling(after, notice), { ...standing, strikes, decidedAt: now }, event, [notice]);
};

/** What a removal did, taken back in this order: one inverse for each step. */
export const inverses = {
  'friction-on': 'friction-off',
  restrict: 'lift',
  'release-blocks': 'restore-blocks',
  'close-account': 'reopen-account',
} as const satisfies Partial<Record<Step['step'], Step['step']>>;

/** Everything as if it had never been decided, but for the audit. */
export const overturned = (world: DecisionWorld, command: Answer) => {
  const { case: before, standing, now, dependents } = world;
  const reviewer = command.reviewer.accountId;
  const wasRemoved = standing.offboardedBy === before.caseId;
  const notice = noticeOf(world, 'overturned', {
    ...groundOf(before),
    reviewers: [reviewer],
    ...(wasRemoved && { effectiveAt: now }),
  });
  const event = eventOf(command, now, { noticeId: notice.noticeId });
  const undone: Step[] = [
    { step: inverses['friction-on'] },
    ...(wasRemoved
      ? ([
          { step: inverses.restrict },
          { step: inverses['release-blocks'] },
          { step: inverses['close-account'], at: now },
        ] as const)
      : []),
    ...label(before, 'dismissed', command, now),
    ...dependents.map(
      ({ caseId }): Step => ({ step: 'reconsider', caseId, reviewer, rationale: command.rationale }),
    ),
    { step: 'signal' },
  ];
  const { answerBy: _, againAt: __, ...kept } = moved(before, 'overturn', event);
  const after: Case = {
    ...kept,
    appeal: appealTransitions.overturn.to,
    // In this order, also where what is undone was not yet done: nothing of it can land later then.
    todo: [...before.todo, ...undone],
  };
  return changeOf(world, telling(after, notice), standingWithout(world), event, [notice]);
};

const standingWithout = (world: World): Standing => {
  const { caseId } = world.case;
  const { offboardedBy, ...standing } = collectsNoMore(world);
  const strikes = standing.strikes.filter((strike) => strike.caseId !== caseId);
  if (offboardedBy !== caseId) return { ...standing, strikes, ...(offboardedBy && { offboardedBy }) };
  // Who has left meanwhile stays away.
  return { ...standing, strikes, state: standing.state === 'offboarded' ? 'active' : standing.state };
};

/** A driver asks for somebody else to look: from here on no clock takes anything away. */
export const appeal = (world: World, notice: { noticeId: string }, text: string) => {
  const { case: before, standing, now, clocks } = world;
  const answerBy = inDays(now, clocks.answerDays);
  const received = noticeOf(world, 'appeal-received', { ...groundOf(before), answerBy });
  const event = { at: now, what: 'appeal.filed', by: 'driver', noticeId: notice.noticeId, text };
  const after: Case = {
    ...before,
    appeal: appealTransitions.file.to,
    answerBy,
    events: [...before.events, event],
    // Another clock runs now; friction lasts while the removal waits, for an answer that is late as well.
    todo: [
      ...before.todo,
      ...(before.state === 'notice' ? [frictionUntil(inDays(answerBy, 30))] : []),
      { step: 'signal' },
    ],
  };
  const strikes = standing.strikes.map((strike) =>
    strike.caseId === before.caseId ? { ...strike, appealed: true as const } : strike,
  );
  return changeOf(world, telling(after, received), { ...standing, strikes }, event, [received]);
};

/** Whether this decision can be appealed now: once, in its time. */
export const canAppeal = ({ state, appeal: stand, appealUntil = 0 }: Case, now: number): boolean =>
  appealable.includes(state) &&
  (appealTransitions.file.from as readonly string[]).includes(stand) &&
  now <= appealUntil;
