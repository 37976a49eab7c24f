import { asns, type LoggedEvent } from '../activity/logged-event.ts';
import { distanceKm } from '../rules/movement.ts';
import type { Look } from './look.ts';
import { measured } from './measured.ts';
import { smoothedShare } from './statistics.ts';

const leastEvents = 8;
/** A phone changes from Wi-Fi to its carrier within minutes too; a pool of exits does so all the time. */
const switchWithinMs = 300_000;
/** Positions are rounded to a kilometre, so that two may seem further apart than they are. */
const roundingKm = 2;
const leastKm = 5;
const leastHours = 1 / 60;
const mostKmPerHour = 100_000;
const dayMs = 86_400_000;

const byKind = new Uint32Array(4);
const daysSeen = new Uint8Array(31);

const countKinds = (events: readonly LoggedEvent[]): number => {
  byKind.fill(0);
  for (const { asn } of events) byKind[asn] = (byKind[asn] as number) + 1;
  return events.length - (byKind[asns.unknown] as number);
};

/** Events that came through a network that is known, or of a known kind. */
const countNetworked = (events: readonly LoggedEvent[]): number =>
  events.reduce((sum, { asn, network }) => sum + Number(asn !== asns.unknown || network !== 0), 0);

/** Fastest way between successive positions; NaN with fewer than two. */
const fastest = (events: readonly LoggedEvent[]): number => {
  let before: LoggedEvent | undefined;
  let speed = Number.NaN;
  for (const event of events) {
    if (Number.isNaN(event.latitude) || Number.isNaN(event.longitude)) continue;
    if (before !== undefined) {
      const km = distanceKm(before, event) - roundingKm;
      const hours = Math.max(leastHours, (event.at - before.at) / 3_600_000);
      const now = km < leastKm ? 0 : Math.min(mostKmPerHour, km / hours);
      if (!(now <= speed)) speed = now;
    }
    before = event;
  }
  return speed;
};

const changes = (events: readonly LoggedEvent[], { at }: Look) => {
  const seen = new Set<number>();
  daysSeen.fill(0);
  let [before, beforeAt, known, switches] = [0, 0, 0, 0];
  for (const event of events) {
    if (event.network === 0) continue;
    known += 1;
    daysSeen[Math.floor((at - event.at) / dayMs)] = 1;
    if (event.network !== before) {
      seen.add(event.network);
      if (before !== 0 && event.at - beforeAt < switchWithinMs) switches += 1;
    }
    before = event.network;
    beforeAt = event.at;
  }
  const days = daysSeen.reduce((sum, day) => sum + day, 0);
  return { distinct: seen.size, known, switches, days };
};

/** Through which networks the account comes, and whether one body can be where it is. */
export const network = measured(
  'network',
  {
    'hosting-share': [1, 'share of events from data centres and proxies'],
    'mobile-share': [0, 'share of events from mobile carriers'],
    'networks-per-day': [0, 'different networks per active day'],
    switches: [0, 'changes of network within 5 minutes, per 100 events'],
    speed: [1, 'fastest travel between two positions, km/h'],
  },
  (look, put) => {
    const events = look.timeline();
    const known = countKinds(events);
    const networked = countNetworked(events);
    // Where only data centres are told apart, everything else is of no known kind and not from one.
    if (known > 0 && networked >= leastEvents)
      put('hosting-share', smoothedShare(byKind[asns.hosting] as number, networked, 0.02, 10));
    if (known >= leastEvents)
      put('mobile-share', smoothedShare(byKind[asns.mobile] as number, known, 0.5, 4));
    put('speed', fastest(events));
    const networks = changes(events, look);
    if (networks.known < leastEvents) return;
    put('networks-per-day', networks.distinct / networks.days);
    put('switches', (100 * networks.switches) / networks.known);
  },
);
