import type { Place } from '#contract/primitives.ts';
import type { WhereRefusal } from './claim-block.ts';
import { metersBetween } from './distance.ts';
import type { OfferFacts } from './offer-token.ts';

export interface InstantPolicy {
  withinMinutes: number;
  kilometers: number;
  /** Latitude and longitude by station; a station without one asks for nothing. */
  positions: Readonly<Record<string, readonly [latitude: number, longitude: number]>>;
}

/** To about a kilometre: enough to tell who could be there in time. */
const coarse = (degrees: number) => Math.round(degrees * 100) / 100;

/**
 * Whether a driver is near enough for a block that starts soon. Nothing but the answer leaves this function: the
 * position is neither written nor logged.
 */
export const refuseFromAfar =
  ({ withinMinutes, kilometers, positions }: InstantPolicy) =>
  (
    { stationId, startsAt }: OfferFacts,
    position: Place | undefined,
    now: number,
  ): WhereRefusal | undefined => {
    const station = positions[stationId];
    if (!station || startsAt - now > withinMinutes * 60_000) return undefined;
    if (!position) return 'position-required';
    const [latitude, longitude] = station;
    const at = { latitude: coarse(position.latitude), longitude: coarse(position.longitude) };
    return metersBetween({ latitude, longitude }, at) > kilometers * 1_000 ? 'too-far' : undefined;
  };
