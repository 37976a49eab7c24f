import { type Chance, logNormal, oneOf } from '../chance.ts';
import type { LiveFamily } from '../family.ts';
import { byPay, grab } from './grabber.ts';
import { reaction } from './person.ts';

/** What a tool recorded of somebody's evening: pauses between looks and times from the list to the tap, in ms. */
const record = (chance: Chance) => ({
  pauses: Array.from({ length: 100 }, () => logNormal(chance, 2_000, 0.6)),
  reactions: Array.from({ length: 100 }, () => reaction(chance, 1)),
});

/**
 * The delays are a person's, drawn again in any order, on a phone that is what it says. Timing does not tell it from
 * people; it wins no more than they do, only longer.
 */
export const humanReplay: LiveFamily = {
  name: 'human-replay',
  about: "Replays a recorded person's delays on a genuine phone and never looks away.",
  phone: 'own',
  network: 'own',
  play: async (world) => {
    const { until, now, sleep, look, view, chance } = world;
    const { pauses, reactions } = record(chance);
    const tried = new Set<string>();
    while (now() < until) {
      const { offers, retryAfterMs } = await look();
      const offer = byPay(offers).find(({ offerId }) => !tried.has(offerId));
      if (offer) {
        tried.add(offer.offerId);
        await sleep(oneOf(chance, reactions) ?? 0);
        await view(offer);
        if (now() >= until) return;
        await sleep(await grab(world, offer, { kind: 'nobody' }));
      }
      await sleep(Math.max(retryAfterMs, oneOf(chance, pauses) ?? 0));
    }
  },
};
