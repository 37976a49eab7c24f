import type { DecisionAction, EvidenceItem, ReasonCode } from '#contract/enforcement.ts';
import type { Jurisdiction } from '#contract/jurisdiction.ts';
import { type Case, type CaseEvent, type Standing, type Step, soundStrikes } from '../case.ts';
import { audited, type Change, inDays, missedClocks, moved, sha256Of } from '../change.ts';
import { isEnforceable, leadsToRemoval, reasonCodesFor, strikeDaysOf } from '../law/reasons.ts';
import { may, moveOf } from '../transitions.ts';
import { answerAppeal } from './answer-appeal.ts';
import { noticeOf, telling, type World } from './world.ts';

/** What a person says. There is no way to make one without a name, a rationale and, where it restricts, a ground. */
export interface Command {
  action: DecisionAction;
  reasonCode?: ReasonCode | undefined;
  rationale: string;
  /** `itemId`s of what is relied on; all that the driver may see when left out. */
  evidence?: readonly string[] | undefined;
  reviewer: { accountId: string; groups: readonly string[] };
}

export type DecisionRefusal =
  | 'forbidden'
  | 'four-eyes'
  | 'same-reviewer'
  | 'wrong-state'
  | 'warning-required'
  | 'reason-required'
  | 'reason-not-enforceable'
  | 'evidence-insufficient'
  | 'evidence-not-visible';

export type Decided = { status: 'decided'; change: Change } | { status: 'refused'; code: DecisionRefusal };

export interface DecisionWorld extends World {
  jurisdiction: Jurisdiction;
  /** Cases whose ground is the warning of this one. */
  dependents: readonly Case[];
  /** Blocks of the driver that have not begun. */
  bookedBlocks: number;
}

const refused = (code: DecisionRefusal) => ({ status: 'refused', code }) as const;

/** Which group may say what; another person’s part in it is looked at later. */
const groupsFor: Record<DecisionAction, readonly string[]> = {
  dismiss: ['analyst', 'approver'],
  warn: ['analyst'],
  'propose-offboarding': ['analyst'],
  'approve-offboarding': ['approver'],
  uphold: ['analyst', 'approver'],
  overturn: ['analyst', 'approver'],
};

export const eventOf = (
  { action, reasonCode, rationale, reviewer }: Command,
  now: number,
  more: Partial<CaseEvent> = {},
): CaseEvent => ({
  at: now,
  what: `decision.${action in moveOf ? moveOf[action as keyof typeof moveOf] : action}`,
  by: reviewer.accountId,
  action,
  ...(reasonCode && { reasonCode }),
  rationale,
  ...more,
});

export const label = (
  { findings }: Case,
  verdict: 'confirmed' | 'dismissed',
  { reviewer, rationale }: Command,
  at: number,
): Step[] =>
  findings.length > 0 ? [{ step: 'label', verdict, reviewer: reviewer.accountId, rationale, at }] : [];

/** One case changes, with the standing of its driver. */
export const changeOf = (
  world: World,
  after: Case,
  standing: Standing,
  event: CaseEvent,
  notices: Change['notices'] = [],
  facts: Record<string, string> = {},
): Change => {
  const { reasonCode, rationale, noticeId } = event;
  return {
    cases: [{ before: world.case, after }],
    standing: { before: world.standing, after: standing },
    notices,
    seen: [],
    audit: [
      audited(after, event, {
        ...(reasonCode && { reasonCode }),
        ...(rationale && { rationaleSha256: sha256Of(rationale) }),
        ...(noticeId && { noticeId }),
        ...facts,
      }),
      ...missedClocks(world.case, after, world.now),
    ],
  };
};

/** The case collects no more: what is found later opens another one, and what was found before opens none. */
export const collectsNoMore = ({ case: { caseId }, standing, now }: World): Standing => {
  const { openCase, ...kept } = standing;
  return { ...kept, ...(openCase && openCase !== caseId && { openCase }), decidedAt: now };
};

const dismissed = (world: DecisionWorld, command: Command): Change => {
  const { case: before, now } = world;
  const event = eventOf(command, now);
  const after = moved(before, 'dismiss', event);
  const todo: Step[] = [
    { step: 'friction-off' },
    ...label(before, 'dismissed', command, now),
    { step: 'signal' },
  ];
  return changeOf(world, { ...after, todo: [...before.todo, ...todo] }, collectsNoMore(world), event);
};

/** What a ground rests on here, or what is wrong with it. */
const citedFor = (
  world: DecisionWorld,
  { reasonCode, evidence }: Command,
): { cited: EvidenceItem[]; reasonCode: ReasonCode } | ReturnType<typeof refused> => {
  const { case: one, standing, jurisdiction, now } = world;
  if (!reasonCode) return refused('reason-required');
  const named = evidence?.map((id) => one.evidence.find(({ itemId }) => itemId === id));
  if (named?.includes(undefined)) return refused('evidence-insufficient');
  const cited = named ? named.filter((item) => item !== undefined) : one.evidence.filter(isVisible);
  if (!cited.every(isVisible)) return refused('evidence-not-visible');
  if (!isEnforceable(reasonCode, jurisdiction, now)) return refused('reason-not-enforceable');
  // The first time is help, never a strike.
  if (reasonCode === 'shared-credentials' && standing.helpedAt.length === 0)
    return refused('reason-not-enforceable');
  return reasonCodesFor(one.kind, cited, jurisdiction, now).includes(reasonCode)
    ? { cited, reasonCode }
    : refused('evidence-insufficient');
};
const isVisible = ({ visibility }: EvidenceItem) => visibility === 'driver';

