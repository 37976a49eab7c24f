import type { OfflineFamily } from '../family.ts';
import { bySelf, type Hand } from '../hand.ts';
import { hour, type Offer, second } from '../market.ts';
import {
  anyReaction,
  bestOf,
  inShifts,
  pretendedReaction,
  swiftReaction,
  take,
  traitsOf,
  wantsMore,
  watch,
} from './program.ts';

export const puzzleFarm: OfflineFamily = {
  name: 'puzzle-farm',
  about: 'passes its challenges on to people elsewhere, who send the solution back',
  solving: (puzzle, chance) => chance.between(10, 30) * second + bySelf(puzzle, chance),
  *act(hand) {
    const { chance } = hand;
    const [traits, reaction] = [traitsOf(chance), swiftReaction(chance)];
    const low = chance.logBetween(1.5, 20) * second;
    const width = chance.between(0.02, 2);
    const pause = () => low * (1 + width * chance.next());
    yield* inShifts(hand, traits, low * (1 + width / 2), (until) =>
      watch(hand, { traits, pause, reaction }, until),
    );
  },
};

export const sharedDispatcher: OfflineFamily = {
  name: 'shared-dispatcher',
  about: 'a service with one pool of devices: one look, claims for many accounts at the same moment',
  crew: [6, 20],
  machine: 'pool',
  *act(hand, crew) {
    // One script does it for all: the first account's.
    if (crew[0] !== hand) return;
    const { chance } = hand;
    const traits = traitsOf(chance);
    const owners = new Map(crew.map((member) => [member, traitsOf(chance)]));
    const reaction = chance.happens(0.6) ? swiftReaction(chance) : pretendedReaction(chance);
    const together = chance.logBetween(40, 1_500);
    const median = chance.logBetween(2, 30) * second;
    const sigma = chance.between(0.05, 0.6);
    const tried = new Set<number>();
    function* hurry(member: Hand, offer: Offer) {
      const own = owners.get(member) ?? traits;
      yield* take(member, own, offer, reaction);
    }
    const dispatch = (offers: readonly Offer[]) => {
      for (const member of chance.shuffle(crew)) {
        const own = owners.get(member) ?? traits;
        if (!wantsMore(member, own)) continue;
        const offer = bestOf(offers, own.leastWorth, tried);
        if (!offer) continue;
        tried.add(offer.number);
        member.start(hurry(member, offer), chance.between(0, together));
      }
    };
    function* shift(until: number) {
      for (const member of crew) member.open();
      while (hand.now < until) {
        dispatch(yield* chance.pick(crew).list());
        yield Math.max(50, chance.logNormal(median, sigma));
      }
    }
    const busy = { ...traits, workingDays: 1, looks: traits.looks * crew.length * 0.8 };
    yield* inShifts(hand, busy, median * (1 + sigma ** 2 / 2), shift);
  },
};

export const releaseAndReclaim: OfflineFamily = {
  name: 'release-and-reclaim',
  about: 'claims more than it needs, gives back what is worth less, and claims again',
  *act(hand) {
    const { chance, account } = hand;
    const drawn = traitsOf(chance);
    const traits = {
      ...drawn,
      leastWorth: drawn.leastWorth - 0.5,
      blocksPerWeek: drawn.blocksPerWeek * chance.between(1.2, 2),
    };
    const reaction = anyReaction(chance);
    const median = chance.logBetween(2, 25) * second;
    const sigma = chance.between(0.05, 0.7);
    const pause = () => chance.logNormal(median, sigma);
    const margin = chance.between(0.2, 0.8);
    const swaps = chance.between(0.3, 0.9);
    const failed = new Set<number>();
    function* claimed(offer: Offer) {
      if (!(yield* take(hand, traits, offer, reaction))) failed.add(offer.number);
    }
    function* found(offers: readonly Offer[]) {
      const best = bestOf(offers, traits.leastWorth, failed);
      if (!best) return;
      const [least] = account.held
        .filter(({ startAt }) => startAt > hand.now + hour)
        .sort((one, other) => one.worth - other.worth);
      if (wantsMore(hand, traits)) {
        const clashes = account.held.some(
          ({ startAt, endAt }) => startAt < best.endAt && best.startAt < endAt,
        );
        if (!clashes) yield* claimed(best);
      } else if (least && best.worth > least.worth + margin && chance.happens(swaps)) {
        yield reaction();
        yield* hand.release(least);
        yield* claimed(best);
      }
      // To start its clock anew, a block goes back and is taken again when it shows.
      const [own] = account.held;
      if (own && own.startAt > hand.now + 3 * hour && chance.happens(0.01)) yield* hand.release(own);
    }
    yield* inShifts(hand, traits, median * (1 + sigma ** 2 / 2), (until) =>
      watch(hand, { traits, pause, reaction, found }, until),
    );
  },
};
