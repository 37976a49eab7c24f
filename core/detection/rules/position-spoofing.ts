import { type LoggedEvent, outcomes, routes } from '../activity/logged-event.ts';
import { distanceKm, isPlace, jumpsOf, type Place } from './movement.ts';
import { daysOf, eventsWithin, findingOf, type Rule, type RuleContext } from './rule.ts';

const hourMs = 3_600_000;

/** Finer than this, in degrees, a resting phone's position differs from fix to fix: 1e-4 are eleven metres. */
const fineDegrees = 1e-4;
const isOn = (value: number, grid: number) => Math.abs(value / grid - Math.round(value / grid)) < 1e-6;
/** Rounded positions repeat by themselves: only what is told finer can be too much alike. */
const isFine = ({ latitude, longitude }: Place) =>
  !isOn(latitude, fineDegrees) || !isOn(longitude, fineDegrees);

/** Claims for blocks that start within the hour; where starts are unknown, claims that a check-in followed as soon. */
const instantClaims = (claims: readonly LoggedEvent[], log: readonly LoggedEvent[], context: RuleContext) => {
  const checkedIn = new Map<number, number>();
  for (const { route, offer, at } of log) if (route === routes.checkIn) checkedIn.set(offer, at);
  return claims.filter(({ offer, at }) => {
    const startsAt = context.startsAt?.get(offer) ?? checkedIn.get(offer);
    return offer !== 0 && startsAt !== undefined && startsAt >= at && startsAt - at <= hourMs;
  });
};

/** At home a phone finds its place by the Wi-Fi, time and again the same: on other networks it does not. */
const leastNetworks = 2;
const leastOnEach = 3;

const isOnSeveralNetworks = (claims: readonly LoggedEvent[]) => {
  const counts = new Map<number, number>();
  for (const { network } of claims) if (network !== 0) counts.set(network, (counts.get(network) ?? 0) + 1);
  return [...counts.values()].filter((count) => count >= leastOnEach).length >= leastNetworks;
};

/** The claims of the position that occurs most, to the last decimal, on whatever network. */
const mostAlike = (claims: readonly LoggedEvent[]): LoggedEvent[] => {
  const byPosition = new Map<string, LoggedEvent[]>();
  for (const claim of claims.filter(isFine)) {
    const position = `${claim.latitude} ${claim.longitude}`;
    byPosition.set(position, [...(byPosition.get(position) ?? []), claim]);
  }
  return [...byPosition.values()]
    .filter(isOnSeveralNetworks)
    .reduce<LoggedEvent[]>((most, each) => (each.length > most.length ? each : most), []);
};

/** A kilometre: what positions may be rounded to. */
const atStationKm = 1;

/** Where the claimed block's station is, when the context knows it. */
const isAtStation = (claim: LoggedEvent, { stations }: RuleContext) => {
  const station = stations?.get(claim.station);
  return station !== undefined && distanceKm(claim, station) <= atStationKm;
};

/**
 * A position that is made up for offers that only who is near gets. Positions rounded to a kilometre are alike for
 * everybody who claims at home: from their being alike nothing follows.
 */
export const positionSpoofing: Rule = {
  id: 'position-spoofing',
  version: 1,
  words: 'The position told for instant offers is not where a phone can have been',
  find: (log, at, context) => {
    const acts = eventsWithin(log, at, [routes.view, routes.claim, routes.release, routes.checkIn]);
    const placed = acts.filter((event) => isPlace(event) && event.device !== 0);
    const claims = placed.filter(
      ({ route, outcome }) => route === routes.claim && outcome !== outcomes.error,
    );
    const instant = instantClaims(claims, acts, context);
    const alike = mostAlike(instant);
    const jumps = [...new Set(placed.map(({ device }) => device))].flatMap((device) =>
      jumpsOf(placed.filter((event) => event.device === device)),
    );
    const toStation = jumps.filter(({ to }) => to.route === routes.claim && isAtStation(to, context));
    return findingOf(
      [
        {
          code: 'position-spoofing.alike',
          words:
            'Claims of instant offers from one position, the same to the last decimal on several networks',
          count: alike.length,
          leastCount: 12,
          days: daysOf(alike, at),
          leastDays: 5,
        },
        {
          code: 'position-spoofing.jumps',
          words: 'Times that one phone was so far away that nobody travels there in the time between',
          count: jumps.length,
          leastCount: 10,
          days: daysOf(jumps, at),
          leastDays: 5,
        },
        {
          code: 'position-spoofing.to-station',
          words: 'Times that one phone jumped from far away to the station whose block it claimed',
          count: toStation.length,
          leastCount: 4,
          days: daysOf(toStation, at),
          leastDays: 2,
        },
      ],
      {
        placed: placed.length,
        instantClaims: instant.length,
        alike: alike.length,
        jumps: jumps.length,
        toStation: toStation.length,
      },
    );
  },
};
