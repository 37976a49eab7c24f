import { auditPauseMs } from '#core/evidence/audit/audit-store.ts';
import type { Change } from './change.ts';
import type { EnforcementDeps } from './enforcement-deps.ts';

/** The chain of the audit is one item that everybody writes: a change meets others more often than elsewhere. */
const mostTries = 24;

/** Whether a write without an answer is there: its event stands in the case. */
const isWritten = async ({ cases }: Pick<EnforcementDeps, 'cases'>, change: Change): Promise<boolean> => {
  const [first] = change.cases;
  const event = first?.after.events.at(-1);
  // Without an event of its own nothing tells it from another write.
  if (!first || !event || first.after.events.length === (first.before?.events.length ?? 0)) return false;
  const one = await cases.read(first.after.caseId);
  return (
    one !== undefined &&
    one.version > (first.before?.version ?? 0) &&
    one.events.some(({ at, what, by }) => at === event.at && what === event.what && by === event.by)
  );
};

/**
 * Computes a change from what is there now and writes it; the same again from what is there then, when something moved in
 * between. What `compute` gives without a change is the answer.
 */
export const commitChange = async <Answer extends object>(
  deps: Pick<EnforcementDeps, 'cases' | 'audit' | 'now' | 'random' | 'sleep' | 'onClockMissed'>,
  compute: () => Promise<Answer & { change?: Change }>,
): Promise<(Answer & { change?: Change }) | { status: 'refused'; code: 'try-again' }> => {
  let unanswered: (Answer & { change?: Change }) | undefined;
  for (let attempt = 1; attempt <= mostTries; attempt += 1) {
    if (unanswered?.change && (await isWritten(deps, unanswered.change))) return unanswered;
    // The head before the rest: whoever moves it later makes this write fail.
    const head = await deps.audit.head();
    const answer = await compute();
    if (!answer.change) return answer;
    const written = await deps.cases.commit(answer.change, head);
    if (written.status === 'done') {
      for (const { action, caseId = '' } of answer.change.audit)
        if (action === 'clock.missed') deps.onClockMissed(caseId);
      return answer;
    }
    // It may be there, or come yet: then what it was made from is no more, and no later try can be.
    if (written.status === 'unanswered') unanswered = answer;
    if (attempt < mostTries) await deps.sleep(auditPauseMs(attempt, deps.random));
  }
  return { status: 'refused', code: 'try-again' };
};
