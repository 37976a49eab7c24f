import type { Case, CaseEvent, Standing, Step } from '../case.ts';
import { type Change, inDays, missedClock, moved, withoutAppeal } from '../change.ts';
import { changeOf, collectsNoMore } from './decide.ts';
import { noticeOf, telling, type World } from './world.ts';

/** When a case moves by itself next. While an appeal is open nothing is taken away: its answer is what is due. */
export const nextDue = (one: Case): number | undefined => {
  const { state, appeal, stateDueAt, answerBy, missed, againAt } = one;
  const isHeld = appeal === 'open' && (state === 'notice' || state === 'offboarded');
  const clocks = [
    ...(stateDueAt !== undefined && !isHeld ? [stateDueAt] : []),
    ...(againAt !== undefined ? [againAt] : []),
    ...(appeal === 'open' && answerBy !== undefined && !missed.includes('answer') ? [answerBy] : []),
  ];
  return clocks.length > 0 ? Math.min(...clocks) : undefined;
};

/** What a clock may look at beyond the case. */
export interface ClockWorld extends World {
  /** The end of a block of the driver that runs, or starts within the hour: it is finished before an account ends. */
  runningUntil?: number;
}

/** Nobody decided in time, or the ground is gone. */
const lapsed = (world: World): Change => {
  const { case: before, now } = world;
  const event: CaseEvent = { at: now, what: 'case.lapsed', by: 'machine' };
  const todo: Step[] = [...before.todo, { step: 'friction-off' }, { step: 'signal' }];
  const after = { ...withoutAppeal(moved(before, 'lapse', event)), todo };
  const notice = before.state === 'notice' ? noticeOf(world, 'removal-cancelled') : undefined;
  const cause = restsOnNothing(before, world.standing) ? 'warning-gone' : 'time';
  return changeOf(
    world,
    notice ? telling(after, notice) : after,
    collectsNoMore(world),
    event,
    notice ? [notice] : [],
    { cause },
  );
};

/** Ends quietly: nothing happened, or the time to appeal is over. */
const ended = (world: World, move: 'stop' | 'close'): Change => {
  const { case: before, now } = world;
  const event: CaseEvent = {
    at: now,
    what: move === 'stop' ? 'case.stopped' : 'case.closed',
    by: 'machine',
  };
  const after: Case = { ...moved(before, move, event), todo: [...before.todo, { step: 'signal' }] };
  return changeOf(world, after, world.standing, event);
};

/** A function that is warm may take a claim for as long as it has not heard of an end. */
export const heardWithinMs = 120_000;

/** What was claimed in the minute in which the account ended goes back as well. */
const lookedAgain = (world: World, { againAt: _, ...before }: Case): Change => ({
  cases: [
    {
      before: world.case,
      after: { ...before, todo: [...before.todo, { step: 'release-blocks', after: world.now }] },
    },
  ],
  notices: [],
  seen: [],
  audit: [],
});

/** What two people decided takes effect. */
const offboarded = (world: World): Change => {
  const { case: before, now } = world;
  const decision = before.events.findLast(({ action }) => action === 'propose-offboarding');
  if (!decision?.reasonCode) throw new Error('a removal without a ground');
  const cited = before.evidence.filter(({ itemId }) => decision.cited?.includes(itemId));
  const notice = noticeOf(world, 'removed', {
    reasonCode: decision.reasonCode,
    cited,
    reviewers: before.deciders,
    effectiveAt: now,
    // Once: who has had an answer has no second one.
    ...(before.appeal === 'none' && { appealUntil: before.appealUntil ?? now }),
  });
  const event: CaseEvent = { at: now, what: 'case.offboarded', by: 'machine', noticeId: notice.noticeId };
  const after: Case = {
    ...moved(before, 'offboard', event),
    stateDueAt: before.appealUntil ?? now,
    againAt: now + heardWithinMs,
    todo: [
      ...before.todo,
      { step: 'restrict' },
      { step: 'release-blocks', after: now },
      { step: 'close-account', at: now },
      { step: 'signal' },
    ],
  };
  const next: Standing = {
    ...collectsNoMore(world),
    state: 'offboarded',
    offboardedBy: before.caseId,
  };
  return changeOf(world, telling(after, notice), next, event, [notice]);
};

const answerMissed = (world: World): Change => {
  const { case: before, now, clocks } = world;
  const notice = noticeOf(world, 'answer-late', {
    answerBy: before.answerBy ?? now,
    answerDays: clocks.answerDays,
  });
  const event: CaseEvent = { at: now, what: 'clock.missed', by: 'machine', noticeId: notice.noticeId };
  const after: Case = {
    ...before,
    missed: [...before.missed, 'answer'],
    events: [...before.events, event],
  };
  const change = changeOf(world, telling(after, notice), world.standing, event, [notice]);
  return { ...change, audit: [missedClock(after, 'answer', now)] };
};

/** A case whose ground is gone goes no further. */
export const restsOnNothing = ({ state, restsOn }: Case, { strikes }: Standing): boolean =>
  (state === 'proposed' || state === 'notice') && strikes.every(({ caseId }) => caseId !== restsOn);

/** While somebody looks at the warning again, nothing more is taken away for it. */
const restsOnAppeal = ({ restsOn }: Case, { strikes }: Standing): boolean =>
  strikes.some(({ caseId, appealed }) => caseId === restsOn && appealed);

/** What the time has changed, if it has: asked early, twice or late, it gives the same. */
export const tick = (world: ClockWorld): Change | undefined => {
  const { case: one, standing, now, runningUntil } = world;
  if (restsOnNothing(one, standing)) return lapsed(world);
  if (
    one.appeal === 'open' &&
    (one.answerBy ?? Number.POSITIVE_INFINITY) <= now &&
    !one.missed.includes('answer')
  )
    return answerMissed(world);
  if (one.againAt !== undefined && one.againAt <= now) return lookedAgain(world, one);
  const due = nextDue(one);
  if (due === undefined || due > now || one.stateDueAt === undefined || one.stateDueAt > now)
    return undefined;
  if (one.state === 'review' || one.state === 'securing' || one.state === 'proposed') return lapsed(world);
  if (one.state === 'observing') return ended(world, 'stop');
  if (one.state === 'offboarded') return ended(world, 'close');
  if (one.state !== 'notice') return undefined;
  const isRunning = runningUntil !== undefined && runningUntil > now;
  if (isRunning && timesPostponed(one) < mostPostponed) return postponed(world, runningUntil);
  if (restsOnAppeal(one, standing)) return postponed(world, inDays(now, 1), 'case.held');
  return offboarded(world);
};

/** Blocks may follow each other closely; claiming one after the other puts nothing off for ever. */
const mostPostponed = 3;
const timesPostponed = ({ events }: Case) => events.filter(({ what }) => what === 'case.postponed').length;

const postponed = (world: World, until: number, what = 'case.postponed'): Change => {
  const { case: before, now } = world;
  const event: CaseEvent = { at: now, what, by: 'machine' };
  return changeOf(
    world,
    {
      ...before,
      stateDueAt: until,
      events: [...before.events, event],
      todo: [...before.todo, { step: 'friction-on', until: inDays(until, 1) }],
    },
    world.standing,
    event,
  );
};
