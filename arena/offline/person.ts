import type { Chance } from './chance.ts';
import type { Habits } from './habits.ts';
import type { Hand } from './hand.ts';
import { day, hour, minute, type Offer, second } from './market.ts';
import { published } from './published.ts';
import type { Steps } from './station.ts';

/** Screen of a phone, in points. */
const screen = { width: 414, height: 896 };
/** Nobody reads more of the list than its beginning. */
const readAtOnce = 8;
const viewsPerSession = 3;

interface Session {
  at: number;
  /** Why the person comes: of their own, or because blocks open now. */
  rush: boolean;
}

/**
 * Steps of the rest-sleep-and-comment cycle through the waking hours: the moments at which the app is opened. On idle
 * days all of it is slower.
 */
const momentsOf = (chance: Chance, habits: Habits, from: number, until: number, idle: number): number[] => {
  const moments: number[] = [];
  const own = Math.sqrt(1 - habits.selfCorrelation ** 2);
  let active = false;
  let deviation = chance.normal();
  for (let at = from; ; ) {
    deviation = habits.selfCorrelation * deviation + own * chance.normal();
    at += active
      ? Math.sqrt(idle) * habits.active * Math.exp(habits.sigmaActive * deviation)
      : idle * habits.rest * Math.exp(habits.sigmaRest * deviation);
    if (at >= until) return moments;
    if (chance.happens(habits.post)) moments.push(at);
    active = active ? !chance.happens(habits.restAfterActive) : chance.happens(habits.activeAfterRest / idle);
  }
};

/** What a person does: days, sessions in a day, looks in a session, choices in a look. */
export class Person {
  readonly hand: Hand;
  readonly habits: Habits;
  readonly chance: Chance;
  /** What of the account's use is by hand: all of it for honest people. */
  readonly share: number;
  /** Reaction of the day. */
  #daySlow = 0;
  #mood = 0;
  #tapDeviation = 0;
  #upAt: number;
  readonly #seen = new Set<number>();
  /** Where reactions are not the person's own but somebody's recorded ones. */
  readonly #replayed: (() => number) | undefined;

  constructor(hand: Hand, habits: Habits, share = 1, replayed?: () => number) {
    this.hand = hand;
    this.habits = habits;
    this.chance = hand.chance;
    this.share = share;
    this.#replayed = replayed;
    this.#upAt = habits.wakesAt;
  }

  /** The whole month. */
  *live(): Steps {
    const { station } = this.hand;
    for (let today = -1; ; today += 1) {
      const midnight = station.from + today * day - station.zone;
      if (midnight > station.until) return;
      for (const session of this.#sessionsOf(midnight, today)) {
        if (session.at > this.hand.now) yield session.at - this.hand.now;
        // Sessions that began while another went on are part of it.
        if (session.at < this.hand.now - 20 * minute) continue;
        yield* this.#session(session.rush);
      }
    }
  }

  #sessionsOf(midnight: number, today: number): Session[] {
    const { chance, habits, share } = this;
    this.#daySlow = chance.normal(0, published.reaction.daySigma);
    this.#upAt = habits.wakesAt + chance.normal(0, habits.wakesSpread);
    this.#seen.clear();
    const weekday = (today + 7) % 7;
    const works = chance.happens((habits.workingDays[weekday] ?? 1) * Math.sqrt(share));
    // A mood lasts for some days, and so does being away; in the mean over moods people do as much as without.
    this.#mood = 0.85 * this.#mood + 0.53 * habits.moods * chance.normal();
    const [awayFrom, awayUntil] = habits.away;
    const away = today >= awayFrom && today < awayUntil;
    const idle =
      (works && !away ? 1 : away ? 12 : habits.offDays) * Math.exp(this.#mood + habits.moods ** 2 / 2);
    const from = midnight + this.#upAt;
    const until = from + day - habits.asleep;
    const sessions = momentsOf(chance, habits, from, until, idle)
      .filter(() => share === 1 || chance.happens(share))
      .map((at): Session => ({ at, rush: false }));
    const { from: beginning, market } = this.hand.station;
    for (const { at, kind } of market.occasions) {
      if (at < from || at >= until || !works || away) continue;
      if (kind === 'drop' && chance.happens(habits.attendsDrops * share))
        sessions.push({ at: at + chance.normal(-20, 45) * second, rush: true });
      if (kind === 'push' && chance.happens(habits.answersPush * share))
        sessions.push({ at: at + chance.logNormal(25, 1) * second, rush: true });
    }
    return sessions.filter(({ at }) => at >= beginning).sort((one, other) => one.at - other.at);
  }

