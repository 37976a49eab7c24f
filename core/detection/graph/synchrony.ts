import type { Member, Ties } from './company.ts';
import { atOnceMs, type Contest, type Crowd, crowdOf, togetherMs } from './crowd.ts';
import { atLeast } from './tail.ts';

/** Two accounts that claim together more than people do. */
export interface SynchronyEdge {
  a: number;
  b: number;
  /** -log10 of the p corrected for every pair that could have been found. */
  strength: number;
}

/** Less is never evidence: two strangers meet at a few offers by chance. */
const leastTogether = 5;
/** Claims of one drop hang together; of a pair's claims within so many milliseconds only the first offer counts. */
const oneDropMs = 600_000;
/** Quick people who are together may be at once as often as this, whatever the crowd does. */
const leastAtOnceChance = 0.5;
/** Smallest p that is told. */
const leastP = 1e-300;

/** Offers of at least two accounts. */
const contestsOf = (members: readonly Member[]): Map<number, Contest> => {
  const seenAt = new Map<number, number>();
  const claims = new Map<number, { account: number; at: number }[]>();
  members.forEach((member, account) => {
    for (const [offer, at] of member.seen) seenAt.set(offer, Math.min(at, seenAt.get(offer) ?? at));
    for (const [offer, at] of member.claims) {
      const known = claims.get(offer);
      if (known) known.push({ account, at });
      else claims.set(offer, [{ account, at }]);
    }
  });
  const contests = new Map<number, Contest>();
  for (const [offer, claimed] of claims) {
    if (claimed.length < 2) continue;
    claimed.sort((one, other) => one.at - other.at || one.account - other.account);
    contests.set(offer, {
      offer,
      seenAt: seenAt.get(offer) as number,
      accounts: claimed.map(({ account }) => account),
      at: claimed.map(({ at }) => at),
    });
  }
  return contests;
};

/** Of an offer with more claimants so many are compared, drawn by a hash: at most 19,900 pairs an offer. */
const mostClaimants = 200;
const drawnBy = (account: number, offer: number) =>
  Math.imul(Math.imul(account + 1, 0x9e3779b1) ^ offer, 0x85ebca6b) >>> 0;

const sampled = ({
  offer,
  accounts,
  at,
}: Contest): { accounts: readonly number[]; at: readonly number[] } => {
  if (accounts.length <= mostClaimants) return { accounts, at };
  const drawn = accounts
    .map((account, index) => ({ index, lot: drawnBy(account, offer) }))
    .sort((one, other) => one.lot - other.lot)
    .slice(0, mostClaimants)
    .map(({ index }) => index)
    .sort((one, other) => one - other);
  return {
    accounts: drawn.map((index) => accounts[index] as number),
    at: drawn.map((index) => at[index] as number),
  };
};

/** Counters of pairs that share one by chance: 4 MB, whatever the number of pairs. */
const counters = 2 ** 22;

/** Pairs that claimed together at least `leastTogether` times, as `a * accounts + b` with a < b. */
const togetherOften = (contests: Iterable<Contest>, accounts: number): Set<number> => {
  const drawn = [...contests].map(sampled);
  const eachTogether = (visit: (pair: number, counter: number) => void) => {
    for (const { accounts: who, at } of drawn) {
      let first = 0;
      for (let later = 1; later < at.length; later += 1) {
        while ((at[later] as number) - (at[first] as number) > togetherMs) first += 1;
        for (let earlier = first; earlier < later; earlier += 1) {
          const [one, other] = [who[earlier] as number, who[later] as number];
          const pair = one < other ? one * accounts + other : other * accounts + one;
          visit(pair, (Math.imul(one + other, 0x9e3779b1) ^ Math.imul(one * other, 0x85ebca6b)) >>> 10);
        }
      }
    }
  };
  const counts = new Uint8Array(counters);
  eachTogether((_, counter) => {
    if ((counts[counter] as number) < leastTogether) counts[counter] = (counts[counter] as number) + 1;
  });
  const often = new Set<number>();
  eachTogether((pair, counter) => {
    if ((counts[counter] as number) >= leastTogether) often.add(pair);
  });
  return often;
};

