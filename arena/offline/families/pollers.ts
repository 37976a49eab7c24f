import type { OfflineFamily } from '../family.ts';
import { day, hour, minute, second } from '../market.ts';
import { anyReaction, inShifts, pretendedReaction, swiftReaction, traitsOf, watch } from './program.ts';

export const fixedPoller: OfflineFamily = {
  name: 'fixed-poller',
  about: 'looks at the feed at one interval, some milliseconds more or less',
  *act(hand) {
    const { chance } = hand;
    const [traits, reaction] = [traitsOf(chance), anyReaction(chance)];
    const interval = chance.logBetween(1.5, 60) * second;
    const drift = chance.logBetween(1, 40);
    const pause = () => interval + drift * chance.normal();
    yield* inShifts(hand, traits, interval, (until) => watch(hand, { traits, pause, reaction }, until));
  },
};

export const jitteredUniform: OfflineFamily = {
  name: 'jittered-uniform',
  about: 'looks after a pause that is drawn evenly between two ends',
  *act(hand) {
    const { chance } = hand;
    const [traits, reaction] = [traitsOf(chance), anyReaction(chance)];
    const low = chance.logBetween(1, 25) * second;
    const high = low * chance.between(1.3, 5);
    const pause = () => chance.between(low, high);
    yield* inShifts(hand, traits, (low + high) / 2, (until) =>
      watch(hand, { traits, pause, reaction }, until),
    );
  },
};

export const jitteredLognormal: OfflineFamily = {
  name: 'jittered-lognormal',
  about: 'looks after log-normal pauses and claims after log-normal ones: made to look human',
  *act(hand) {
    const { chance } = hand;
    const [traits, reaction] = [traitsOf(chance), pretendedReaction(chance)];
    const median = chance.logBetween(3, 30) * second;
    const sigma = chance.between(0.3, 0.9);
    const pause = () => chance.logNormal(median, sigma);
    yield* inShifts(hand, traits, median * 1.2, (until) => watch(hand, { traits, pause, reaction }, until));
  },
};

export const fastClaimer: OfflineFamily = {
  name: 'fast-claimer',
  about: 'looks often for a minute or two when blocks open, claims at once',
  *act(hand) {
    const { chance, station } = hand;
    const [traits, reaction] = [traitsOf(chance), swiftReaction(chance)];
    const attends = chance.between(0.35, 0.95);
    const median = chance.logBetween(0.4, 3) * second;
    const sigma = chance.between(0.02, 0.5);
    const length = (traits.looks * median) / (attends * station.market.occasions.length);
    const early = chance.between(0.1, 0.5) * length;
    const pause = () => chance.logNormal(median, sigma);
    const since = station.from + traits.sinceDay * day;
    for (const { at } of station.market.occasions) {
      if (at < since || at - early < hand.now || !chance.happens(attends)) continue;
      yield at - early - hand.now;
      yield* watch(hand, { traits, pause, reaction }, hand.now + length * chance.between(0.6, 1.4));
    }
  },
};

export const slowAndLow: OfflineFamily = {
  name: 'slow-and-low',
  about: 'a few looks an hour round the clock, claims as slowly as a person',
  *act(hand) {
    const { chance, station } = hand;
    const traits = { ...traitsOf(chance), views: chance.between(0.7, 1) };
    const reaction = pretendedReaction(chance);
    const mean = (60 / chance.between(0.7, 2.6)) * minute;
    const rests = chance.happens(0.5) ? chance.between(2, 6) * hour : 0;
    const restsAt = chance.between(0, 24) * hour;
    const sigma = chance.between(0.2, 0.8);
    const pause = () => {
      const ofDay = (((hand.now + station.zone - station.from - restsAt) % day) + day) % day;
      return ofDay < rests ? rests - ofDay + chance.between(0, 0.2) * hour : chance.logNormal(mean, sigma);
    };
    yield traits.sinceDay * day + chance.between(0, 2) * hour;
    for (;;) {
      if (!chance.happens(traits.workingDays)) yield day;
      yield* watch(hand, { traits, pause, reaction }, hand.now + chance.between(0.5, 3) * day);
    }
  },
};
