import type { SignedIn } from '#core/shared/sign-in.ts';
import type { Case } from './case.ts';
import { audited, inDays, moved } from './change.ts';
import { commitChange } from './commit-change.ts';
import { wake } from './decide-case.ts';
import type { EnforcementDeps } from './enforcement-deps.ts';
import { readWorld } from './read-world.ts';
import { appeal, canAppeal } from './rules/answer-appeal.ts';

type Refused<Code extends string> = { status: 'refused'; code: Code };
const refused = <Code extends string>(code: Code): Refused<Code> => ({ status: 'refused', code });

/** Five minutes to change a password and come back. */
const recentSignInMs = 300_000;

/** Words of a driver about one case, an appeal aside. */
const mostResponses = 10;

/** The case of a notice to this driver. */
const caseOf = async (deps: EnforcementDeps, driverId: string, noticeId: string) => {
  const notices = await deps.cases.notices(driverId);
  const notice = notices.find((each) => each.noticeId === noticeId);
  return notice && readWorld(deps, notice.caseId);
};

/** What a driver says to a notice; it is there for whoever decides next. */
export const respond = async (
  deps: EnforcementDeps,
  { driverId, noticeId, text }: { driverId: string; noticeId: string; text: string },
): Promise<{ status: 'received'; at: number } | Refused<'not-found' | 'window-closed' | 'try-again'>> => {
  const answer = await commitChange(deps, async () => {
    const world = await caseOf(deps, driverId, noticeId);
    if (!world) return refused('not-found' as const);
    const { case: before, now, clocks } = world;
    const earlier = before.events.filter(({ what }) => what === 'response.received');
    const isOpen =
      before.appeal === 'open' ||
      now <= (before.appealUntil ?? inDays(before.openedAt, clocks.challengeDays));
    if (!isOpen || earlier.length >= mostResponses) return refused('window-closed' as const);
    const event = { at: now, what: 'response.received', by: 'driver', noticeId, text };
    const after: Case = {
      ...before,
      unreadSince: before.unreadSince ?? now,
      events: [...before.events, event],
    };
    return {
      status: 'received' as const,
      at: now,
      change: {
        cases: [{ before, after }],
        notices: [],
        seen: [],
        audit: [audited(after, event, { noticeId })],
      },
    };
  });
  return answer.status === 'received' ? { status: 'received', at: answer.at } : answer;
};

/** Asks for a person who had no part in it. Once for a decision, in its time. */
export const fileAppeal = async (
  deps: EnforcementDeps,
  { driverId, noticeId, text }: { driverId: string; noticeId: string; text: string },
): Promise<
  | { status: 'filed'; filedAt: number; answerBy: number }
  | Refused<'not-found' | 'window-closed' | 'try-again'>
> => {
  const answer = await commitChange(deps, async () => {
    const world = await caseOf(deps, driverId, noticeId);
    if (!world) return refused('not-found' as const);
    if (!canAppeal(world.case, world.now)) return refused('window-closed' as const);
    const change = appeal(world, { noticeId }, text);
    const answerBy = change.cases[0]?.after.answerBy ?? world.now;
    return { status: 'filed' as const, filedAt: world.now, answerBy, change };
  });
  if (answer.status !== 'filed') return answer;
  const { filedAt, answerBy, change } = answer;
  const caseId = change?.cases[0]?.after.caseId;
  if (caseId) await wake(deps, caseId);
  return { status: 'filed', filedAt, answerBy };
};

/** The driver has the account back: other phones are gone, and the case of the theft is over without a strike. */
export const recover = async (
  deps: EnforcementDeps,
  { caller, deviceId }: { caller: SignedIn; deviceId?: string | undefined },
): Promise<
  | { status: 'recovered'; removed: number; caseId?: string }
  | Refused<'unknown-device' | 'recent-sign-in-required' | 'window-closed' | 'try-again'>
> => {
  const { accountId: driverId, authenticatedAt = 0 } = caller;
  const { openCase } = await deps.cases.standing(driverId);
  const theft = openCase === undefined ? undefined : await deps.cases.read(openCase);
  // Without a theft that was seen, a password alone removes no phone.
  if (theft?.state !== 'securing') return refused('window-closed');
  // Who signed in before the sessions ended may be whoever was given the password.
  const endedAt = theft.events.findLast(({ what }) => what === 'case.helped')?.at ?? theft.openedAt;
  const since = Math.max(deps.now() - recentSignInMs, endedAt);
  if (authenticatedAt < since) return refused('recent-sign-in-required');
  // Somebody who has the password only would leave the driver without the own phone.
  if (deviceId === undefined && (await deps.phonesOf(driverId)).length > 0) return refused('unknown-device');
  const kept = await deps.effects.keepPhone(driverId, deviceId);
  if (kept.status === 'refused') return kept;
  const answer = await commitChange(deps, async () => {
    const world = openCase === undefined ? undefined : await readWorld(deps, openCase);
    if (world?.case.state !== 'securing') return { status: 'nothing' as const };
    const { case: before, standing, now } = world;
    const event = { at: now, what: 'case.secured', by: 'driver' };
    const after: Case = {
      ...moved(before, 'secure', event),
      todo: [...before.todo, { step: 'friction-off' }, { step: 'signal' }],
    };
    const { openCase: _, ...rest } = standing;
    return {
      status: 'secured' as const,
      change: {
        cases: [{ before, after }],
        standing: {
          before: standing,
          after: { ...rest, decidedAt: now, helpedAt: [...standing.helpedAt, now] },
        },
        notices: [],
        seen: [],
        audit: [audited(after, event)],
      },
    };
  });
  if (answer.status === 'refused') return answer;
  if (answer.status === 'nothing' || openCase === undefined)
    return { status: 'recovered', removed: kept.removed };
  await wake(deps, openCase);
  return { status: 'recovered', removed: kept.removed, caseId: openCase };
};
