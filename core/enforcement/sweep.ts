import { jurisdictionOf } from '#contract/jurisdiction.ts';
import { advanceCase } from './advance-case.ts';
import type { EnforcementDeps } from './enforcement-deps.ts';
import { sweepLeaving } from './leave.ts';
import { nextDue } from './rules/clocks.ts';

export interface Swept {
  advanced: number;
  failed: number;
  /** Cases that wait for a person and whose clock runs out soon, by the profile’s lead. */
  near: number;
  /** Those whose clock ran out. */
  overdue: number;
}

const mostAtOnce = 200;
/** As many as fit into the sweeper’s minutes. */
const mostPages = 5;
const hourMs = 3_600_000;

/** How many wait for people, and how urgently: nobody finds out about a clock by its breach. */
const watchClocks = async (deps: EnforcementDeps): Promise<Pick<Swept, 'near' | 'overdue'>> => {
  const { cases: waiting } = await deps.cases.list('waiting', undefined, mostAtOnce);
  const now = deps.now();
  const left = waiting.map((one) => {
    const due = (one.appeal === 'open' ? one.answerBy : nextDue(one)) ?? Number.POSITIVE_INFINITY;
    return { until: due - now, lead: jurisdictionOf(one.jurisdiction).clocks.alarmLeadHours * hourMs };
  });
  return {
    near: left.filter(({ until, lead }) => until > 0 && until <= lead).length,
    overdue: left.filter(({ until }) => until <= 0).length,
  };
};

/** Whatever is due, however it came that nobody did it: a timer that was late or lost, a process that was killed. */
export const sweep = async (outer: EnforcementDeps): Promise<Swept> => {
  const tally = { advanced: 0, failed: 0 };
  const deps: EnforcementDeps = {
    ...outer,
    onFailed: (what, error) => {
      tally.failed += 1;
      outer.onFailed(what, error);
    },
  };
  const attempt = async (what: 'case' | 'leaving', work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      tally.advanced += 1;
    } catch (error) {
      deps.onFailed(what, error);
    }
  };
  // Whatever fails goes to the end: nothing that is due hides behind it.
  const until = deps.now();
  for (let page = 0; page < mostPages; page += 1) {
    const { caseIds, leaving } = await deps.cases.due(until, mostAtOnce);
    for (const caseId of caseIds) await attempt('case', () => advanceCase(deps, caseId));
    for (const driverId of leaving) await attempt('leaving', () => sweepLeaving(deps, driverId));
    if (caseIds.length + leaving.length < mostAtOnce) break;
  }
  return { ...tally, ...(await watchClocks(deps)) };
};
