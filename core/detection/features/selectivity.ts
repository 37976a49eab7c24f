import { type LoggedEvent, outcomes, routes } from '../activity/logged-event.ts';
import { countWithin, firstAfter, type Look, ofRoute, wholeSince, windowNames, windows } from './look.ts';
import { measured } from './measured.ts';
import { leastClaims, quantile, smoothedShare } from './statistics.ts';

/** Claims answer what was looked at so shortly before. */
const comparedWithinMs = 60_000;
const reclaimWithinMs = 60_000;
/** Nobody decides on two offers so fast. */
const burstMs = 2_000;
const leastReleases = 3;
const leastViews = 10;

const capacity = 512;
const ranks = new Float64Array(capacity);

/** Share of the market's deciles that pay less: 0 the worst, 1 the best; NaN when pay or market are not known. */
const rankOf = (value: number, edges: readonly number[]): number => {
  if (Number.isNaN(value) || edges.length === 0) return Number.NaN;
  let below = 0;
  while (below < edges.length && (edges[below] as number) < value) below += 1;
  return below / edges.length;
};

/** Fills `ranks` with what is known; returns how many. */
const gatherRanks = (events: readonly LoggedEvent[], edges: readonly number[]): number => {
  let n = 0;
  for (const { value } of events) {
    const rank = rankOf(value, edges);
    if (Number.isNaN(rank)) continue;
    ranks[n] = rank;
    n += 1;
  }
  return n;
};

const meanRank = (n: number): number => {
  let sum = 0;
  for (let index = 0; index < n; index += 1) sum += ranks[index] as number;
  return sum / n;
};

const binary = (share: number): number =>
  share <= 0 || share >= 1 ? 0 : -share * Math.log2(share) - (1 - share) * Math.log2(1 - share);

const claimedBy = new Uint32Array(64);
const viewedBy = new Uint32Array(64);

/**
 * What an offer's decile leaves open about whether a viewed offer is claimed, as a share of what is open without it: a
 * rule "from so much on" leaves nothing, a person most of it.
 */
const decisionEntropy = (look: Look): number => {
  const edges = look.market.valueEdges;
  const views = ofRoute(look, routes.view);
  const claimed = new Set<number>();
  for (const { offer } of ofRoute(look, routes.claim)) claimed.add(offer);
  claimedBy.fill(0);
  viewedBy.fill(0);
  let [all, taken] = [0, 0];
  for (const { offer, value } of views) {
    const rank = rankOf(value, edges);
    if (offer === 0 || Number.isNaN(rank)) continue;
    const bin = Math.min(viewedBy.length - 1, Math.round(rank * edges.length));
    const isTaken = Number(claimed.has(offer));
    all += 1;
    taken += isTaken;
    viewedBy[bin] = (viewedBy[bin] as number) + 1;
    claimedBy[bin] = (claimedBy[bin] as number) + isTaken;
  }
  const whole = binary(taken / all);
  if (all < leastViews || whole === 0) return Number.NaN;
  let open = 0;
  for (let bin = 0; bin < viewedBy.length; bin += 1) {
    const viewed = viewedBy[bin] as number;
    if (viewed > 0) open += (viewed / all) * binary((claimedBy[bin] as number) / viewed);
  }
  return open / whole;
};

/** Of the claims that had a choice among offers just viewed, those that took the best paid. */
const bestShare = (look: Look, claims: readonly LoggedEvent[]): number => {
  const views = ofRoute(look, routes.view);
  let [best, all, start, end] = [0, 0, 0, 0];
  for (const { at, value } of claims) {
    while (end < views.length && (views[end] as LoggedEvent).at <= at) end += 1;
    while (start < end && (views[start] as LoggedEvent).at < at - comparedWithinMs) start += 1;
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let index = start; index < end; index += 1) {
      const viewed = (views[index] as LoggedEvent).value;
      if (viewed < least) least = viewed;
      if (viewed > most) most = viewed;
    }
    if (!(least < most) || Number.isNaN(value)) continue;
    all += 1;
    if (value >= most) best += 1;
  }
  return all < leastClaims ? Number.NaN : smoothedShare(best, all, 0.5, 4);
};

const winShare = (claims: readonly LoggedEvent[]): number => {
  let [won, all] = [0, 0];
  for (const { outcome } of claims) {
    if (outcome === outcomes.unknown) continue;
    all += 1;
    if (outcome === outcomes.won || outcome === outcomes.ok) won += 1;
  }
  return all < leastClaims ? Number.NaN : smoothedShare(won, all, 0.5, 4);
};

