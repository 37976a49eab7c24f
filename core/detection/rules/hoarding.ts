import { type LoggedEvent, outcomes, routes } from '../activity/logged-event.ts';
import { daysOf, eventsWithin, findingOf, type Rule } from './rule.ts';

/** A block given back later than so long before its start hardly finds another driver. */
const lateMs = 4 * 3_600_000;
/** Claimed again this soon after it was given back: it was never meant to be free. */
const soonMs = 30 * 60_000;
/** Plans change; that most of them do, or a quarter at the last moment, is no life but a practice. */
const mostReleased = 0.5;
const mostLate = 0.25;
/** Shares of less say little. */
const leastWon = 20;

const isWon = ({ outcome }: LoggedEvent) => outcome === outcomes.won || outcome === outcomes.ok;
const isDone = ({ outcome }: LoggedEvent) => outcome === outcomes.ok || outcome === outcomes.unknown;

/** Each offer's latest winning claim before each release of it. */
const heldBlocks = (events: readonly LoggedEvent[]) => {
  const heldSince = new Map<number, number>();
  const releasedAt = new Map<number, number>();
  const released: { at: number; offer: number; heldMs: number }[] = [];
  const again: { at: number; offer: number }[] = [];
  for (const { route, offer, at } of events) {
    if (route === routes.claim) {
      const before = releasedAt.get(offer);
      if (before !== undefined && at - before <= soonMs) again.push({ at, offer });
      releasedAt.delete(offer);
      heldSince.set(offer, at);
      continue;
    }
    const since = heldSince.get(offer);
    if (since === undefined) continue;
    heldSince.delete(offer);
    releasedAt.set(offer, at);
    released.push({ at, offer, heldMs: at - since });
  }
  return { released, again };
};

/** Blocks taken to keep them from others: given back late, given back mostly, or given back and taken again. */
export const hoarding: Rule = {
  id: 'hoarding',
  version: 1,
  words: 'Blocks are claimed and given back again and again',
  find: (log, at, { startsAt }) => {
    const claims = eventsWithin(log, at, [routes.claim]).filter((event) => event.offer !== 0 && isWon(event));
    const releases = eventsWithin(log, at, [routes.release]).filter(
      (event) => event.offer !== 0 && isDone(event),
    );
    const events = [...claims, ...releases].sort((a, b) => a.at - b.at || a.route - b.route);
    const { released, again } = heldBlocks(events);
    const late = released.filter((release) => {
      const start = startsAt?.get(release.offer);
      return start !== undefined && release.at <= start && start - release.at < lateMs;
    });
    const isOver = (count: number, share: number) =>
      claims.length >= leastWon && count > share * claims.length;
    return findingOf(
      [
        {
          code: 'hoarding.late',
          words:
            'Blocks that were given back less than four hours before their start, more than a quarter of those won',
          count: isOver(late.length, mostLate) ? late.length : 0,
          leastCount: 8,
          days: daysOf(late, at),
          leastDays: 4,
        },
        {
          code: 'hoarding.again',
          words: 'Blocks that were given back and claimed again within half an hour',
          count: again.length,
          leastCount: 6,
          days: daysOf(again, at),
          leastDays: 3,
        },
        {
          code: 'hoarding.most',
          words: 'Blocks that were given back, more than half of those won',
          count: isOver(released.length, mostReleased) ? released.length : 0,
          leastCount: 30,
          days: daysOf(released, at),
          leastDays: 7,
        },
      ],
      { won: claims.length, released: released.length, late: late.length, again: again.length },
    );
  },
};
