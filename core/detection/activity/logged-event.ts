/** One event as the detector keeps it: names are hashes, so that nothing but equality is left of them. */
export interface LoggedEvent {
  /** 53-bit hash of the event's identifier. */
  id: number;
  /** Milliseconds since the epoch, by the server's clock. */
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
