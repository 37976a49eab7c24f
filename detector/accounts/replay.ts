import { type AccountLog, emptyLog, logSpanMs, withEvents } from '#core/detection/activity/account-log.ts';
import { setOf } from '#core/detection/activity/groups.ts';
import type { LoggedEvent } from '#core/detection/activity/logged-event.ts';
import { catalogue, featuresOf } from '#core/detection/features/catalogue.ts';
import { type Evidence, evidenceOf } from '#core/detection/features/evidence.ts';
import type { GraphFacts } from '#core/detection/graph/graph-facts.ts';
import { isEligible, monthMs, nextLookAfter } from '#core/detection/model/looks.ts';

/** What features are measured against. */
export interface Market {
  readonly valueEdges: readonly number[];
}

/** Every eligible look and the last one; or a few that stand for the account in training. */
export type Which = 'all' | 'chosen';

/** Looks with fewer events teach nothing. */
const leastTaught = 30;

export const headWidth = 5;
export const rowWidth = catalogue.length;

/** Looks as numbers: month, time, events, active days and groups of each; and its features in the catalogue's order. */
export interface Replayed {
  readonly heads: Float64Array;
  readonly rows: Float64Array;
}

interface Seen {
  readonly month: number;
  readonly at: number;
  readonly evidence: Evidence;
  readonly log: AccountLog;
}

/** The account as it was at each of its looks, the last of them at its last event. Events ascend. */
const walk = (events: readonly LoggedEvent[]): readonly Seen[] => {
  const seen: Seen[] = [];
  const [first, last] = [events[0], events.at(-1)];
  if (!first || !last) return seen;
  let log = emptyLog();
  let look = nextLookAfter(first.at, first.at);
  for (let taken = 0; taken < events.length; ) {
    const at = Math.min(look.at, last.at);
    let until = taken;
    while (until < events.length && (events[until] as LoggedEvent).at <= at) until += 1;
    log = withEvents(log, events.slice(taken, until));
    taken = until;
    const month = Math.round((look.monthStart - first.at) / monthMs);
    seen.push({ month, at, evidence: evidenceOf(log, at), log });
    const next = nextLookAfter(look.monthStart, look.at);
    const event = events[taken];
    // Nobody looks through years of silence: the log is empty there.
    const isSilent = event !== undefined && event.at - logSpanMs > next.at;
    look = isSilent ? nextLookAfter(look.monthStart, event.at - 1) : next;
  }
  return seen;
};

/** The first, the middle and the last eligible look: young accounts are taught as well as old ones. */
const choose = (seen: readonly Seen[]): readonly Seen[] => {
  const eligible = seen.filter(({ evidence }) => isEligible(evidence));
  const places = new Set([0, (eligible.length - 1) >> 1, eligible.length - 1]);
  if (eligible.length > 0) return eligible.filter((_, at) => places.has(at));
  return seen.slice(-1).filter(({ evidence }) => evidence.events >= leastTaught);
};

const everyLook = (seen: readonly Seen[]): readonly Seen[] =>
  seen.filter(({ evidence }, at) => isEligible(evidence) || at === seen.length - 1);

/** Replays an account as serving sees it: the same log, the same features, at the same times. */
export const replay = (
  events: readonly LoggedEvent[],
  which: Which,
  market: Market,
  graph: GraphFacts | undefined,
): Replayed => {
  const seen = walk(events);
  const wanted = which === 'all' ? everyLook(seen) : choose(seen);
  const heads = new Float64Array(wanted.length * headWidth);
  const rows = new Float64Array(wanted.length * rowWidth);
  for (const [at, look] of wanted.entries()) {
    const { events: count, activeDays, groups } = look.evidence;
    heads.set([look.month, look.at, count, activeDays, setOf(groups)], at * headWidth);
    rows.set(featuresOf(look.log, look.at, graph ? { ...market, graph } : market), at * rowWidth);
  }
  return { heads, rows };
};
