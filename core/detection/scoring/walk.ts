import { type AccountLog, emptyLog, logSpanMs } from '../activity/account-log.ts';
import { evidenceOf } from '../features/evidence.ts';
import type { GraphFacts } from '../graph/graph-facts.ts';
import { isEligible, nextLookAfter } from '../model/looks.ts';
import type { AccountState } from './accounts-store.ts';
import type { Detectors } from './detectors.ts';
import { type LookAt, type Looked, lookAt } from './look.ts';
import { firstIn, type ReadChunks, sortChunks, withPart } from './sort-chunks.ts';

const hourMs = 3_600_000;
/** Events arrive late: a look waits so long for what happened before it. */
export const allowanceMs = hourMs;
/** The clock of whoever wrote an event may be ahead by so much; what is further ahead is not believed. */
const aheadMs = 60_000;

export interface Walk {
  state: AccountState;
  looks: { at: number; looked: Looked }[];
  /** `sk` of the chunks of which nothing is needed any more. The others hold what happened after a look that is not done yet. */
  merged: readonly string[];
  /** When the account is to be looked at next; absent for who did nothing for so long. */
  nextAt?: number;
}

export interface WalkDeps {
  detectors: Detectors;
  now: number;
  /** Whether people look at this account-month whatever comes out. */
  isSampled: (monthStart: number) => boolean;
  companyOf: (log: AccountLog) => Promise<GraphFacts>;
}

/** The looks that are to be done now, and the one after them. */
const looksFrom = (monthStart: number, lookedAt: number, now: number) => {
  let next = nextLookAfter(monthStart, lookedAt);
  const looks: (typeof next)[] = [];
  for (; next.at + allowanceMs <= now; next = nextLookAfter(next.monthStart, next.at)) looks.push(next);
  return { looks, next };
};

/** Asked of who can be judged: a look that abstains reads nothing of others. */
const graphAt = async (
  { detectors, companyOf }: WalkDeps,
  log: AccountLog,
  at: number,
): Promise<Pick<LookAt, 'graph'>> =>
  detectors.models.length > 0 && isEligible(evidenceOf(log, at)) ? { graph: await companyOf(log) } : {};

/**
 * Brings a log forward and looks where it is time, each look on what had happened by then: whoever computes it from the
 * same events at any other time sees the same, but for the account's company, which is that of now. What happened after
 * the next look waits for it.
 */
export const walk = async (
  deps: WalkDeps,
  accountKey: string,
  before: AccountState,
  readChunks: ReadChunks,
): Promise<Walk> => {
  const { detectors, now, isSampled } = deps;
  const latest = now + aheadMs;
  const { first = before.monthStart, read = [] } =
    before.monthStart === undefined ? await firstIn(readChunks, latest) : {};
  if (first === undefined) return { state: before, looks: [], merged: read };
  const { looks: dues, next } = looksFrom(first, before.lookedAt ?? first, now);
  const edges = [...dues, next].map(({ at }) => at);
  const { parts, merged, isWaiting } = await sortChunks(readChunks, edges, latest);
  let { log, paths } = before;
  let [monthStart, lookedAt] = [first, before.lookedAt ?? first];
  const looks: Walk['looks'] = [];
  for (const [index, due] of dues.entries()) {
    log = withPart(log, parts[index] ?? emptyLog());
    if (due.monthStart !== monthStart) paths = {};
    [monthStart, lookedAt] = [due.monthStart, due.at];
    // Who did nothing for a month is not looked at.
    if (log.newestAt <= due.at - logSpanMs) continue;
    const isLast = nextLookAfter(monthStart, lookedAt).monthStart !== monthStart;
    const graph = await graphAt(deps, log, lookedAt);
    const look = { accountKey, log, at: lookedAt, monthStart, paths, ...graph };
    const looked = lookAt(look, detectors, isLast && isSampled(monthStart));
    paths = looked.paths;
    looks.push({ at: lookedAt, looked });
  }
  log = withPart(log, parts.at(-1) ?? emptyLog());
  return {
    state: { ...before, log, monthStart, lookedAt, paths },
    looks,
    merged,
    ...((isWaiting || log.newestAt > next.at - logSpanMs) && { nextAt: next.at }),
  };
};
