import type { Offer } from '#contract/offers.ts';
import type { Chance } from '../chance.ts';
import type { Hands, LiveFamily, World } from '../family.ts';

/** What a bot that polls and claims differs by; times in milliseconds. */
export interface Grabbing {
  name: string;
  about: string;
  phone?: LiveFamily['phone'];
  network?: LiveFamily['network'];
  /** Between two polls. */
  pause: (chance: Chance) => number;
  /** From the list to the claim. */
  reaction: (chance: Chance) => number;
  /** Between two claims out of one list; left out: one claim per poll. */
  again?: (chance: Chance) => number;
  hands?: (chance: Chance) => Hands;
}

/** Best paid first. */
export const byPay = (offers: readonly Offer[]): Offer[] =>
  [...offers].sort((a, b) => b.pay.amount - a.pay.amount);

/** Claims, and does what its hands can when it is challenged. Gives what the service asks to be waited. */
export const grab = async ({ claim, follow, solve }: World, offer: Offer, hands: Hands): Promise<number> => {
  const first = await claim(offer);
  if (first.status === 'entered') void follow(first.drawId, hands);
  if (first.status !== 'refused') return 0;
  const clearance = first.challengeId && (await solve(first.challengeId, hands));
  if (clearance) await claim(offer, clearance);
  return first.retryAfterMs;
};

/** A refused login or phone is tried again after so long. */
const lockedOutMs = 2_000;

/** The plan of most bots: poll, take the best paid, poll. */
export const grabber = ({
  name,
  about,
  phone = 'own',
  network = 'own',
  pause,
  reaction,
  again,
  hands = () => ({ kind: 'nobody' }),
}: Grabbing): LiveFamily => ({
  name,
  about,
  phone,
  network,
  play: async (world) => {
    const { until, now, sleep, look, chance } = world;
    const tried = new Set<string>();
    while (now() < until) {
      const { offers, code, retryAfterMs } = await look();
      let wait = code ? Math.max(retryAfterMs, lockedOutMs) : 0;
      const fresh = byPay(offers).filter(({ offerId }) => !tried.has(offerId));
      for (const offer of again ? fresh : fresh.slice(0, 1)) {
        await sleep(tried.has(offer.offerId) ? 0 : reaction(chance));
        tried.add(offer.offerId);
        if (now() >= until) return;
        wait = Math.max(wait, await grab(world, offer, hands(chance)));
        if (wait > 0) break;
        await sleep(again?.(chance) ?? 0);
      }
      await sleep(Math.max(wait, pause(chance)));
    }
  },
});
