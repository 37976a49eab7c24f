import type { ActivityEvent } from '#contract/activity.ts';
import { monthRange } from './monthly.ts';

/**
 * What became of every claim of a month, each in exactly one class. docs/figures.md says why each is counted as it is;
 * what is in doubt is not a stopped bot attempt.
 */
export type ClaimClass =
  /** Stopped: a puzzle was asked for, and none was answered rightly within its ten minutes. */
  | 'not-passed'
  /** Stopped: refused by friction or a removal, and a person confirmed that a program claims for the account. */
  | 'refused-confirmed'
  /** A puzzle was asked for, and the account answered one in time, or got the block: nothing was stopped. */
  | 'passed'
  /** The archive ends before the ten minutes do, or it does not say which offer it was. */
  | 'undecided'
  /** Refused by friction or a removal, and nobody confirmed anything. */
  | 'refused-unconfirmed'
  /** Refused for what is no suspicion: hours, overlaps, an offer that was not open. */
  | 'refused-otherwise'
  | 'won'
  /** Somebody else was first. */
  | 'lost'
  | 'expired'
  | 'unknown';

export interface StoppedReport {
  month: string;
  /** Of what is counted: it changes whenever a class does. */
  definition: 1;
  /** Claims of the month, each once. */
  claims: number;
  /** They add up to `claims`. */
  classes: Readonly<Record<ClaimClass, number>>;
  /** Bot attempts stopped: `not-passed` and `refused-confirmed`. */
  stopped: number;
  /** Of those, by accounts of which a person confirmed it; none where no accounts were told. */
  stoppedOfConfirmed: number | null;
  /** Claims that went through while proof of a phone was only measured and was missing, by what was missing. */
  wouldHaveBeenRefused: Readonly<Record<string, number>>;
  /** Requests of all kinds that were refused because no phone was proven, by what was missing: no claims, as far as is known. */
  unprovenRequests: Readonly<Record<string, number>>;
}

export interface StoppedOptions {
  month: string;
  /** Accounts under their names in the archive of which a person confirmed that a program claims. */
  confirmed?: ReadonlySet<string>;
  /** Lifetime of a challenge: `challenge.holds.challengeSeconds` of the stage. */
  challengeMs?: number;
}

/** Takes events in any order, also copies, and those of the day after the month. Some 300 bytes for each claim. */
export interface StoppedCount {
  add(event: ActivityEvent): void;
  report(): StoppedReport;
}

const defaultChallengeMs = 600_000;
/** Refusals that friction or a removal makes; a puzzle that is asked for is looked at by itself. */
const byFriction: ReadonlySet<string> = new Set(['slow-down', 'clearance-invalid', 'account-restricted']);
/** An app that has no nonce yet is told one and asks again: that is how it works, and nobody is missing anything. */
const ordinary = 'nonce';
const classes: readonly ClaimClass[] = [
  'not-passed',
  'refused-confirmed',
  'passed',
  'undecided',
  'refused-unconfirmed',
  'refused-otherwise',
  'won',
  'lost',
  'expired',
  'unknown',
];
const classOfOutcome = { won: 'won', ok: 'won', lost: 'lost', expired: 'expired', error: 'unknown' } as const;

/**
 * By what an account shows that it passed: a right answer, also the first of two and also for another offer, because a
 * pass covers others; or that it got the very block, be it by the word of a person.
 */
const passOf = ({ route, outcome, accountId, offerId }: ActivityEvent): string | undefined => {
  if (route === 'challenge' && outcome === 'ok') return accountId;
  return route === 'offers.claim' && (outcome === 'won' || outcome === 'ok')
    ? `${accountId} ${offerId}`
    : undefined;
};

const tally = () => new Map<string, number>();
const note = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
const noteTime = (times: Map<string, number[]>, name: string, at: number) => {
  const known = times.get(name);
  if (known) known.push(at);
  else times.set(name, [at]);
};
const inOrder = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));

/** The one query behind "bot attempts stopped". The same events give the same report. */
export const countStopped = ({
  month,
  confirmed,
  challengeMs = defaultChallengeMs,
}: StoppedOptions): StoppedCount => {
  const { from, until } = monthRange(month);
  const seen = new Set<string>();
  const counts = tally();
  const measured = tally();
  const unproven = tally();
  const asked: { accountId: string; offerId: string; at: number; isConfirmed: boolean }[] = [];
  const passes = new Map<string, number[]>();
  let end = 0;

  const takeClaim = (event: ActivityEvent) => {
    const { accountId, offerId, outcome, reason, ts } = event;
    const isConfirmed = confirmed?.has(accountId) ?? false;
    if (outcome !== 'denied') {
      note(counts, outcome ? classOfOutcome[outcome] : 'unknown');
      if ((outcome === 'won' || outcome === 'ok') && reason && reason !== ordinary) note(measured, reason);
    } else if (reason === 'challenge-required') {
      if (offerId) asked.push({ accountId, offerId, at: ts, isConfirmed });
      else note(counts, 'undecided');
    } else if (reason && byFriction.has(reason))
      note(counts, isConfirmed ? 'refused-confirmed' : 'refused-unconfirmed');
    else note(counts, 'refused-otherwise');
  };

  return {
    add: (event) => {
      const { eventId, route, ts, outcome, reason } = event;
      const isLooked = route === 'offers.claim' || route === 'challenge' || route === 'device';
      end = Math.max(end, ts);
      if (!isLooked || ts < from || ts >= until + challengeMs || seen.has(eventId)) return;
      seen.add(eventId);
      const pass = passOf(event);
      if (pass) noteTime(passes, pass, ts);
      if (ts >= until) return;
      if (route === 'offers.claim') takeClaim(event);
      if (route === 'device' && outcome === 'denied' && reason !== ordinary)
        note(unproven, reason ?? 'not told');
    },

    report: () => {
      const all = new Map(counts);
      let ofConfirmed = all.get('refused-confirmed') ?? 0;
      for (const { accountId, offerId, at, isConfirmed } of asked) {
        const isPassed = [accountId, `${accountId} ${offerId}`].some((pass) =>
          passes.get(pass)?.some((ts) => ts >= at && ts <= at + challengeMs),
        );
        const found = isPassed ? 'passed' : end >= at + challengeMs ? 'not-passed' : 'undecided';
        note(all, found);
        if (found === 'not-passed' && isConfirmed) ofConfirmed += 1;
      }
      const byClass = Object.fromEntries(classes.map((name) => [name, all.get(name) ?? 0]));
      return {
        month,
        definition: 1,
        claims: Object.values(byClass).reduce((sum, count) => sum + count, 0),
        classes: byClass as Record<ClaimClass, number>,
        stopped: (all.get('not-passed') ?? 0) + (all.get('refused-confirmed') ?? 0),
        stoppedOfConfirmed: confirmed ? ofConfirmed : null,
        wouldHaveBeenRefused: inOrder(measured),
        unprovenRequests: inOrder(unproven),
      };
    },
  };
};
