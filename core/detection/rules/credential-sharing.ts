import { asns, type LoggedEvent, routes } from '../activity/logged-event.ts';
import { jumpsOf } from './movement.ts';
import { daysOf, eventsWithin, findingOf, type Rule } from './rule.ts';

/** What is done so close together is done at the same time. */
const sideBySideMs = 600_000;
/** A household has two phones, and a new one may be a third for a while; three at work at once are a crew. */
const leastDevices = 3;

interface Episode {
  at: number;
  devices: number;
}

const hashesOf = (events: readonly LoggedEvent[], name: 'device' | 'network') =>
  new Set(events.map((event) => event[name]));

/** That one comes back after the other, rather than following it: a new phone or network is a change, not a second one. */
const isInterleaved = (events: readonly LoggedEvent[], name: 'device' | 'network') =>
  events.filter((event, index) => index > 0 && event[name] !== events[index - 1]?.[name]).length >=
  hashesOf(events, name).size;

/** Cuts events in order into stretches of at most `sideBySideMs`, so that none counts twice. */
const stretchesOf = (events: readonly LoggedEvent[]): LoggedEvent[][] => {
  const stretches: LoggedEvent[][] = [];
  for (const event of events) {
    const last = stretches.at(-1);
    if (last?.[0] && event.at - last[0].at <= sideBySideMs) last.push(event);
    else stretches.push([event]);
  }
  return stretches;
};

const episodesOf = (
  events: readonly LoggedEvent[],
  holds: (stretch: readonly LoggedEvent[]) => boolean,
): Episode[] =>
  stretchesOf(events)
    .filter(holds)
    .map((stretch) => ({
      at: (stretch[0] as LoggedEvent).at,
      devices: hashesOf(stretch, 'device').size,
    }));

const severalDevices = (stretch: readonly LoggedEvent[]) =>
  hashesOf(stretch, 'device').size >= leastDevices && isInterleaved(stretch, 'device');

/** Each network with a device of its own: one phone that moves between two Wi-Fi is one phone. */
const twoNetworks = (stretch: readonly LoggedEvent[]) =>
  hashesOf(stretch, 'network').size >= 2 &&
  isInterleaved(stretch, 'network') &&
  new Set(stretch.map(({ network, device }) => `${network} ${device}`)).size ===
    hashesOf(stretch, 'device').size &&
  hashesOf(stretch, 'device').size >= 2;

/**
 * An account at work in several hands at once. Mobile networks and unknown ones are left out of what networks say: a
 * phone may be on one of them and on Wi-Fi; so are hosting ones, which a person may tunnel through.
 */
export const credentialSharing: Rule = {
  id: 'credential-sharing',
  version: 1,
  words: 'Several devices or places claim for the account at the same time',
  find: (log, at) => {
    const acts = eventsWithin(log, at, [routes.view, routes.claim]).filter(({ device }) => device !== 0);
    const fixed = acts.filter(
      ({ route, asn, network }) => route === routes.claim && network !== 0 && asn === asns.residential,
    );
    const byDevices = episodesOf(acts, severalDevices);
    const byNetworks = episodesOf(fixed, twoNetworks);
    const everywhere = eventsWithin(log, at, [routes.view, routes.claim, routes.release, routes.checkIn]);
    const jumps = jumpsOf(everywhere.filter(({ device }) => device !== 0)).filter(
      ({ from, to }) => from.device !== to.device,
    );
    return findingOf(
      [
        {
          code: 'credential-sharing.devices',
          words: 'Times that three or more devices viewed or claimed by turns within ten minutes',
          count: byDevices.length,
          leastCount: 5,
          days: daysOf(byDevices, at),
          leastDays: 3,
        },
        {
          code: 'credential-sharing.networks',
          words: 'Times that devices on two fixed networks claimed by turns within ten minutes',
          count: byNetworks.length,
          leastCount: 20,
          days: daysOf(byNetworks, at),
          leastDays: 10,
        },
        {
          code: 'credential-sharing.jumps',
          words:
            'Times that another device went on so far away that nobody travels there in the time between',
          count: jumps.length,
          leastCount: 5,
          days: daysOf(jumps, at),
          leastDays: 3,
        },
      ],
      {
        actsWithDevice: acts.length,
        devices: hashesOf(acts, 'device').size,
        mostDevicesAtOnce: byDevices.reduce((most, { devices }) => Math.max(most, devices), 0),
        episodesOfDevices: byDevices.length,
        episodesOfNetworks: byNetworks.length,
        jumps: jumps.length,
      },
    );
  },
};
