import type { ActivityOutcome, ActivityRoute } from '#contract/activity.ts';

/** What may be left out of the lines, by name; `pointer` and `challenge` leave out whole events. */
export const fieldGroups = [
  'device',
  'network',
  'client-clock',
  'latency',
  'offer',
  'outcome',
  'attestation',
  'app',
  'pointer',
  'place',
  'challenge',
] as const;
export type FieldGroup = (typeof fieldGroups)[number];

/** One thing done, but for who did it and with what. */
export interface Deed {
  route: ActivityRoute;
  latencyMs?: number | undefined;
  offerId?: string;
  offerValue?: number;
  outcome?: ActivityOutcome;
  x?: number;
  y?: number;
  holdMs?: number;
  position?: { latitude: number; longitude: number };
  reason?: string;
  durationMs?: number;
}

/**
 * Lines of event schema v1, put together by hand: of what is long, only numbers and this generator's own plain words
 * are in them, so nothing needs escaping. A test holds every line against the schema.
 */
export class Log {
  readonly #without: ReadonlySet<FieldGroup>;
  readonly #clockMs: number;
  #text = '';
  events = 0;

  constructor(without: ReadonlySet<FieldGroup>, clockMs: number) {
    this.#without = without;
    this.#clockMs = clockMs;
  }

  has(group: FieldGroup): boolean {
    return !this.#without.has(group);
  }

  #tick(at: number): number {
    return Math.floor(at / this.#clockMs) * this.#clockMs;
  }

  /**
   * `who` is the opening of the line: version, event, account and what the client says of itself. Times are
   * milliseconds since the epoch, by the server's clock and by the client's.
   */
  write(who: string, at: number, clientAt: number, deed: Deed): boolean {
    const without = this.#without;
    const { route } = deed;
    if (route === 'ui.pointer' && without.has('pointer')) return false;
    if (route === 'challenge' && without.has('challenge')) return false;
    let line = `${who},"route":"${route}","ts":${this.#tick(at)}`;
    if (!without.has('client-clock')) line += `,"clientTs":${this.#tick(clientAt)}`;
    if (deed.latencyMs !== undefined && !without.has('latency'))
      line += `,"latencyMs":${Math.max(0, Math.round(deed.latencyMs))}`;
    if (deed.offerId !== undefined && !without.has('offer'))
      line += `,"offerId":"${deed.offerId}","offerValue":${deed.offerValue ?? null}`;
    if (deed.outcome !== undefined && !without.has('outcome')) line += `,"outcome":"${deed.outcome}"`;
    if (deed.x !== undefined) line += `,"x":${Math.round(deed.x)},"y":${Math.round(deed.y ?? 0)}`;
    if (deed.holdMs !== undefined) line += `,"holdMs":${Math.round(deed.holdMs)}`;
    if (deed.position && !without.has('place'))
      line += `,"position":{"latitude":${deed.position.latitude},"longitude":${deed.position.longitude}}`;
    if (deed.reason !== undefined && !without.has('outcome')) line += `,"reason":"${deed.reason}"`;
    if (deed.durationMs !== undefined && !without.has('challenge'))
      line += `,"durationMs":${Math.round(deed.durationMs)}`;
    this.#text += `${line}}\n`;
    this.events += 1;
    return true;
  }

  get length(): number {
    return this.#text.length;
  }

  /** What has been written since the last time. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}
