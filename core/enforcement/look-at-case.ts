import type { AuditEvent } from '#core/evidence/audit/chain.ts';
import type { Case, Notice, Standing } from './case.ts';
import { commitChange } from './commit-change.ts';
import type { EnforcementDeps } from './enforcement-deps.ts';

/** A person who looks. */
interface Reader {
  reader: string;
}

const readBy = (at: number, reader: string, action: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  at,
  actor: { kind: 'person', id: reader },
  action,
  facts: {},
  ...more,
});

/** Everything about a case, for a person who has to decide. That it was looked at is written down before anything is shown. */
export const lookAtCase = async (
  deps: EnforcementDeps,
  { caseId, reader }: Reader & { caseId: string },
): Promise<{ case: Case; standing: Standing; notices: Notice[] } | undefined> => {
  const answer = await commitChange(deps, async () => {
    const before = await deps.cases.read(caseId);
    if (!before) return { status: 'gone' as const };
    const { driverId, state } = before;
    const { unreadSince, ...read } = before;
    const audit = [readBy(deps.now(), reader, 'case.read', { caseId, driverId, facts: { state } })];
    return {
      status: 'read' as const,
      one: before,
      change: {
        // What the driver wrote has a reader now.
        cases: unreadSince === undefined ? [] : [{ before, after: read }],
        notices: [],
        seen: [],
        audit,
      },
    };
  });
  if (answer.status === 'gone') return undefined;
  if (answer.status === 'refused') throw new Error('others write this case all the time');
  const { one } = answer;
  const { driverId } = one;
  const [standing, notices] = await Promise.all([
    deps.cases.standing(driverId),
    deps.cases.notices(driverId),
  ]);
  return { case: one, standing, notices };
};

/** That somebody read the list of cases, or the audit itself. */
export const noteReading = async (
  deps: EnforcementDeps,
  { reader, what }: Reader & { what: 'cases.listed' | 'audit.read' },
): Promise<void> => deps.audit.append(deps, [readBy(deps.now(), reader, what)]);
