import type { CaseKind, EvidenceItem } from '#contract/enforcement.ts';
import { type Case, type CaseEvent, type Standing, strikesThatCount } from '../case.ts';
import {
  audited,
  type Change,
  caseIdOf,
  inDays,
  missedClocks,
  moved,
  sha256Of,
  withoutAppeal,
} from '../change.ts';
import { type Activity, isEnoughAfter } from '../evidence/after.ts';
import { isOver, may } from '../transitions.ts';
import { noticeOf, telling, type World } from './world.ts';

/** Something that was found about an account, with what it rests on. */
export interface Found {
  kind: CaseKind;
  evidenceId: string;
  release: string;
  item: EvidenceItem;
  /** The last of what was looked at, in milliseconds since the epoch. */
  until: number;
  /** What the account did after a time, where the record of the finding is there to tell. */
  after?: (since: number) => Activity;
  /** `machine`, or the person who opened it by hand, and why. */
  by: string;
  rationale?: string;
}

export interface OpenWorld extends Omit<World, 'case'> {
  /** Of the station that the driver worked at last. */
  jurisdiction: string;
  stationId?: string;
  /** The case that collects what is found now. */
  openCase?: Case;
  /** The case of the latest warning that counts. */
  warnedCase?: Case;
}

export type OpenOutcome =
  | { status: 'opened' | 'added'; caseId: string; change: Change }
  /** Found before a person last decided, or of an account that is gone: it changes nothing. */
  | { status: 'late' };

/** More of the same adds nothing that a person could use. */
export const mostEvidence = 20;

const eventOf = ({ by, rationale }: Found, what: string, at: number): CaseEvent => ({
  at,
  what,
  by,
  ...(rationale !== undefined && { rationale }),
});
const factsOf = ({ evidenceId, rationale }: Found) => ({
  evidence: evidenceId,
  ...(rationale !== undefined && { rationaleSha256: sha256Of(rationale) }),
});

/** Whether the finding is about what was done after a time, not about what was known then. */
const reachesBeyond = ({ until, after }: Found, since: number): boolean =>
  until > since && (after === undefined || isEnoughAfter(after(since)));

/** Help comes first until the driver has taken the account back once; what a person opens waits for that person. */
const isFirstTheft = ({ kind, by }: Found, { helpedAt }: Standing): boolean =>
  kind === 'credentials-shared' && by === 'machine' && helpedAt.length === 0;

const added = (world: OpenWorld, openCase: Case, found: Found): Change => {
  const event = eventOf(found, 'case.added', world.now);
  const room = openCase.evidence.length < mostEvidence;
  const after: Case = {
    ...openCase,
    findings: [...openCase.findings, { evidenceId: found.evidenceId, release: found.release }].slice(
      0,
      mostEvidence,
    ),
    evidence: room ? [...openCase.evidence, found.item] : openCase.evidence,
    events: room ? [...openCase.events, event] : openCase.events,
  };
  return {
    cases: [{ before: openCase, after }],
    standing: { before: world.standing, after: world.standing },
    notices: [],
    seen: [found.evidenceId],
    audit: [audited(after, event, factsOf(found))],
  };
};

/** The latest warning that counts, if what was found reaches beyond it. */
const repeated = ({ standing, now }: OpenWorld, found: Found) =>
  strikesThatCount(standing, now)
    .filter(({ givenAt }) => reachesBeyond(found, givenAt))
    .at(-1);

const born = (world: OpenWorld, found: Found): Case => {
  const { standing, now, clocks, jurisdiction, stationId } = world;
  const isVictim = isFirstTheft(found, standing);
  const prior = repeated(world, found);
  const stateDueAt = inDays(now, isVictim ? clocks.securingDays : clocks.reviewDays);
  return {
    caseId: caseIdOf(found.evidenceId),
    driverId: standing.driverId,
    kind: found.kind,
    state: isVictim ? 'securing' : 'review',
    appeal: 'none',
    version: 0,
    jurisdiction,
    ...(stationId && { stationId }),
    openedAt: now,
    openedBy: found.by,
    findings: [{ evidenceId: found.evidenceId, release: found.release }],
    evidence: [found.item],
    ...(prior && { restsOn: prior.caseId }),
    stateDueAt,
    missed: [],
    deciders: [],
    events: [eventOf(found, 'case.opened', now)],
    todo: [
      { step: 'start-workflow' },
      ...(isVictim ? [{ step: 'end-sessions', at: now } as const] : []),
      // A day more than the clock, so that a late clock leaves no gap.
      { step: 'friction-on', until: inDays(stateDueAt, 1) },
    ],
    notices: [],
    released: [],
  };
};

