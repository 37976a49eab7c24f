import type { Chance } from './chance.ts';
import { day, type Market, minute, type Offer } from './market.ts';

/** A script that acts: it yields how many milliseconds it waits until it goes on. */
export type Steps = Generator<number, void, void>;

export type ClaimOutcome = 'won' | 'lost' | 'expired' | 'denied';

interface Running {
  at: number;
  order: number;
  steps: Steps;
}

const before = (one: Running, other: Running) =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

/** The place where accounts compete: the clock, what is offered now, and who acts next. */
export class Station {
  readonly stationId: string;
  readonly market: Market;
  readonly chance: Chance;
  readonly from: number;
  readonly until: number;
  /** Local time less universal time, in milliseconds. */
  readonly zone: number;
  readonly latitude: number;
  readonly longitude: number;
  /** What has happened until then has happened: the one clock of everybody at the station. */
  now: number;
  readonly #open: Offer[] = [];
  readonly #heap: Running[] = [];
  #released: Offer[] = [];
  #nextOpening = 0;
  #nextExpiry = Number.POSITIVE_INFINITY;
  #started = 0;

  constructor(place: {
    stationId: string;
    market: Market;
    chance: Chance;
    from: number;
    until: number;
    zone: number;
  }) {
    this.stationId = place.stationId;
    this.market = place.market;
    this.chance = place.chance;
    this.from = place.from;
    this.until = place.until;
    this.zone = place.zone;
    this.now = place.from;
    this.latitude = Math.round(place.chance.between(38, 54) * 100) / 100;
    this.longitude = Math.round(place.chance.between(-8, 24) * 100) / 100;
  }

  /** A script begins in so many milliseconds. */
  start(steps: Steps, inMs = 0): void {
    const at = this.now + Math.max(0, inMs);
    if (at >= this.until) return;
    this.#started += 1;
    const heap = this.#heap;
    heap.push({ at, order: this.#started, steps });
    let child = heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const [lower, upper] = [heap[child] as Running, heap[parent] as Running];
      if (!before(lower, upper)) break;
      heap[child] = upper;
      heap[parent] = lower;
      child = parent;
    }
  }

  /** Lets the next script act; false when none is left. */
  step(): boolean {
    const next = this.#heap[0];
    if (!next) return false;
    this.now = next.at;
    const { done, value } = next.steps.next();
    // The script may have started others: it is still the first, for they came after it.
    next.at = done ? Number.POSITIVE_INFINITY : next.at + Math.max(0, value);
    if (next.at >= this.until) this.#drop();
    else this.#sink();
    return true;
  }

  #drop(): void {
    const last = this.#heap.pop() as Running;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #sink(): void {
    const heap = this.#heap;
    const moved = heap[0] as Running;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Running, heap[child] as Running)) child += 1;
      const least = heap[child] as Running;
      if (!before(least, moved)) break;
      heap[parent] = least;
      parent = child;
    }
    heap[parent] = moved;
  }

  /** What the feed shows now, oldest first; a living list, to be read at once. */
  get offers(): readonly Offer[] {
    const { offers } = this.market;
    for (; ; this.#nextOpening += 1) {
      const next = offers[this.#nextOpening];
      if (!next || next.opensAt > this.now) break;
      this.#show(next);
    }
    if (this.#released.length > 0) {
      for (const offer of this.#released) if (offer.opensAt <= this.now) this.#show(offer);
      this.#released = this.#released.filter(({ opensAt }) => opensAt > this.now);
    }
    if (this.#nextExpiry <= this.now) this.#expire();
    return this.#open;
  }

  #show(offer: Offer): void {
    this.#open.push(offer);
    this.#nextExpiry = Math.min(this.#nextExpiry, offer.expiresAt);
  }

  #expire(): void {
    let kept = 0;
    this.#nextExpiry = Number.POSITIVE_INFINITY;
    for (const offer of this.#open) {
      if (offer.expiresAt <= this.now) continue;
      this.#open[kept] = offer;
      kept += 1;
      this.#nextExpiry = Math.min(this.#nextExpiry, offer.expiresAt);
    }
    this.#open.length = kept;
  }

  /** The first who asks has it; who has a block at that time already is denied. */
  claim(offer: Offer, accountId: string, held: readonly Offer[]): ClaimOutcome {
    if (offer.expiresAt <= this.now) return 'expired';
    if (offer.holder) return 'lost';
    if (held.some(({ startAt, endAt }) => startAt < offer.endAt && offer.startAt < endAt)) return 'denied';
    offer.holder = accountId;
    const place = this.#open.indexOf(offer);
    if (place >= 0) this.#open.splice(place, 1);
    return 'won';
  }

  /** A block given back is offered again a little later. */
  release(offer: Offer): void {
    offer.holder = undefined;
    offer.opensAt = this.now + this.chance.between(0.05, 2) * minute;
    this.#released.push(offer);
  }

  /** Days since the beginning, by the clock on the wall of the station. */
  dayOf(at: number): number {
    return Math.floor((at + this.zone - this.from) / day);
  }
}
