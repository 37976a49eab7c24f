import type { ActivityOutcome } from '#contract/activity.ts';
import type { Chance } from './chance.ts';
import { type Client, clockOf, type Network, versionOn } from './equipment.ts';
import type { Deed, Log } from './log.ts';
import { hour, type Offer, second } from './market.ts';
import { type Puzzle, published } from './published.ts';
import type { ClaimOutcome, Station, Steps } from './station.ts';
import type { Tally } from './tally.ts';

/** An account at a station. Its person and a program may both act for it. */
export interface Account {
  accountId: string;
  family: string;
  /** Blocks that it has, in the order of claiming. */
  held: Offer[];
  events: number;
  /** The hand of its person, who drives what a program claimed. */
  person?: Hand;
}

/** Milliseconds that a challenge takes whoever has to solve it. */
export type Solving = (puzzle: Puzzle, chance: Chance) => number;

export const bySelf: Solving = (puzzle, chance) => {
  const [low, high] = published.puzzles[puzzle];
  return second * chance.logNormal(Math.sqrt(low * high), low === high ? 0.3 : 0.35);
};

/** Parts of claims that are challenged: at random, and when they come at once after the offer was drawn. */
const challenged = { always: 0.02, hasty: 0.12, hastyBelowMs: 500 };
const hoursPerWeek = 40;

/**
 * All that a script can do for an account. What takes time is a generator: `yield*` it. Requests reach the server after
 * the network's delay and are logged there and then; latencies are measured from what was drawn last.
 */
export class Hand {
  readonly account: Account;
  readonly station: Station;
  readonly chance: Chance;
  readonly solving: Solving;
  readonly #clients: readonly Client[];
  readonly #log: Log;
  readonly #tally: Tally;
  readonly #isProgram: boolean;
  #client: Client;
  #network: Network;
  #who = '';
  #whoDay: number | undefined;
  #attestedDay: number | undefined;
  #attested = true;
  #drawnAt: number;

  constructor(parts: {
    account: Account;
    station: Station;
    chance: Chance;
    clients: readonly Client[];
    log: Log;
    tally: Tally;
    isProgram: boolean;
    solving?: Solving;
  }) {
    this.account = parts.account;
    this.station = parts.station;
    this.chance = parts.chance;
    this.solving = parts.solving ?? bySelf;
    this.#clients = parts.clients;
    this.#log = parts.log;
    this.#tally = parts.tally;
    this.#isProgram = parts.isProgram;
    this.#client = parts.clients[0] as Client;
    this.#network = (this.#client.places[0] as Client['places'][number]).network;
    this.#drawnAt = parts.station.now;
  }

  get now(): number {
    return this.station.now;
  }

  get sendsPointer(): boolean {
    return this.#client.sendsPointer;
  }

  /** Another script for the same station, in so many milliseconds. */
  start(steps: Steps, inMs = 0): void {
    this.station.start(steps, inMs);
  }

  /** Takes a phone in the hand, wherever its owner is just now. */
  open(): void {
    this.#client = this.chance.pick(this.#clients);
    const { places } = this.#client;
    let left = this.chance.next() * places.reduce((sum, { share }) => sum + share, 0);
    const place = places.find(({ share }) => {
      left -= share;
      return left < 0;
    });
    this.#network = (place ?? (places[0] as Client['places'][number])).network;
    this.#whoDay = undefined;
  }

  #opening(): string {
    const today = this.station.dayOf(this.now);
    if (today !== this.#whoDay) {
      this.#whoDay = today;
      if (today !== this.#attestedDay) this.#attested = !this.chance.happens(this.#client.attestationGaps);
      this.#attestedDay = today;
      this.#who = this.#describe(today);
    }
    const { account } = this;
    account.events += 1;
    return `{"v":1,"eventId":"${account.accountId}.${account.events.toString(36)}${this.#who}`;
  }

  #describe(today: number): string {
    const [client, log] = [this.#client, this.#log];
    let who = `","accountId":"${this.account.accountId}"`;
    if (log.has('device')) who += `,"deviceId":"${client.deviceId}"`;
    if (log.has('network')) who += `,"ip":"${this.#network.prefix}","asn":"${this.#network.kind}"`;
    if (log.has('attestation') && this.#attested)
      who += `,"attestation":{"verdict":"${client.tier}","keyId":"${client.keyId}"}`;
    if (log.has('app')) who += `,"appVersion":"${versionOn(today, client)}"`;
    if (log.has('place')) who += `,"stationId":"${this.station.stationId}"`;
    return who;
  }

  #record(deed: Deed, sentAt: number): void {
    const clientAt = clockOf(this.#client, sentAt, this.station.from);
    if (this.#log.write(this.#opening(), this.now, clientAt, deed)) this.#tally.event(this.account.family);
  }

  #latency(sentAt: number): number | undefined {
    return this.#client.sendsLatency ? sentAt - this.#drawnAt : undefined;
  }

  /** From here to the server; one in a hundred stalls. */
  #delay(): number {
    const { medianMs, sigma, stalls } = published.network;
    const stall = this.chance.happens(stalls) ? this.chance.between(1, 8) * second : 0;
    return this.#client.lag * this.chance.logNormal(medianMs, sigma) + stall;
  }

