import type { LoggedEvent } from '../activity/logged-event.ts';

const degree = Math.PI / 180;
const earthKm = 6_371;

export interface Place {
  latitude: number;
  longitude: number;
}

/** What is exactly on the equator and at Greenwich comes from a phone that knows nothing. */
export const isPlace = ({ latitude, longitude }: Place): boolean =>
  Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && !(latitude === 0 && longitude === 0);

/** Along the great circle (haversine), in kilometres. */
export const distanceKm = (a: Place, b: Place): number => {
  const across = Math.sin(((b.latitude - a.latitude) * degree) / 2) ** 2;
  const along = Math.sin(((b.longitude - a.longitude) * degree) / 2) ** 2;
  const chord = across + Math.cos(a.latitude * degree) * Math.cos(b.latitude * degree) * along;
  return 2 * earthKm * Math.asin(Math.min(1, Math.sqrt(chord)));
};

/** Faster than an airliner. */
const fastestKmPerHour = 1_000;
/** Positions may be rounded to a kilometre and phones err by some: nothing follows from less. */
const leastKm = 100;

/** Two successive positions that nobody travels between; `at` is the later one's. */
export interface Jump {
  at: number;
  from: LoggedEvent;
  to: LoggedEvent;
}

/** Events in order of time; those without a position are passed over. */
export const jumpsOf = (events: readonly LoggedEvent[]): Jump[] => {
  const placed = events.filter(isPlace);
  return placed.slice(1).flatMap((to, index) => {
    const from = placed[index] as LoggedEvent;
    const km = distanceKm(from, to);
    const hours = (to.at - from.at) / 3_600_000;
    return km >= leastKm && km > fastestKmPerHour * hours ? [{ at: to.at, from, to }] : [];
  });
};