/** Releases against blocks won, since both are wholly kept. */
const releaseShare = (look: Look): number => {
  const since = wholeSince(look, routes.claim, routes.release);
  let won = 0;
  for (const { at, outcome } of ofRoute(look, routes.claim))
    if (at > since && (outcome === outcomes.won || outcome === outcomes.ok)) won += 1;
  const releases = ofRoute(look, routes.release);
  const released = releases.length - firstAfter(releases, since);
  return won < leastClaims ? Number.NaN : Math.min(1, smoothedShare(released, won, 0.1, 10));
};

/** Of the releases, those with a claim right after. */
const reclaimShare = (look: Look): number => {
  const claims = ofRoute(look, routes.claim);
  const releases = ofRoute(look, routes.release);
  if (releases.length < leastReleases) return Number.NaN;
  let quick = 0;
  for (const { at } of releases) {
    const next = claims[firstAfter(claims, at)];
    if (next !== undefined && next.at - at <= reclaimWithinMs) quick += 1;
  }
  return smoothedShare(quick, releases.length, 0.1, 5);
};

const burstShare = (claims: readonly LoggedEvent[]): number => {
  let bursts = 0;
  for (let index = 1; index < claims.length; index += 1)
    if ((claims[index] as LoggedEvent).at - (claims[index - 1] as LoggedEvent).at < burstMs) bursts += 1;
  return smoothedShare(bursts, claims.length - 1, 0.05, 10);
};

/** Claims against requests for offers, since both are wholly kept; logarithm. */
const claimsPerList = (look: Look): number => {
  const since = wholeSince(look, routes.claim, routes.list);
  const [claims, lists] = [ofRoute(look, routes.claim), ofRoute(look, routes.list)];
  if (lists.length === 0) return Number.NaN;
  const claimed = claims.length - firstAfter(claims, since);
  const listed = lists.length - firstAfter(lists, since);
  return claimed + listed < leastViews ? Number.NaN : Math.log((claimed + 1) / (listed + 1));
};

/** What is taken out of what is offered. */
export const selectivity = measured(
  'selectivity',
  {
    'claims.1h': [0, 'claims, last hour'],
    'claims.24h': [0, 'claims, last 24 hours'],
    'claims.7d': [0, 'claims, last 7 days'],
    'top-share': [0, 'share of claims on the best paid fifth of offers'],
    'least-rank': [0, 'pay that a tenth of claims stays under (0 worst, 1 best of the market)'],
    lift: [0, 'how much better claims pay than what is viewed (in shares of the market)'],
    'decision-entropy': [0, 'how much pay leaves open about claiming (0 a fixed rule, 1 no rule)'],
    'best-share': [0, 'share of choices that took the best paid of those just viewed'],
    'claims-per-list': [0, 'claims per request for offers (logarithm)'],
    'win-share': [0, 'share of claims won'],
    'release-share': [0, 'released blocks per won block'],
    'reclaim-share': [0, 'share of releases with a claim within a minute'],
    'burst-share': [0, 'share of claims within 2 seconds of the one before'],
  },
  (look, put) => {
    const claims = ofRoute(look, routes.claim);
    const edges = look.market.valueEdges;
    for (const name of windowNames) put(`claims.${name}`, countWithin(look, routes.claim, windows[name]));
    put('claims-per-list', claimsPerList(look));
    put('reclaim-share', reclaimShare(look));
    if (claims.length < leastClaims) return;
    put('win-share', winShare(claims));
    put('release-share', releaseShare(look));
    put('burst-share', burstShare(claims));
    put('best-share', bestShare(look, claims));
    put('decision-entropy', decisionEntropy(look));
    const viewed = gatherRanks(ofRoute(look, routes.view), edges);
    const viewedRank = viewed < leastViews ? Number.NaN : meanRank(viewed);
    const n = gatherRanks(claims, edges);
    if (n < leastClaims) return;
    put('lift', meanRank(n) - viewedRank);
    let top = 0;
    for (let index = 0; index < n; index += 1)
      if ((ranks[index] as number) * edges.length > edges.length - 1.5) top += 1;
    put('top-share', smoothedShare(top, n, 0.2, 5));
    ranks.subarray(0, n).sort();
    put('least-rank', quantile(ranks, n, 0.1));
  },
);
