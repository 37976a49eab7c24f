import type { AccountLog } from '../activity/account-log.ts';
import { type LoggedEvent, routes } from '../activity/logged-event.ts';
import { daysOf, eventsWithin, findingOf, type Rule } from './rule.ts';

/** What the account did to offers that no person can see: asked to see them, or claimed them. */
export const canaryTouched = (log: AccountLog, canaries: ReadonlySet<number>): LoggedEvent[] =>
  [routes.view, routes.claim].flatMap((route) =>
    (log.events[route] ?? []).filter(({ offer }) => offer !== 0 && canaries.has(offer)),
  );

/**
 * Who claims what is not shown reads more than the screen. Two offers at least: a link that is passed on, or an offer
 * that was shown after all, is one.
 */
export const canary: Rule = {
  id: 'canary',
  version: 1,
  words: 'Offers were touched that no person can see',
  find: (log, at, { canaries }) => {
    if (!canaries || canaries.size === 0) return undefined;
    const within = new Set(eventsWithin(log, at, [routes.view, routes.claim]));
    const touched = canaryTouched(log, canaries).filter((event) => within.has(event));
    const offers = new Set(touched.map(({ offer }) => offer)).size;
    return findingOf(
      [
        {
          code: 'canary.touched',
          words: 'Offers that no person can see, asked for or claimed',
          count: offers,
          leastCount: 2,
          days: daysOf(touched, at),
          leastDays: 1,
        },
      ],
      { offers, events: touched.length },
    );
  },
};