const opened = (world: OpenWorld, found: Found): Change => {
  const { standing, now, warnedCase } = world;
  const fresh = born(world, found);
  const isVictim = fresh.state === 'securing';
  const notice = isVictim && noticeOf({ ...world, case: fresh }, 'secure-account', { cited: [found.item] });
  const after = notice ? telling(fresh, notice) : fresh;
  const event = { at: now, what: 'case.repeated', by: 'machine' };
  // What was observed has happened: the earlier case ends here, its warning stays until it expires.
  const repeats =
    warnedCase?.caseId === fresh.restsOn && warnedCase?.state === 'observing'
      ? { before: warnedCase, after: { ...moved(warnedCase, 'repeat', event), todo: signalled(warnedCase) } }
      : undefined;
  const nextStanding: Standing = {
    ...standing,
    openCase: fresh.caseId,
    cases: [...standing.cases, fresh.caseId],
  };
  return {
    cases: [{ after }, ...(repeats ? [repeats] : [])],
    standing: { before: standing, after: nextStanding },
    notices: notice ? [notice] : [],
    seen: [found.evidenceId],
    audit: [
      audited(after, eventOf(found, 'case.opened', now), factsOf(found)),
      ...(repeats ? [audited(repeats.after, event)] : []),
    ],
  };
};

/** While it was looked at who did it, somebody else turns out to have had the account: nobody decides before its driver is helped. */
const helped = (world: OpenWorld, openCase: Case, found: Found): Change => {
  const { now, clocks } = world;
  const more = added(world, openCase, found);
  const collected = more.cases[0]?.after ?? openCase;
  const event = { at: now, what: 'case.helped', by: 'machine' };
  const here = { ...world, case: openCase };
  const notices = [
    noticeOf(here, 'secure-account', { cited: [found.item] }),
    ...(openCase.state === 'notice' ? [noticeOf(here, 'removal-cancelled')] : []),
  ];
  const stateDueAt = inDays(now, clocks.securingDays);
  const after: Case = {
    ...withoutAppeal(moved(collected, 'help', event)),
    stateDueAt,
    todo: [
      ...openCase.todo,
      { step: 'end-sessions', at: now },
      { step: 'friction-on', until: inDays(stateDueAt, 1) },
      { step: 'signal' },
    ],
  };
  return {
    ...more,
    cases: [{ before: openCase, after: notices.reduce(telling, after) }],
    notices,
    audit: [...more.audit, audited(after, event), ...missedClocks(openCase, after, now)],
  };
};

const signalled = ({ todo }: Case): Case['todo'] => [...todo, { step: 'signal' }];

/** What becomes of a finding: a case, more evidence for the one that is open, or nothing. Nobody is restricted by it. */
export const open = (world: OpenWorld, found: Found): OpenOutcome => {
  const { standing, openCase } = world;
  if (standing.state !== 'active') return { status: 'late' };
  if (openCase && !isOver(openCase.state)) {
    const change =
      may('help', openCase.state) && isFirstTheft(found, standing)
        ? helped(world, openCase, found)
        : added(world, openCase, found);
    return { status: 'added', caseId: openCase.caseId, change };
  }
  // A person who opens a case by hand has seen what was decided before; help is never too late.
  const isLate = found.by === 'machine' && !reachesBeyond(found, standing.decidedAt ?? 0);
  if (isLate && !isFirstTheft(found, standing)) return { status: 'late' };
  const change = opened(world, found);
  return { status: 'opened', caseId: caseIdOf(found.evidenceId), change };
};