const warned = (world: DecisionWorld, command: Command): Decided => {
  const { case: before, standing, now, clocks } = world;
  const ground = citedFor(world, command);
  if ('status' in ground) return ground;
  const { cited, reasonCode } = ground;
  const appealUntil = inDays(now, clocks.challengeDays);
  const expiresAt = inDays(now, strikeDaysOf(reasonCode, clocks));
  const by = command.reviewer.accountId;
  const notice = noticeOf(world, 'warning', { reasonCode, cited, reviewers: [by], appealUntil, expiresAt });
  const { noticeId } = notice;
  const event = eventOf(command, now, { reasonCode, cited: cited.map(({ itemId }) => itemId), noticeId });
  const after: Case = {
    ...moved(before, 'warn', event),
    stateDueAt: inDays(now, clocks.observationDays),
    appealUntil,
    deciders: [...before.deciders, by],
    todo: [
      ...before.todo,
      { step: 'friction-off' },
      ...label(before, 'confirmed', command, now),
      { step: 'signal' },
    ],
  };
  const strikes = [
    ...standing.strikes,
    { caseId: before.caseId, noticeId, reasonCode, givenAt: now, expiresAt },
  ];
  const change = changeOf(world, telling(after, notice), { ...collectsNoMore(world), strikes }, event, [
    notice,
  ]);
  return { status: 'decided', change };
};

const proposed = (world: DecisionWorld, command: Command): Decided => {
  const { case: before, standing, now, clocks } = world;
  const ground = citedFor(world, command);
  if ('status' in ground) return ground;
  const { cited, reasonCode } = ground;
  if (!leadsToRemoval(reasonCode)) return refused('reason-not-enforceable');
  const prior = soundStrikes(standing, now).at(-1);
  if (!prior || prior.caseId === before.caseId) return refused('warning-required');
  const event = eventOf(command, now, { reasonCode, cited: cited.map(({ itemId }) => itemId) });
  const stateDueAt = inDays(now, clocks.approvalDays);
  const after: Case = {
    ...moved(before, 'propose', event),
    restsOn: prior.caseId,
    stateDueAt,
    deciders: [...before.deciders, command.reviewer.accountId],
    todo: [...before.todo, { step: 'friction-on', until: inDays(stateDueAt, 1) }, { step: 'signal' }],
  };
  return { status: 'decided', change: changeOf(world, after, standing, event) };
};

const approved = (world: DecisionWorld, command: Command): Decided => {
  const { case: before, standing, now, clocks } = world;
  const by = command.reviewer.accountId;
  if (before.deciders.includes(by)) return refused('four-eyes');
  if (!soundStrikes(standing, now).some(({ caseId }) => caseId === before.restsOn))
    return refused('warning-required');
  const proposal = before.events.findLast(({ action }) => action === 'propose-offboarding');
  if (!proposal?.reasonCode) throw new Error('a proposal without a ground');
  const { reasonCode } = proposal;
  const cited = before.evidence.filter(({ itemId }) => proposal.cited?.includes(itemId));
  const effectiveAt = inDays(now, clocks.noticeDays);
  const appealUntil = inDays(effectiveAt, clocks.challengeDays);
  const reviewers = [proposal.by, by];
  const notice = noticeOf(world, 'removal-planned', {
    ...(world.bookedBlocks > 0 && { bookedBlocks: world.bookedBlocks }),
    reasonCode,
    cited,
    reviewers,
    effectiveAt,
    appealUntil,
  });
  const event = { ...eventOf(command, now), reasonCode, noticeId: notice.noticeId };
  const after: Case = {
    ...moved(before, 'approve', event),
    stateDueAt: effectiveAt,
    appealUntil,
    deciders: [...before.deciders, by],
    todo: [
      ...before.todo,
      { step: 'friction-on', until: inDays(effectiveAt, 1) },
      ...label(before, 'confirmed', command, now),
      { step: 'signal' },
    ],
  };
  const told = telling(after, notice);
  return {
    status: 'decided',
    change: changeOf(world, told, { ...standing, decidedAt: now }, event, [notice]),
  };
};

/** What a person’s decision changes, or why it may not be. */
export const decide = (world: DecisionWorld, command: Command): Decided => {
  const { action, reviewer } = command;
  if (!groupsFor[action].some((group) => reviewer.groups.includes(group))) return refused('forbidden');
  if (action === 'uphold' || action === 'overturn') return answerAppeal(world, { ...command, action });
  if (!may(moveOf[action], world.case.state)) return refused('wrong-state');
  if (action === 'warn') return warned(world, command);
  if (action === 'propose-offboarding') return proposed(world, command);
  if (action === 'approve-offboarding') return approved(world, command);
  return { status: 'decided', change: dismissed(world, command) };
};
