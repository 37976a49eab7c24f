import { type AccountLog, logSpanMs, withEvents } from '../activity/account-log.ts';
import { compareEvents, type LoggedEvent } from '../activity/logged-event.ts';
import { evidenceOf } from '../features/evidence.ts';
import type { GraphFacts } from '../graph/graph-facts.ts';
import { isEligible, nextLookAfter } from '../model/looks.ts';
import type { AccountState, Chunk } from './accounts-store.ts';
import type { Detectors } from './detectors.ts';
import { type LookAt, type Looked, lookAt } from './look.ts';

const hourMs = 3_600_000;
/** Events arrive late: a look waits so long for what happened before it. */
export const allowanceMs = hourMs;
/** The clock of whoever wrote an event may be ahead by so much; what is further ahead is not believed. */
const aheadMs = 60_000;

export interface Walk {
  state: AccountState;
  looks: { at: number; looked: Looked }[];
  /** Chunks of which nothing is needed any more. The others hold what happened after a look that is not done yet. */
  merged: Chunk[];
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

/** What happened after a look has no part in it. */
const split = (events: readonly LoggedEvent[], at: number): [LoggedEvent[], LoggedEvent[]] => [
  events.filter((event) => event.at <= at),
  events.filter((event) => event.at > at),
];

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
  chunks: readonly Chunk[],
): Promise<Walk> => {
  const { detectors, now, isSampled } = deps;
  const all = chunks.flatMap(({ log }) => log.events.flat()).sort(compareEvents);
  let [rest] = split(all, now + aheadMs);
  const first = before.monthStart ?? rest[0]?.at;
  if (first === undefined) return { state: before, looks: [], merged: [...chunks] };
  let { log, paths } = before;
  let [monthStart, lookedAt] = [first, before.lookedAt ?? first];
  let due = nextLookAfter(monthStart, lookedAt);
  const looks: Walk['looks'] = [];
  const mergeUntil = (at: number) => {
    const [past, later] = split(rest, at);
    [log, rest] = [withEvents(log, past), later];
  };
  for (; due.at + allowanceMs <= now; due = nextLookAfter(monthStart, lookedAt)) {
    mergeUntil(due.at);
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
  mergeUntil(due.at);
  const waits = new Set(rest.map(({ id }) => id));
  return {
    state: { ...before, log, monthStart, lookedAt, paths },
    looks,
    merged: chunks.filter((chunk) => !chunk.log.events.flat().some(({ id }) => waits.has(id))),
    ...((waits.size > 0 || log.newestAt > due.at - logSpanMs) && { nextAt: due.at }),
  };
};
