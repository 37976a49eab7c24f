import type { OfflineFamily } from '../offline/family.ts';

/** An example of a family from outside: `node arena/offline/main.ts ... --plugin arena/plugins/metronome.ts`. */
export const family: OfflineFamily = {
  name: 'metronome',
  about: 'looks at every tick for an hour in the evening, takes the first block that pays more than usual',
  *act(hand) {
    const { chance } = hand;
    const [hour, tick] = [3_600_000, chance.between(8_000, 20_000)];
    for (;;) {
      hand.open();
      const end = hand.now + hour;
      while (hand.now < end) {
        const offers = yield* hand.list();
        const offer = offers.find(({ worth }) => worth > 0.5);
        if (offer) yield* hand.claim(offer);
        yield tick;
      }
      yield 23 * hour;
    }
  },
};
