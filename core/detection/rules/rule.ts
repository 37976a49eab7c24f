import { type AccountLog, logSpanMs } from '../activity/account-log.ts';
import type { LoggedEvent } from '../activity/logged-event.ts';

export interface RuleReason {
  /** Stable: `<rule>.<what>`. */
  code: string;
  /** In plain words, as "<words>: <value>". */
  words: string;
  value: number;
}

export interface RuleFinding {
  /** How many times its least count was met, on the clearest of its grounds: 1 and above. */
  strength: number;
  /** Every count that it looked at, also those that did not matter: whoever reviews sees what spoke against it. */
  facts: Readonly<Record<string, number>>;
  /** One for each ground that holds; never none. */
  reasons: readonly RuleReason[];
}

/** What a log does not say. Everything may be missing: a rule that needs it finds nothing then. */
export interface RuleContext {
  /** Start of the block of an offer, by the offer's hash. Milliseconds since the epoch. */
  startsAt?: ReadonlyMap<number, number>;
  /** Where stations are, by the station's hash. Degrees. */
  stations?: ReadonlyMap<number, { latitude: number; longitude: number }>;
  /** Offers that no person can see, by hash. */
  canaries?: ReadonlySet<number>;
}

/**
 * A rule beside the model: looks at the 30 days before `at`, finds nothing on little evidence or without data, and
 * explains itself with counts. Released like a model: see `release.ts`.
 */
export interface Rule {
  readonly id: string;
  /** Goes up with every change of what it finds: precision is that of a version. */
  readonly version: number;
  readonly words: string;
  find(log: AccountLog, at: number, context: RuleContext): RuleFinding | undefined;
}

/** One thing that a rule counts, on so many different days. */
export interface Ground {
  code: string;
  words: string;
  count: number;
  leastCount: number;
  days: number;
  leastDays: number;
}

/** A finding out of the grounds that hold; nothing, if none does. */
export const findingOf = (
  grounds: readonly Ground[],
  facts: Readonly<Record<string, number>>,
): RuleFinding | undefined => {
  const holding = grounds.filter(
    ({ count, leastCount, days, leastDays }) => count >= leastCount && days >= leastDays,
  );
  if (holding.length === 0) return undefined;
  return {
    strength: Math.max(...holding.map(({ count, leastCount }) => count / leastCount)),
    facts,
    reasons: holding.map(({ code, words, count }) => ({ code, words, value: count })),
  };
};

/** The log's events of these routes in the 30 days that end with `at`, in order. */
export const eventsWithin = (log: AccountLog, at: number, wanted: readonly number[]): LoggedEvent[] =>
  wanted
    .flatMap((route) => log.events[route] ?? [])
    .filter((event) => event.at <= at && event.at > at - logSpanMs)
    .sort((a, b) => a.at - b.at || a.id - b.id);

const dayMs = 86_400_000;

/** On how many days before `at` something happened, each 24 hours long: no time zone has a part in it. */
export const daysOf = (events: readonly { at: number }[], at: number): number =>
  new Set(events.map((event) => Math.floor((at - event.at) / dayMs))).size;
