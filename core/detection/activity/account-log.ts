import { activityRoutes, compareEvents, type LoggedEvent, routes } from './logged-event.ts';
import { emptySlots, slotOf, withSlots } from './slots.ts';

/**
 * What is kept of an account: of each route its latest events of 30 days, and in which quarters of an hour anything
 * happened. "The latest n of a union" does not depend on the order or the number of deliveries, so any order, any
 * duplicates and any division into batches give the same log, and it never grows beyond its limits (3,072 events).
 */
export interface AccountLog {
  /** By index into `activityRoutes`, each ascending by `compareEvents`, each event once. */
  readonly events: readonly (readonly LoggedEvent[])[];
  /** Time of the newest event; -Infinity in an empty log. */
  readonly newestAt: number;
  /** See `slots.ts`. */
  readonly slots: Uint8Array;
}

export const logSpanMs = 30 * 86_400_000;

const othersCap = 128;
const caps: ReadonlyMap<number, number> = new Map([
  [routes.list, 1_024],
  [routes.view, 256],
  [routes.claim, 512],
  [routes.pointer, 512],
]);

/** How many events of a route are kept. */
export const capOf = (route: number): number => caps.get(route) ?? othersCap;

const empty: AccountLog = {
  events: activityRoutes.map(() => []),
  newestAt: Number.NEGATIVE_INFINITY,
  slots: emptySlots,
};
export const emptyLog = (): AccountLog => empty;

const isSame = (a: LoggedEvent, b: LoggedEvent) => a.at === b.at && a.id === b.id;

/** Appends in order; of two deliveries of an event the greater stays. */
const push = (events: LoggedEvent[], event: LoggedEvent): void => {
  const last = events.at(-1);
  if (last !== undefined && isSame(last, event)) events[events.length - 1] = event;
  else events.push(event);
};

/** Union of two ascending lists. What comes later than everything kept is only appended. */
const union = (kept: readonly LoggedEvent[], added: readonly LoggedEvent[]): LoggedEvent[] => {
  const [first] = added;
  let index = kept.length;
  while (index > 0 && first !== undefined && compareEvents(kept[index - 1] as LoggedEvent, first) > 0)
    index -= 1;
  const merged = kept.slice(0, index);
  for (const event of added) {
    for (; index < kept.length; index += 1) {
      const next = kept[index] as LoggedEvent;
      if (compareEvents(next, event) > 0) break;
      push(merged, next);
    }
    push(merged, event);
  }
  for (; index < kept.length; index += 1) push(merged, kept[index] as LoggedEvent);
  return merged;
};

/** The latest that the route's cap allows, after `oldestAt`. */
const trimmed = (events: readonly LoggedEvent[], route: number, oldestAt: number): readonly LoggedEvent[] => {
  let start = Math.max(0, events.length - capOf(route));
  while (start < events.length && (events[start] as LoggedEvent).at <= oldestAt) start += 1;
  return start === 0 ? events : events.slice(start);
};

const isAscending = (events: readonly LoggedEvent[]): boolean => {
  for (let index = 1; index < events.length; index += 1)
    if (compareEvents(events[index - 1] as LoggedEvent, events[index] as LoggedEvent) > 0) return false;
  return true;
};

const byRoute = (events: readonly LoggedEvent[]): LoggedEvent[][] => {
  const lists: LoggedEvent[][] = activityRoutes.map(() => []);
  for (const event of events) lists[event.route]?.push(event);
  return lists.map((list) => (isAscending(list) ? list : list.sort(compareEvents)));
};

/**
 * The log with these events too; `log` stays as it was. An event's time rules what is still kept, so whoever takes
 * events from outside refuses those of the future.
 */
export const withEvents = (log: AccountLog, events: readonly LoggedEvent[]): AccountLog => {
  if (events.length === 0) return log;
  let { newestAt } = log;
  for (const { at } of events) if (at > newestAt) newestAt = at;
  const oldestAt = newestAt - logSpanMs;
  const added = byRoute(events);
  return {
    events: log.events.map((kept, route) => {
      const news = added[route] ?? [];
      return trimmed(news.length === 0 ? kept : union(kept, news), route, oldestAt);
    }),
    newestAt,
    slots: withSlots(log.slots, slotOf(log.newestAt), slotOf(newestAt), events),
  };
};

/** How many events are kept. */
export const eventCount = (log: AccountLog): number =>
  log.events.reduce((sum, events) => sum + events.length, 0);
