import type { Chance } from '../chance.ts';
import type { Hand } from '../hand.ts';
import { day, hour, minute, type Offer } from '../market.ts';
import type { Steps } from '../station.ts';

/** What programs of every family have, each account in its own way; times in milliseconds. */
export interface Traits {
  /** Worth from which a block is taken: no taste, no doubt. */
  leastWorth: number;
  blocksPerWeek: number;
  /** Part of the claims that open the offer first, as the app would. */
  views: number;
  button: readonly [x: number, y: number, spread: number];
  hold: number;
  holdSpread: number;
  /** Day on which the driver begins to use it. */
  sinceDay: number;
  workingDays: number;
  /** Looks per month, before anything is found. */
  looks: number;
}

export const traitsOf = (chance: Chance): Traits => ({
  leastWorth: chance.between(0.1, 1.1),
  blocksPerWeek: chance.logBetween(2.5, 10),
  views: chance.happens(0.5) ? chance.between(0.6, 1) : chance.between(0, 0.3),
  button: [chance.between(120, 300), chance.between(700, 840), chance.pick([0, 0.6, 3, 12])],
  hold: chance.logBetween(35, 160),
  holdSpread: chance.pick([0, 2, 10, 35]),
  sinceDay: chance.happens(0.25) ? chance.between(0, 9) : 0,
  workingDays: chance.between(0.65, 1),
  looks: chance.logBetween(180, 800),
});

export const wantsMore = (hand: Hand, traits: Traits): boolean => {
  const since = hand.now - 3.5 * day;
  let coming = 0;
  for (const { startAt } of hand.account.held) if (startAt > since) coming += 1;
  return coming < traits.blocksPerWeek;
};

/** The best paid that is worth it and was not tried yet. */
export const bestOf = (
  offers: readonly Offer[],
  leastWorth: number,
  tried: ReadonlySet<number>,
): Offer | undefined => {
  let best: Offer | undefined;
  for (const offer of offers)
    if (offer.worth >= (best?.worth ?? leastWorth) && !tried.has(offer.number)) best = offer;
  return best;
};

/** From having found an offer to having asked for it; `reaction` is drawn once for every request. */
export function* take(
  hand: Hand,
  traits: Traits,
  offer: Offer,
  reaction: () => number,
): Generator<number, boolean, void> {
  const { chance } = hand;
  yield reaction();
  if (chance.happens(traits.views)) {
    yield* hand.view(offer);
    yield reaction();
  }
  const [x, y, spread] = traits.button;
  hand.tap(
    x + spread * chance.normal(),
    y + spread * chance.normal(),
    Math.max(5, traits.hold + traits.holdSpread * chance.normal()),
  );
  return (yield* hand.claim(offer)) === 'won';
}

export interface Watching {
  traits: Traits;
  /** Between two looks, from beginning to beginning. */
  pause: () => number;
  reaction: () => number;
  /** What is done with a list; without it the best is taken. */
  found?: (offers: readonly Offer[]) => Steps;
}

/** One shift of looking until a moment. */
export function* watch(hand: Hand, watching: Watching, until: number): Steps {
  const { traits, pause, reaction, found } = watching;
  const tried = new Set<number>();
  hand.open();
  while (hand.now < until) {
    const begun = hand.now;
    const offers = yield* hand.list();
    if (found) yield* found(offers);
    else if (wantsMore(hand, traits)) {
      const offer = bestOf(offers, traits.leastWorth, tried);
      if (offer) {
        tried.add(offer.number);
        yield* take(hand, traits, offer, reaction);
      }
    }
    yield Math.max(20, pause() - (hand.now - begun));
  }
}

/**
 * Shifts through the month: at the drops, where it pays, or at hours of the owner's choosing. They are as long as the
 * looks of the month need, `usualPause` apart.
 */
export function* inShifts(
  hand: Hand,
  traits: Traits,
  usualPause: number,
  shift: (until: number) => Steps,
): Steps {
  const { chance, station } = hand;
  const perDay = 1 + chance.below(4);
  const looksPerShift = traits.looks / (perDay * 30 * traits.workingDays);
  const length = Math.min(4 * hour, Math.max(2 * minute, looksPerShift * usualPause));
  const atDrops = chance.between(0.2, 0.9);
  const hours = Array.from({ length: perDay }, () => chance.between(0, 24) * hour);
  const punctual = chance.logBetween(1, 90) * minute;
  for (let today = Math.floor(traits.sinceDay); ; today += 1) {
    const midnight = station.from + today * day - station.zone;
    if (midnight > station.until) return;
    if (!chance.happens(traits.workingDays)) continue;
    const drops = station.market.occasions.filter(({ at }) => at >= midnight && at < midnight + day);
    const begins = hours.map((usual) =>
      drops.length > 0 && chance.happens(atDrops)
        ? chance.pick(drops).at - chance.between(0, 0.5) * length
        : midnight + usual + punctual * chance.normal(),
    );
    for (const at of begins.sort((one, other) => one - other)) {
      if (at + length < hand.now || at < station.from) continue;
      if (at > hand.now) yield at - hand.now;
      yield* shift(at + length * chance.between(0.7, 1.3));
    }
  }
}

/** Half a second to seconds, as somebody thinks it looks human. */
export const pretendedReaction = (chance: Chance): (() => number) => {
  const median = chance.logBetween(500, 2_500);
  const sigma = chance.between(0.1, 0.5);
  return () => 200 + chance.logNormal(median, sigma);
};

/** As fast as it goes, give or take. */
export const swiftReaction = (chance: Chance): (() => number) => {
  const floor = chance.logBetween(15, 250);
  const jitter = chance.logBetween(3, 120);
  return () => floor + chance.exponential(jitter);
};

export const anyReaction = (chance: Chance): (() => number) => {
  const kind = chance.next();
  if (kind < 0.4) return swiftReaction(chance);
  if (kind < 0.65) {
    const low = chance.logBetween(200, 900);
    const high = low * chance.between(1.3, 3);
    return () => chance.between(low, high);
  }
  return pretendedReaction(chance);
};
