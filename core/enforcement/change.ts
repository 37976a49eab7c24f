import { createHash } from 'node:crypto';
import type { AuditEvent } from '#core/evidence/audit/chain.ts';
import type { Case, CaseEvent, Notice, Standing } from './case.ts';
import { type CaseMove, caseTransitions, may } from './transitions.ts';

/** What one transaction writes: computed by rules that know nothing of tables, on the condition that nothing moved meanwhile. */
export interface Change {
  cases: readonly { before?: Case; after: Case }[];
  /** Left out where nothing rests on it. */
  standing?: { before: Standing; after: Standing };
  notices: readonly Notice[];
  /** A driver who leaves is found by the sweeper until everything is done. */
  leaving?: { driverId: string; leftAt: number; is: 'begun' | 'done' | 'over' };
  /** Findings that are in a case from now on: each once, ever. */
  seen: readonly string[];
  audit: readonly AuditEvent[];
}

const idOf = (...parts: readonly (string | number)[]): string =>
  createHash('sha256').update(parts.join('|')).digest().subarray(0, 16).toString('base64url');

/** The same for the same first finding, so that an event that comes twice opens one case. */
export const caseIdOf = (evidenceId: string): string => idOf('case', evidenceId);
export const noticeIdOf = (caseId: string, version: number, kind: string): string =>
  idOf('notice', caseId, version, kind);

/** What stands in the audit for a text that only the case holds. */
export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The case after a move: the table decides, and a rule that asks for anything else is a bug. */
export const moved = (before: Case, move: CaseMove, event: CaseEvent): Case => {
  if (!may(move, before.state)) throw new Error(`a case in ${before.state} cannot ${move}`);
  const { stateDueAt: _, ...kept } = before;
  return { ...kept, state: caseTransitions[move].to, events: [...before.events, event] };
};

const dayMs = 86_400_000;
export const inDays = (now: number, days: number): number => now + days * dayMs;

/** The case of a decision that is no more: nobody is left to answer its appeal. */
export const withoutAppeal = ({ answerBy: _, ...one }: Case): Case => ({
  ...one,
  appeal: one.appeal === 'open' ? 'none' : one.appeal,
});

const clockOf: Partial<Record<Case['state'], string>> = { review: 'review', proposed: 'approval' };

/** Clocks of people that had run out before this change ended them: whoever ends them, and however late. */
export const missedClocks = (before: Case, after: Case, at: number): AuditEvent[] => {
  const isOver = (due?: number) => due !== undefined && due <= at;
  const clock = clockOf[before.state];
  const missed = [
    ...(clock && after.state !== before.state && isOver(before.stateDueAt) ? [clock] : []),
    ...(before.appeal === 'open' &&
    after.appeal !== 'open' &&
    isOver(before.answerBy) &&
    !before.missed.includes('answer')
      ? ['answer']
      : []),
  ];
  return missed.map((name) => missedClock(after, name, at));
};

export const missedClock = (one: Case, clock: string, at: number): AuditEvent =>
  audited(one, { at, what: 'clock.missed', by: 'machine' }, { clock });

/** The audit’s line for what happened to a case. */
export const audited = (
  { caseId, driverId, kind, state, jurisdiction }: Case,
  { at, what, by }: CaseEvent,
  facts: AuditEvent['facts'] = {},
): AuditEvent => ({
  at,
  actor: {
    kind: by === 'machine' || by === 'driver' ? by : 'person',
    id: by === 'driver' ? driverId : by,
  },
  action: what,
  caseId,
  driverId,
  facts: { kind, state, jurisdiction, ...facts },
});