  *#session(rush: boolean): Steps {
    const { chance, habits, hand } = this;
    hand.open();
    const hammering = rush && chance.happens(habits.hammers);
    let views = 0;
    if (hammering) yield* this.#hammer();
    const usual = habits.refreshes * (rush ? 1.6 : 1);
    let refreshes = Math.min(40, Math.floor(chance.exponential(usual) + chance.next()));
    for (;;) {
      const offers = yield* hand.list();
      let returns = false;
      if (views < viewsPerSession && this.#wants()) {
        const offer = this.#choose(offers);
        if (offer) {
          views += 1;
          const won = yield* this.#consider(offer, rush);
          if (won && chance.happens(0.7)) return;
          returns = true;
        }
      }
      // Whoever comes back from an offer gets the feed anew.
      if (returns) continue;
      refreshes -= 1;
      if (refreshes < 0) return;
      const { exponent, lowSeconds } = published.checking;
      const longest = rush ? 60 : habits.longestRefresh / second;
      yield chance.powerLaw(exponent, lowSeconds, longest) * second;
    }
  }

  /** Refreshing as fast as it goes, in runs: by the thumb's own rhythm, or every one to three seconds. */
  *#hammer(): Steps {
    const { chance, habits, hand } = this;
    const end = hand.now + chance.between(4, 30) * minute;
    const thumb = chance.happens(0.6);
    for (let runs = 2 + chance.below(6); runs > 0 && hand.now < end; runs -= 1) {
      const tempo = thumb ? habits.tempo * chance.logNormal(1, 0.06) : chance.between(1, 3) * second;
      for (let looks = 5 + chance.below(thumb ? 25 : 12); looks > 0; looks -= 1) {
        if (thumb) hand.refresh();
        else yield* hand.list();
        yield tempo * (1 + habits.withinRun * chance.normal());
        const offer = this.#wants() ? this.#choose(hand.station.offers.slice(-readAtOnce), 0.4) : undefined;
        if (offer && (yield* this.#consider(offer, true))) return;
      }
      yield chance.powerLaw(published.checking.exponent, 8, 600) * second;
    }
  }

  #wants(): boolean {
    const since = this.hand.now - 3.5 * day;
    let coming = 0;
    for (const { startAt } of this.hand.account.held) if (startAt > since) coming += 1;
    return coming < this.habits.blocksPerWeek || this.chance.happens(0.1);
  }

  #choose(offers: readonly Offer[], extra = 0): Offer | undefined {
    const { chance, habits } = this;
    const skipped = Math.max(0, offers.length - 2 * readAtOnce);
    let best: Offer | undefined;
    let bestWorth = habits.choosy + extra;
    for (let read = 0; read < readAtOnce; read += 1) {
      const offer = offers[skipped + chance.below(offers.length - skipped)];
      if (!offer || this.#seen.has(offer.number)) continue;
      const worth = offer.worth + habits.taste * chance.normal();
      if (worth <= bestWorth) continue;
      best = offer;
      bestWorth = worth;
    }
    return best;
  }

  /** From finding an offer to having decided, by hand or by switch. */
  #reaction(): number {
    if (this.#replayed) return this.#replayed();
    const { chance, habits } = this;
    const { floorMs, medianMs, lapses } = published.reaction;
    const slow = Math.exp(habits.slow + this.#daySlow);
    const decided = floorMs + slow * chance.logNormal(medianMs, habits.reactionSigma);
    const lapse = chance.happens(lapses) ? chance.between(4, 25) * second : 0;
    if (habits.scan === undefined) return decided + lapse;
    // A scan moves at its own pace: the choice falls when it comes by.
    const steps = Math.max(2, Math.round(decided / habits.scan));
    return steps * habits.scan * (1 + 0.02 * chance.normal()) + lapse;
  }

  /** Looks at one offer; true if it was won. */
  *#consider(offer: Offer, rush: boolean): Generator<number, boolean, void> {
    const { chance, hand, habits } = this;
    this.#seen.add(offer.number);
    yield this.#reaction();
    yield* hand.view(offer);
    const takes = offer.worth + 0.5 * chance.normal() > habits.choosy - 0.2;
    if (takes && (rush || chance.happens(0.45))) {
      yield this.#reaction();
    } else {
      yield* this.#read();
      if (!takes) return false;
    }
    this.#tap(screen.width / 2, screen.height - 90);
    if ((yield* hand.claim(offer)) !== 'won') return false;
    if (chance.happens(habits.changesMind))
      hand.start(this.#giveBack(offer), chance.logNormal(2, 1.2) * hour);
    return true;
  }

  /** A page is read; fingers move on it meanwhile. */
  *#read(): Steps {
    const { chance, habits } = this;
    const { mu, sigma } = published.dwell;
    const pauses = this.#tapPauses();
    const tapping = pauses.reduce((sum, pause) => sum + pause, 0);
    const readSigma = Math.sqrt(sigma ** 2 - 0.25 ** 2);
    let dwell = 0;
    for (let draws = 0; draws < 6 && dwell <= tapping; draws += 1)
      dwell = Math.exp(mu + habits.readsSlowly + readSigma * chance.normal()) * second;
    let left = Math.max(0, dwell - tapping);
    const before = left * chance.next();
    left -= before;
    yield before;
    const [x, y] = habits.thumb;
    this.#tap(x, y);
    for (const pause of pauses) {
      yield pause;
      this.#tap(x, y);
    }
    yield left;
  }

  #tapPauses(): number[] {
    const { chance, habits } = this;
    if (!this.hand.sendsPointer) return [];
    const { sigma, accountSigma } = published.tap;
    const spread = Math.sqrt(sigma ** 2 - accountSigma ** 2);
    const own = Math.sqrt(1 - habits.tapLag ** 2);
    return Array.from({ length: Math.min(6, Math.floor(chance.exponential(habits.taps))) }, () => {
      this.#tapDeviation = habits.tapLag * this.#tapDeviation + own * chance.normal();
      return Math.exp(habits.tapMu + spread * this.#tapDeviation) * second;
    });
  }

  #tap(x: number, y: number): void {
    const { chance, habits, hand } = this;
    if (!hand.sendsPointer) return;
    const spread = habits.thumb[2];
    hand.tap(
      Math.min(screen.width, Math.max(0, x + spread * chance.normal())),
      Math.min(screen.height, Math.max(0, y + spread * chance.normal())),
      Math.max(20, Math.exp(habits.holdMu + habits.holdSigma * chance.normal()) * second),
    );
  }

  *#giveBack(offer: Offer): Steps {
    this.hand.open();
    yield* this.hand.list();
    yield this.#reaction();
    yield* this.hand.release(offer);
  }
}