/** An offer that both claimed: how far apart, and how long after it was first seen. Milliseconds. */
interface Meeting {
  offer: number;
  at: number;
  gap: number;
  delayA: number;
  delayB: number;
}

const meetingsOf = (a: Member, b: Member, contests: ReadonlyMap<number, Contest>): Meeting[] => {
  const meetings: Meeting[] = [];
  for (const [offer, atA] of a.claims) {
    const atB = b.claims.get(offer);
    const contest = contests.get(offer);
    if (atB === undefined || contest === undefined) continue;
    const delays = { delayA: atA - contest.seenAt, delayB: atB - contest.seenAt };
    meetings.push({ offer, at: Math.min(atA, atB), gap: Math.abs(atA - atB), ...delays });
  }
  meetings.sort((one, other) => one.at - other.at || one.offer - other.offer);
  let last = Number.NEGATIVE_INFINITY;
  return meetings.filter(({ at }) => {
    if (at - last < oneDropMs) return false;
    last = at;
    return true;
  });
};

/**
 * Chance that these two are together on an offer because each has the delays that it has: those of one are compared
 * with those of the other on other offers. Two quick people meet often, and that is not synchrony.
 */
const byHabit = (meetings: readonly Meeting[]): number => {
  let alike = 0;
  for (const one of meetings) {
    for (const other of meetings) {
      if (one !== other && Math.abs(one.delayA - other.delayB) <= togetherMs) alike += 1;
    }
  }
  return (alike + 2) / (meetings.length * (meetings.length - 1) + 4);
};

/** The smaller p of two tests, doubled: together beyond crowd and habit, or at once beyond being together. */
const pairP = (meetings: readonly Meeting[], crowd: Crowd): number => {
  const isTogether = ({ gap }: Meeting) => gap <= togetherMs;
  const together = meetings.filter(isTogether);
  if (together.length < leastTogether) return 1;
  const habit = byHabit(meetings);
  const chances = meetings.map((meeting) =>
    Math.max(habit, crowd.together(meeting.offer, isTogether(meeting))),
  );
  const chancesAtOnce = together.map(({ offer }) => Math.max(leastAtOnceChance, crowd.atOnce(offer)));
  const atOnce = together.filter(({ gap }) => gap <= atOnceMs);
  return 2 * Math.min(atLeast(together.length, chances), atLeast(atOnce.length, chancesAtOnce));
};

/**
 * Pairs whose corrected p is at most `alpha`. Corrected after Bonferroni for all pairs that share an offer, listed or
 * not; pairs tied by identifiers share half of alpha by the weight of their ties (weighted Bonferroni), so that a tie
 * makes a pair easier to find, and none is found by a tie alone.
 */
export const synchronyEdges = (members: readonly Member[], ties: Ties, alpha: number): SynchronyEdge[] => {
  const contests = contestsOf(members);
  const crowd = crowdOf(contests);
  const sharing = [...contests.values()].reduce((sum, { at }) => sum + (at.length * (at.length - 1)) / 2, 0);
  const pairs = Math.min((members.length * (members.length - 1)) / 2, sharing);
  const edges: SynchronyEdge[] = [];
  for (const pair of togetherOften(contests.values(), members.length)) {
    const [a, b] = [Math.floor(pair / members.length), pair % members.length];
    const p = pairP(meetingsOf(members[a] as Member, members[b] as Member, contests), crowd);
    if (2 * p > alpha) continue;
    const tie = ties.weightOf(a, b);
    const corrected = 2 * p * Math.min(pairs, tie > 0 ? ties.totalWeight / tie : Number.POSITIVE_INFINITY);
    if (corrected <= alpha) edges.push({ a, b, strength: -Math.log10(Math.max(corrected, leastP)) });
  }
  return edges;
};
