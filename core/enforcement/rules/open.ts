import type { CaseKind, EvidenceItem } from '#contract/enforcement.ts';
import { type Case, type Standing, strikesThatCount } from '../case.ts';
import { audited, type Change, caseIdOf, inDays, moved } from '../change.ts';
import { isOver } from '../transitions.ts';
import { noticeOf, telling, type World } from './world.ts';

/** Something that was found about an account, with what it rests on. */
export interface Found {
  kind: CaseKind;
  evidenceId: string;
  release: string;
  item: EvidenceItem;
  /** The last of what was looked at, in milliseconds since the epoch. */
  until: number;
  /** `machine`, or the person who opened it by hand. */
  by: string;
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

const eventOf = ({ by }: Found, what: string, at: number) => ({ at, what, by });

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
    audit: [audited(after, event, { evidence: found.evidenceId })],
  };
};

/** The latest warning that counts, if what was found reaches beyond it. */
const repeated = ({ standing, now }: OpenWorld, { until }: Found) =>
  strikesThatCount(standing, now)
    .filter(({ givenAt }) => until > givenAt)
    .at(-1);

const born = (world: OpenWorld, found: Found): Case => {
  const { standing, now, clocks, jurisdiction, stationId } = world;
  const isVictim = found.kind === 'credentials-shared' && standing.helpedAt.length === 0;
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
      ...(isVictim ? [{ step: 'end-sessions' } as const] : []),
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
    ...(isVictim && { helpedAt: [...standing.helpedAt, now] }),
  };
  return {
    cases: [{ after }, ...(repeats ? [repeats] : [])],
    standing: { before: standing, after: nextStanding },
    notices: notice ? [notice] : [],
    seen: [found.evidenceId],
    audit: [
      audited(after, eventOf(found, 'case.opened', now), { evidence: found.evidenceId }),
      ...(repeats ? [audited(repeats.after, event)] : []),
    ],
  };
};

const signalled = ({ todo }: Case): Case['todo'] => [...todo, { step: 'signal' }];

/** What becomes of a finding: a case, more evidence for the one that is open, or nothing. Nobody is restricted by it. */
export const open = (world: OpenWorld, found: Found): OpenOutcome => {
  const { standing, openCase } = world;
  if (standing.state !== 'active') return { status: 'late' };
  if (openCase && !isOver(openCase.state))
    return { status: 'added', caseId: openCase.caseId, change: added(world, openCase, found) };
  // A person who opens a case by hand has seen what was decided before.
  if (found.by === 'machine' && found.until <= (standing.decidedAt ?? 0)) return { status: 'late' };
  const change = opened(world, found);
  return { status: 'opened', caseId: caseIdOf(found.evidenceId), change };
};
