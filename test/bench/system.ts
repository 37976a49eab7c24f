import type { Client } from '#contract/client.ts';
import type { Offer } from '#contract/offers.ts';
import { type Marketplace, nextMonday, openMarketplace } from '#test/support/marketplace.ts';
import type { BenchContext } from './context.ts';
import type { Measurement } from './metric.ts';

const concurrency = 64;
const twoHours = 2 * 3_600_000;
/** As many as a publisher may publish at once. */
const publishedAtOnce = 100;

/** What drivers see through the whole local system, over HTTP. */
export const measureSystem = async ({ quick }: BenchContext): Promise<Measurement[]> => {
  const marketplace = await openMarketplace();
  try {
    return [await feedLeave(marketplace, quick ? 5 : 20), await claimsPerSecond(marketplace, quick ? 4 : 12)];
  } finally {
    await marketplace.stop();
  }
};

/** From the answer that gives a block to a driver until no poll lists it any more. The slowest counts. */
const feedLeave = async (marketplace: Marketplace, samples: number): Promise<Measurement> => {
  const driver = await marketplace.driver();
  const offers = await marketplace.publish(plans(samples));
  let slowest = 0;
  for (const offer of offers) {
    await claim(driver, offer);
    const claimedAt = performance.now();
    while ((await marketplace.offers()).some(({ blockId }) => blockId === offer.blockId))
      if (performance.now() - claimedAt > 10_000) throw new Error('a claimed block stays in the feed');
    slowest = Math.max(slowest, performance.now() - claimedAt);
  }
  return { name: 'feed.leave-ms', value: slowest, samples };
};

/** Wins alone, no two drivers after the same block: what the machine can do, beside what the design allows. */
const claimsPerSecond = async (marketplace: Marketplace, perDriver: number): Promise<Measurement> => {
  const drivers = await marketplace.drivers(concurrency);
  const offers: Offer[] = [];
  const wanted = plans(perDriver);
  const all = drivers.flatMap(() => wanted);
  for (let from = 0; from < all.length; from += publishedAtOnce)
    offers.push(
      ...(await marketplace.publish(all.slice(from, from + publishedAtOnce), { stationId: 'DSE2' })),
    );
  const began = performance.now();
  await Promise.all(
    drivers.map(async (driver, index) => {
      for (const offer of offers.slice(index * perDriver, (index + 1) * perDriver))
        await claim(driver, offer);
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  return { name: 'http.claims-per-second', value: offers.length / seconds, samples: offers.length };
};

const plans = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ startsAt: nextMonday + index * twoHours }));

const claim = async (driver: Client, { offerToken }: Offer): Promise<void> => {
  const answer = await driver.claimBlock({ body: { offerToken } });
  if (answer.status !== 201)
    throw new Error(`a claim was answered ${answer.status} ${JSON.stringify(answer.body)}`);
};
