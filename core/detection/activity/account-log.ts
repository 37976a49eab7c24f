import { activityRoutes, compareEvents, type LoggedEvent, routes } from './logged-event.ts';
import { emptySlots, slotOf, withSlots } from './slots.ts';

/**
 * What is kept of an account: of each route its latest events of 30 days, and in which quarters of an hour anything
 * happened. "The latest n of a union" does not depend on the order or the number of deliveries, so any order, any
 * duplicates and any division into batches give the same log, and it never grows beyond its limits (3,072 events).
 * Copies are told by the event's identifier within its route, also when their times differ.
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

/**
 * Each event once: of its copies the earliest, then the smallest, since a clock or a retry may give a copy another time
 * and none of them may count twice. `events` ascend and are of one route.
 */
export const earliestCopies = (events: readonly LoggedEvent[]): readonly LoggedEvent[] => {
  const seen = new Set<number>();
  for (const { id } of events) seen.add(id);
  if (seen.size === events.length) return events;
  // Deleted when it is met, so that only the first copy is still there.
  return events.filter(({ id }) => seen.delete(id));
};

/** Two ascending lists as one. What comes later than everything kept is only appended. */
const merged = (kept: readonly LoggedEvent[], added: readonly LoggedEvent[]): LoggedEvent[] => {
  const [first] = added;
  let index = kept.length;
  while (index > 0 && first !== undefined && compareEvents(kept[index - 1] as LoggedEvent, first) > 0)
    index -= 1;
  const all = kept.slice(0, index);
  for (const event of added) {
    for (; index < kept.length; index += 1) {
      const next = kept[index] as LoggedEvent;
      if (compareEvents(next, event) > 0) break;
      all.push(next);
    }
    all.push(event);
  }
  for (; index < kept.length; index += 1) all.push(kept[index] as LoggedEvent);
  return all;
};

interface Union {
  readonly events: readonly LoggedEvent[];
  /** Of what was added, what is new; perhaps with some that was there. */
  readonly news: readonly LoggedEvent[];
  /** Whether a kept event has given way to an earlier copy. */
  readonly isCorrected: boolean;
}

const union = (kept: readonly LoggedEvent[], added: readonly LoggedEvent[]): Union => {
  const news = earliestCopies(added);
  if (news.length === 0) return { events: kept, news, isCorrected: false };
  const ids = new Set(news.map(({ id }) => id));
  const again = kept.filter(({ id }) => ids.has(id));
  const all = merged(kept, news);
  if (again.length === 0) return { events: all, news, isCorrected: false };
  const events = earliestCopies(all);
  const stayed = new Set(events);
  return {
    events,
    news: news.filter((event) => stayed.has(event)),
    isCorrected: again.some((event) => !stayed.has(event)),
  };
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

const newestOf = (lists: readonly (readonly LoggedEvent[])[]): number => {
  let newest = Number.NEGATIVE_INFINITY;
  for (const list of lists) newest = Math.max(newest, list.at(-1)?.at ?? newest);
  return newest;
};

/**
 * Quarters with what is new. A copy that gave way takes its quarter with it, as far as the log still holds all that the
 * quarters were made from.
 */
const slotsOf = (log: AccountLog, unions: readonly Union[], newestAt: number): Uint8Array => {
  const isWhole = unions.every(({ events }, route) => events.length < capOf(route));
  const isMadeAgain = isWhole && unions.some(({ isCorrected }) => isCorrected);
  return isMadeAgain
    ? withSlots(
        emptySlots,
        Number.NEGATIVE_INFINITY,
        slotOf(newestAt),
        unions.flatMap(({ events }) => events),
      )
    : withSlots(
        log.slots,
        slotOf(log.newestAt),
        slotOf(newestAt),
        unions.flatMap(({ news }) => news),
      );
};

/**
 * The log with these events too; `log` stays as it was. An event's time rules what is still kept, so whoever takes
 * events from outside refuses those of the future.
 */
export const withEvents = (log: AccountLog, events: readonly LoggedEvent[]): AccountLog => {
  if (events.length === 0) return log;
  const added = byRoute(events);
  const unions = log.events.map((kept, route) => union(kept, added[route] ?? []));
  const newestAt = newestOf(unions.map((one) => one.events));
  const oldestAt = newestAt - logSpanMs;
  return {
    events: unions.map((one, route) => trimmed(one.events, route, oldestAt)),
    newestAt,
    slots: slotsOf(log, unions, newestAt),
  };
};

/** How many events are kept. */
export const eventCount = (log: AccountLog): number =>
  log.events.reduce((sum, events) => sum + events.length, 0);
