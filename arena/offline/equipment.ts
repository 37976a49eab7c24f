import type { Chance } from './chance.ts';
import { day, second } from './market.ts';

export interface Network {
  /** Hash of the prefix. */
  prefix: string;
  kind: 'residential' | 'mobile' | 'business' | 'hosting';
}

/** Networks that the accounts of a station have in common. */
export interface Surroundings {
  /** Carriers put hundreds behind a few addresses. */
  mobile: readonly Network[];
  hub: Network;
  hosting: readonly Network[];
}

/** What acts for an account: a phone with its app, or a program that passes for one. */
export interface Client {
  deviceId: string;
  keyId: string;
  tier: 'A' | 'B' | 'C' | 'D';
  /** Part of the days without a valid attestation: outages of the phone's vendor, old system software. */
  attestationGaps: number;
  /** Client's clock less the server's at the beginning, and what it gains per day. */
  skewMs: number;
  driftMsPerDay: number;
  /** How much longer than usual the network takes. */
  lag: number;
  /** Days from a release of the app until it is here; infinite where updates are off. */
  updateDays: number;
  sendsPointer: boolean;
  sendsLatency: boolean;
  /** Holds of the finger that do not arrive. */
  missingHolds: number;
  /** Part of the app's requests that begin a spell of failures with fixed back-off. */
  retries: number;
  places: readonly { network: Network; share: number }[];
}

const releases: readonly [releasedOnDay: number, version: string][] = [
  [-40, '5.0.0'],
  [-9, '5.1.0'],
  [6, '5.2.0'],
  [13, '5.2.1'],
  [22, '5.3.0'],
];

export const versionOn = (today: number, { updateDays, sendsPointer }: Client): string => {
  if (updateDays === Number.POSITIVE_INFINITY) return sendsPointer ? '5.0.0' : '4.3.1';
  return releases.findLast(([released]) => released + updateDays <= today)?.[1] ?? '4.9.2';
};

export const surroundingsOf = (region: Chance, place: Chance): Surroundings => ({
  // Neighbouring stations have the same carriers: the region's chance is the same for them.
  mobile: Array.from({ length: 4 }, () => ({ prefix: `m${region.hex(10)}`, kind: 'mobile' as const })),
  hosting: Array.from({ length: 12 }, () => ({ prefix: `d${region.hex(10)}`, kind: 'hosting' as const })),
  hub: { prefix: `b${place.hex(10)}`, kind: 'business' },
});

export const homeOf = (chance: Chance): Network => ({
  prefix: `r${chance.hex(10)}`,
  kind: 'residential',
});

/** The phone of a person. */
export const phoneOf = (
  chance: Chance,
  around: Surroundings,
  home: Network,
  traits: { cheap: boolean; retrying: boolean; scanning: boolean },
): Client => {
  const { cheap } = traits;
  const oldApp = chance.happens(cheap ? 0.3 : 0.13);
  const atHome = chance.between(0.15, 0.75);
  const atHub = chance.happens(0.5) ? chance.between(0.05, 0.25) : 0;
  return {
    deviceId: `p${chance.hex(12)}`,
    keyId: `k${chance.hex(12)}`,
    tier: cheap ? chance.pick(['B', 'B', 'C', 'D']) : chance.pick(['A', 'A', 'A', 'A', 'B', 'B', 'C']),
    attestationGaps: cheap ? chance.between(0.02, 0.4) : chance.happens(0.2) ? chance.between(0, 0.1) : 0,
    skewMs: chance.normal(0, 300) + (cheap && chance.happens(0.6) ? chance.normal(0, 90 * second) : 0),
    driftMsPerDay: cheap ? chance.normal(0, 900) : chance.normal(0, 40),
    lag: cheap ? chance.logNormal(1.6, 0.3) : chance.logNormal(1, 0.2),
    updateDays: oldApp ? Number.POSITIVE_INFINITY : chance.exponential(4),
    // Screen readers and switches act without a finger on the glass.
    sendsPointer: !oldApp && !traits.scanning,
    sendsLatency: !oldApp || chance.happens(0.5),
    missingHolds: cheap && chance.happens(0.5) ? chance.between(0.1, 1) : 0,
    retries: traits.retrying ? chance.between(0.03, 0.12) : 0,
    places: [
      { network: home, share: atHome },
      { network: around.hub, share: atHub },
      { network: chance.pick(around.mobile), share: 1 - atHome - atHub },
    ],
  };
};

/**
 * What a program acts with: the driver's own phone driven by software, an emulator, or a client of the API with what
 * was lifted from the phone. None of the three is certain to show.
 */
export const machineOf = (chance: Chance, around: Surroundings, phone: Client): Client => {
  const kind = chance.next();
  const away = (): Client['places'] => [
    {
      network: chance.happens(0.45) ? chance.pick(around.hosting) : homeOf(chance),
      share: chance.between(0.7, 1),
    },
    { network: chance.pick(around.mobile), share: 0.3 },
  ];
  if (kind < 0.45) return { ...phone, sendsPointer: phone.sendsPointer && chance.happens(0.6) };
  if (kind < 0.7)
    return {
      ...phone,
      deviceId: `p${chance.hex(12)}`,
      keyId: `k${chance.hex(12)}`,
      tier: chance.pick(['B', 'C', 'C', 'D']),
      attestationGaps: chance.happens(0.4) ? chance.between(0, 0.6) : 0,
      skewMs: chance.normal(0, 200),
      driftMsPerDay: 0,
      lag: chance.logNormal(0.6, 0.3),
      sendsPointer: chance.happens(0.5),
      places: chance.happens(0.5) ? phone.places.slice(0, 1) : away(),
    };
  return {
    ...phone,
    tier: chance.pick([phone.tier, 'C', 'D']),
    attestationGaps: chance.happens(0.5) ? chance.between(0, 1) : 0,
    skewMs: chance.normal(0, 50),
    driftMsPerDay: 0,
    lag: chance.logNormal(0.4, 0.4),
    sendsPointer: false,
    sendsLatency: chance.happens(0.5),
    places: chance.happens(0.35) ? phone.places.slice(0, 1) : away(),
  };
};

export const clockOf = ({ skewMs, driftMsPerDay }: Client, at: number, from: number): number =>
  at + skewMs + (driftMsPerDay * (at - from)) / day;
