import type { Client } from '#contract/client.ts';
import type { Offer } from '#contract/offers.ts';

/** A source of chance in [0, 1) that repeats with its seed (mulberry32). */
export const seededChance = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
};

type Chance = () => number;
const normal = (chance: Chance) => Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
const logNormal = (chance: Chance, median: number, sigma: number) =>
  median * Math.exp(sigma * normal(chance));

/** How a kind of participant behaves; times in milliseconds. */
export interface Family {
  name: 'person' | 'fast claimer' | 'fast claimer without a phone';
  /** Whether it drives a phone of its own, or has a driver's password only. */
  hasPhone: boolean;
  /** Between two looks at the list. */
  pause: (chance: Chance) => number;
  /** From seeing the list to asking for a block: reading, deciding, two taps. */
  reaction: (chance: Chance) => number;
  choose: (offers: readonly Offer[], chance: Chance) => Offer | undefined;
}

const bestPaid = (offers: readonly Offer[]) =>
  offers.reduce<Offer | undefined>(
    (best, offer) => (best && best.pay.amount >= offer.pay.amount ? best : offer),
    undefined,
  );

/** Reaction: 0.35 s and a log-normal around 2 s. People look at the first few blocks, not at all. */
export const person: Family = {
  name: 'person',
  hasPhone: true,
  pause: (chance) => logNormal(chance, 1_500, 0.6),
  reaction: (chance) => 350 + logNormal(chance, 2_000, 0.6),
  choose: (offers, chance) => {
    const seen = [...offers].sort((a, b) => b.pay.amount - a.pay.amount).slice(0, 8);
    return seen[Math.floor(chance() * seen.length)];
  },
};

/** Polls without a break and takes the best block the moment it is there. */
export const fastClaimer: Family = {
  name: 'fast claimer',
  hasPhone: true,
  pause: () => 100,
  reaction: () => 1,
  choose: (offers) => bestPaid(offers),
};

/** A service that was given a password. Where proofs are enforced it gets nothing. */
export const passwordHolder: Family = {
  ...fastClaimer,
  name: 'fast claimer without a phone',
  hasPhone: false,
};

export interface Tally {
  won: Offer[];
  attempts: number;
  refusals: Map<string, number>;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Takes part until the time is over, through the public API like any other client. */
export const takePart = async (
  client: Client,
  { pause, reaction, choose }: Family,
  {
    stationId,
    until,
    chance,
    only,
  }: { stationId: string; until: number; chance: Chance; only: ReadonlySet<string> },
): Promise<Tally> => {
  const tally: Tally = { won: [], attempts: 0, refusals: new Map() };
  const refused = (code: string) => tally.refusals.set(code, (tally.refusals.get(code) ?? 0) + 1);
  const hopeless = new Set<string>();
  while (Date.now() < until) {
    const list = await client.listOffers({ params: { stationId } });
    if (!list.ok) refused(list.body.code);
    const offers = list.ok && list.status === 200 ? list.body.offers : [];
    const offer = choose(
      offers.filter(({ offerId, blockId }) => only.has(blockId) && !hopeless.has(offerId)),
      chance,
    );
    if (offer) {
      await wait(reaction(chance));
      const claim = await client.claimBlock({ body: { offerToken: offer.offerToken } });
      tally.attempts += 1;
      if (claim.ok) tally.won.push(offer);
      else refused(claim.body.code);
      hopeless.add(offer.offerId);
    }
    await wait(pause(chance));
  }
  return tally;
};
