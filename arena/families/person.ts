import type { Offer } from '#contract/offers.ts';
import { type Chance, logNormal, oneOf, uniform } from '../chance.ts';
import type { Hands, LiveFamily, World } from '../family.ts';
import { byPay } from './grabber.ts';

/** Between two looks at the list: a glance, or the phone is put away for a while. */
const pause = (chance: Chance) =>
  chance() < 0.2 ? logNormal(chance, 8_000, 0.8) : logNormal(chance, 2_000, 0.6);
/** Seeing, deciding, two taps: .35 s and a log-normal around 2 s. */
export const reaction = (chance: Chance, pace: number) => 350 + pace * logNormal(chance, 2_000, 0.6);
/** A clip of some seconds, twice: 18 to 42 s for a game-like puzzle. */
const puzzle = (chance: Chance) => uniform(chance, 18_000, 42_000);

/** People see the first screens of a list, best paid first. */
const firstScreens = (offers: readonly Offer[]) => byPay(offers).slice(0, 8);

/**
 * They take one of them. Where blocks are drawn there is no hurry to choose: they name all that they see, the best paid
 * first, as an app offers it with one tap.
 */
const choose = (offers: readonly Offer[], chance: Chance): { offer: Offer; instead: Offer[] } | undefined => {
  const offer = oneOf(chance, firstScreens(offers));
  if (!offer?.drawId) return offer && { offer, instead: [] };
  const [best = offer, ...instead] = firstScreens(offers.filter(({ drawId }) => drawId === offer.drawId));
  return { offer: best, instead };
};

/** Reads the answer; claims once more with a clearance when it was challenged, as the app does. */
const claimByHand = async (world: World, offer: Offer, instead: readonly Offer[]) => {
  const { claim, follow, solve, chance, sleep } = world;
  const own: Hands = { kind: 'owner', lookMs: () => puzzle(chance) };
  const first = await claim(offer, undefined, instead);
  if (first.status === 'entered') void follow(first.drawId, own);
  await sleep(logNormal(chance, 2_500, 0.5));
  if (first.status !== 'refused') return;
  if (first.challengeId) {
    const clearance = await solve(first.challengeId, own);
    if (clearance) await claim(offer, clearance);
  }
  await sleep(first.retryAfterMs);
};

export const person: LiveFamily = {
  name: 'person',
  about: 'Looks at the list now and then, reads, decides, taps; solves what is asked by hand.',
  phone: 'own',
  network: 'own',
  play: async (world) => {
    const { until, now, sleep, look, view, chance } = world;
    const pace = logNormal(chance, 1, 0.35);
    const seen = new Set<string>();
    await sleep(uniform(chance, 0, 4_000));
    while (now() < until) {
      const { offers, retryAfterMs } = await look();
      const chosen = choose(
        offers.filter(({ offerId }) => !seen.has(offerId)),
        chance,
      );
      if (chosen) {
        const { offer, instead } = chosen;
        for (const { offerId, drawId } of [offer, ...offers])
          if (offerId === offer.offerId || (drawId && drawId === offer.drawId)) seen.add(offerId);
        // Seen in the list already: what is opened is looked at for a part of the time only.
        const ms = reaction(chance, pace);
        await sleep(ms * 0.4);
        await view(offer);
        await sleep(ms * 0.6);
        if (now() < until) await claimByHand(world, offer, instead);
      }
      await sleep(Math.max(retryAfterMs, pause(chance)));
    }
  },
};