  /** The way back: the answer is on the screen. */
  *#drawn(): Steps {
    yield this.#client.lag * this.chance.between(30, 90);
    this.#drawnAt = this.now;
  }

  /** Looks at the feed: what is offered, oldest first. A living list: to be read before the next wait. */
  *list(): Generator<number, readonly Offer[], void> {
    if (this.#client.retries > 0 && this.chance.happens(this.#client.retries)) yield* this.#retry();
    const sentAt = this.now;
    yield this.#delay();
    this.#record({ route: 'offers.list', outcome: 'ok' }, sentAt);
    yield* this.#drawn();
    return this.station.offers;
  }

  /** Asks for the feed anew without waiting for the answer, as a thumb does that keeps its own time. */
  refresh(): void {
    this.start(this.#ask());
  }

  *#ask(): Steps {
    yield* this.list();
  }

  /** A spell of failures: the app asks again after 1, 2 and 4 seconds, as often as it takes. */
  *#retry(): Steps {
    for (let spell = this.chance.below(5); spell >= 0; spell -= 1)
      for (const pause of [1, 2, 4]) {
        this.#record({ route: 'offers.list', outcome: 'error' }, this.now - this.chance.between(20, 30));
        yield pause * second + this.chance.between(0, 12);
      }
  }

  /** Opens an offer that was listed. */
  *view(offer: Offer): Steps {
    const sentAt = this.now;
    const latencyMs = this.#latency(sentAt);
    yield this.#delay();
    const outcome = offer.expiresAt <= this.now ? 'expired' : offer.holder ? 'lost' : 'ok';
    this.#record(
      { route: 'offers.view', latencyMs, offerId: offer.offerId, offerValue: offer.pay, outcome },
      sentAt,
    );
    yield* this.#drawn();
  }

  /** Asks for an offer, and solves a challenge when one comes. */
  *claim(offer: Offer): Generator<number, ClaimOutcome, void> {
    const hasty = this.now - this.#drawnAt < challenged.hastyBelowMs;
    const asked = this.chance.happens(hasty ? challenged.hasty : challenged.always);
    if (asked && !(yield* this.#solve(offer))) return 'denied';
    const sentAt = this.now;
    const latencyMs = this.#latency(sentAt);
    yield this.#delay();
    const outcome = this.#overHours(offer)
      ? 'denied'
      : this.station.claim(offer, this.account.accountId, this.account.held);
    const reason = outcome === 'denied' ? { reason: 'schedule-overlap' } : {};
    this.#record(
      { route: 'offers.claim', latencyMs, offerId: offer.offerId, offerValue: offer.pay, outcome, ...reason },
      sentAt,
    );
    if (outcome === 'won') {
      this.account.held.push(offer);
      const person = this.account.person ?? this;
      this.start(person.#drive(offer), offer.startAt - this.now + this.chance.normal(-8, 6) * 60 * second);
    }
    this.#tally.claim(this.account.family, this.#isProgram, offer, outcome, this.station.dayOf(this.now));
    yield* this.#drawn();
    return outcome;
  }

  #overHours(offer: Offer): boolean {
    const since = offer.startAt - 7 * 24 * hour;
    let hours = offer.endAt - offer.startAt;
    for (const { startAt, endAt } of this.account.held) if (startAt > since) hours += endAt - startAt;
    return hours > hoursPerWeek * hour;
  }

  *#solve(offer: Offer): Generator<number, boolean, void> {
    const sentAt = this.now;
    const latencyMs = this.#latency(sentAt);
    yield this.#delay();
    const about = { offerId: offer.offerId, offerValue: offer.pay };
    this.#record(
      { route: 'offers.claim', latencyMs, ...about, outcome: 'denied', reason: 'challenge-required' },
      sentAt,
    );
    yield* this.#drawn();
    const puzzle = this.chance.pick<Puzzle>(['simple', 'text', 'text', 'game']);
    const durationMs = this.solving(puzzle, this.chance);
    yield durationMs;
    const solvedAt = this.now;
    yield this.#delay();
    const outcome: ActivityOutcome = this.chance.happens(0.92) ? 'ok' : 'denied';
    this.#record(
      { route: 'challenge', offerId: about.offerId, outcome, reason: puzzle, durationMs },
      solvedAt,
    );
    yield* this.#drawn();
    if (outcome === 'ok') yield this.chance.logNormal(900, 0.4);
    return outcome === 'ok';
  }

  /** Gives a block back. */
  *release(offer: Offer): Steps {
    const place = this.account.held.indexOf(offer);
    if (place < 0 || offer.startAt <= this.now) return;
    const sentAt = this.now;
    yield this.#delay();
    if (!this.account.held.includes(offer)) return;
    this.account.held.splice(this.account.held.indexOf(offer), 1);
    this.station.release(offer);
    this.#record(
      { route: 'offers.release', offerId: offer.offerId, offerValue: offer.pay, outcome: 'ok' },
      sentAt,
    );
    yield* this.#drawn();
  }

  /** A finger on the glass inside an offer; nothing where the app does not tell. */
  tap(x: number, y: number, holdMs: number): void {
    const client = this.#client;
    if (!client.sendsPointer) return;
    const withHold = !this.chance.happens(client.missingHolds);
    this.#record({ route: 'ui.pointer', x, y, ...(withHold ? { holdMs } : {}) }, this.now);
  }

  /** The driver comes for the block, by hand whoever claimed it. */
  *#drive(offer: Offer): Steps {
    if (!this.account.held.includes(offer) || this.chance.happens(0.04)) return;
    const { latitude, longitude } = this.station;
    this.#record(
      { route: 'check-in', offerId: offer.offerId, outcome: 'ok', position: { latitude, longitude } },
      this.now - this.#delay(),
    );
    yield this.chance.logNormal(4 * second, 0.5);
    if (this.chance.happens(0.05))
      this.#record({ route: 'selfie-check', outcome: 'ok', durationMs: 700 }, this.now - 200);
  }
}
