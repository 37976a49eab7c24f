import { type AccountLog, capOf, logSpanMs } from '../activity/account-log.ts';
import type { LoggedEvent } from '../activity/logged-event.ts';
import type { GraphFacts } from '../graph/graph-facts.ts';

/** What is known of the market, not of the account. */
export interface Market {
  /** Pay at the nine inner deciles, minor units, ascending. */
  readonly valueEdges: readonly number[];
  readonly graph?: GraphFacts;
}

/** An account as it was at one moment: nothing later is seen. */
export interface Look {
  readonly at: number;
  readonly log: AccountLog;
  /** By route, the events of the 30 days that end at `at`. */
  readonly events: readonly (readonly LoggedEvent[])[];
  /** Resolution of the clock that told the times: 1 ms, or the largest of a few that divides all of them. */
  readonly clockMs: number;
  readonly market: Market;
  /** Events of all routes by time; at the same time in the order of the routes. Put together when first asked for. */
  readonly timeline: () => readonly LoggedEvent[];
}

/** Of the windows beside the whole 30 days. */
export const windows = { '1h': 3_600_000, '24h': 86_400_000, '7d': 7 * 86_400_000 } as const;
export type Window = keyof typeof windows;
export const windowNames = Object.keys(windows) as readonly Window[];

/** Index of the first event after `at`. */
export const firstAfter = (events: readonly LoggedEvent[], at: number): number => {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle] as LoggedEvent).at <= at) low = middle + 1;
    else high = middle;
  }
  return low;
};

const within = (events: readonly LoggedEvent[], after: number, until: number): readonly LoggedEvent[] => {
  const start = firstAfter(events, after);
  const end = firstAfter(events, until);
  return start === 0 && end === events.length ? events : events.slice(start, end);
};

/** Times are differences from a midnight, so that a multiple of a quarter of an hour changes nothing here either. */
const clocks = [60_000, 1_000, 100, 10];
const divides = (clock: number, events: readonly (readonly LoggedEvent[])[]): boolean => {
  for (const ofRoute of events) for (const { at } of ofRoute) if (at % clock !== 0) return false;
  return true;
};

const merged = (events: readonly (readonly LoggedEvent[])[]): readonly LoggedEvent[] => {
  const lists = events.filter(({ length }) => length > 0);
  const heads = new Int32Array(lists.length);
  const headAt = Float64Array.from(lists, ([first]) => (first as LoggedEvent).at);
  const all = new Array<LoggedEvent>(lists.reduce((sum, { length }) => sum + length, 0));
  for (let count = 0; count < all.length; count += 1) {
    let earliest = 0;
    for (let list = 1; list < headAt.length; list += 1)
      if ((headAt[list] as number) < (headAt[earliest] as number)) earliest = list;
    const list = lists[earliest] as readonly LoggedEvent[];
    const head = heads[earliest] as number;
    all[count] = list[head] as LoggedEvent;
    heads[earliest] = head + 1;
    headAt[earliest] = list[head + 1]?.at ?? Number.POSITIVE_INFINITY;
  }
  return all;
};

export const lookAt = (log: AccountLog, at: number, market: Market): Look => {
  const until = Math.floor(at);
  const events = log.events.map((ofRoute) => within(ofRoute, until - logSpanMs, until));
  let timeline: readonly LoggedEvent[] | undefined;
  return {
    at: until,
    log,
    events,
    clockMs: clocks.find((clock) => divides(clock, events)) ?? 1,
    market,
    timeline: () => {
      timeline ??= merged(events);
      return timeline;
    },
  };
};

export const ofRoute = (look: Look, route: number): readonly LoggedEvent[] => look.events[route] ?? [];

/** How many events of a route the last `ms` hold. */
export const countWithin = (look: Look, route: number, ms: number): number => {
  const events = ofRoute(look, route);
  return events.length - firstAfter(events, look.at - ms);
};

/** From when on everything of these routes is still kept: what is missing before may only have been forgotten. */
export const wholeSince = (look: Look, ...routes: readonly number[]): number => {
  let since = Number.NEGATIVE_INFINITY;
  for (const route of routes) {
    const kept = look.log.events[route] ?? [];
    if (kept.length >= capOf(route)) since = Math.max(since, (kept[0] as LoggedEvent).at);
  }
  return since;
};
