import type { ActivityOutcome, ActivityRoute } from '#contract/activity.ts';

/** Stored logs keep the index: routes are appended, never moved. */
export const activityRoutes = [
  'offers.list',
  'offers.view',
  'offers.claim',
  'challenge',
  'ui.pointer',
  'telemetry',
  'offers.release',
  'check-in',
  'selfie-check',
  'device',
] as const satisfies readonly ActivityRoute[];

/** Index of each route, to be read by name. */
export const routes = {
  list: 0,
  view: 1,
  claim: 2,
  challenge: 3,
  pointer: 4,
  telemetry: 5,
  release: 6,
  checkIn: 7,
  selfieCheck: 8,
  device: 9,
} as const;

/** Stored logs keep the index plus one; 0 is unknown. */
export const activityOutcomes = [
  'ok',
  'won',
  'lost',
  'expired',
  'denied',
  'error',
] as const satisfies readonly ActivityOutcome[];

export const outcomes = { unknown: 0, ok: 1, won: 2, lost: 3, expired: 4, denied: 5, error: 6 } as const;

/** Kinds of networks. */
export const asns = { unknown: 0, residential: 1, mobile: 2, hosting: 3 } as const;

/** What attestation said of a phone. */
export const verdicts = { unknown: 0, strong: 1, basic: 2, failed: 3 } as const;

/** One event as the detector keeps it: names are hashes, so that nothing but equality is left of them. */
export interface LoggedEvent {
  /** 53-bit hash of the event's identifier. */
  id: number;
  /** Whole milliseconds since the epoch, by the server's clock. */
  at: number;
  /** Index into `activityRoutes`. */
  route: number;
  /** 0 unknown, else 1 + index into `activityOutcomes`. */
  outcome: number;
  /** Render to request, ms; NaN when not told. */
  latencyMs: number;
  /** Minor units; NaN when not told. */
  value: number;
  /** 32-bit hashes; 0 when not told. */
  offer: number;
  device: number;
  network: number;
  key: number;
  station: number;
  /** 0 unknown, 1 residential or business, 2 mobile, 3 hosting. */
  asn: number;
  /** 0 unknown, 1 strong, 2 basic, 3 failed. */
  verdict: number;
  /** Of a pointer; NaN when not told. */
  x: number;
  y: number;
  holdMs: number;
  /** Server work, or of a challenge its solution, ms; NaN when not told. */
  durationMs: number;
  /** Degrees; NaN when not told. */
  latitude: number;
  longitude: number;
}

/** What a field holds when nothing is known. */
const absent = {
  id: 0,
  at: 0,
  route: 0,
  outcome: 0,
  latencyMs: Number.NaN,
  value: Number.NaN,
  offer: 0,
  device: 0,
  network: 0,
  key: 0,
  station: 0,
  asn: 0,
  verdict: 0,
  x: Number.NaN,
  y: Number.NaN,
  holdMs: Number.NaN,
  durationMs: Number.NaN,
  latitude: Number.NaN,
  longitude: Number.NaN,
} as const satisfies LoggedEvent;

/** An event of which nothing is known. */
export const emptyEvent = (): LoggedEvent => ({ ...absent });

/** Stored logs keep the order: fields are appended, never moved. */
export const eventFields = Object.keys(absent) as readonly (keyof LoggedEvent)[];

/** -1, 0 or 1; an absent number comes first. */
const compareNumbers = (a: number, b: number): number => {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return a < b ? -1 : a > b ? 1 : 0;
};

/**
 * The order of a log: time, then identifier. Two deliveries of an event have the same of both; should they differ in
 * the rest, that order decides too which of them is kept, whichever came first.
 */
export const compareEvents = (a: LoggedEvent, b: LoggedEvent): number => {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  for (const field of eventFields) {
    const order = compareNumbers(a[field], b[field]);
    if (order !== 0) return order;
  }
  return 0;
};
