import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hour, type Marketplace, nextMonday, openMarketplace } from '#test/support/marketplace.ts';

let market: Marketplace;
beforeAll(async () => {
  market = await openMarketplace();
});
afterAll(() => market?.stop());

const isListed = async (blockId: string | undefined, stationId?: string) =>
  (await market.offers(stationId)).some((offer) => offer.blockId === blockId);

describe('the feed of a station', () => {
  it('loses a claimed block within a second and shows it again after its release, with a new token', async () => {
    const [offer] = await market.publish();
    const driver = await market.driver();
    await driver.claimBlock({ body: { offerToken: offer?.offerToken ?? '' } });
    await expect.poll(() => isListed(offer?.blockId), { timeout: 1_000, interval: 50 }).toBe(false);
    await driver.releaseBlock({ params: { blockId: offer?.blockId ?? '' } });
    await expect.poll(() => isListed(offer?.blockId), { timeout: 1_000, interval: 50 }).toBe(true);
    const again = (await market.offers()).find(({ blockId }) => blockId === offer?.blockId);
    expect(again?.offerToken).not.toBe(offer?.offerToken);
  });

  it('answers 304 while nothing changed and 200 with another tag once something did', async () => {
    await market.publish([{}], { stationId: 'DSE2' });
    const driver = await market.driver();
    const list = (etag = '') =>
      driver.listOffers({ params: { stationId: 'DSE2' }, headers: { 'if-none-match': etag } });
    await delay(300);
    const first = await list();
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]+"$/);
    expect(await list(etag)).toMatchObject({ status: 304, body: null });
    await market.publish([{}], { stationId: 'DSE2' });
    expect(await list(etag)).toMatchObject({ status: 200 });
  });

  it('shows a drop when it opens, not before', async () => {
    const opensAt = Date.now() + 1_500;
    const drop = await market.publisher.publishDrop({
      body: {
        stationId: 'DSE1',
        mode: 'gated',
        opensAt: new Date(opensAt).toISOString(),
        blocks: [
          {
            startAt: new Date(nextMonday).toISOString(),
            endAt: new Date(nextMonday + hour).toISOString(),
            pay: { amount: 900, currency: 'EUR' },
          },
        ],
      },
    });
    const blockId = drop.ok ? drop.body.blocks[0]?.blockId : undefined;
    while (Date.now() < opensAt - 200) {
      const listed = await isListed(blockId);
      if (Date.now() < opensAt) expect(listed).toBe(false);
      await delay(100);
    }
    await expect.poll(() => isListed(blockId), { timeout: 3_000, interval: 50 }).toBe(true);
  });

  it('comes in pages that together hold every offer once', async () => {
    const stationId = 'DSE2';
    for (let round = 0; round < 3; round += 1) {
      await market.publish(
        Array.from({ length: 100 }, (_, index) => ({ startsAt: nextMonday + index * 60_000 })),
        { stationId },
      );
    }
    const driver = await market.driver();
    const first = await driver.listOffers({ params: { stationId } });
    expect(first.ok && first.body?.offers.length).toBe(200);
    const all = await market.offers(stationId);
    expect(all.length).toBeGreaterThanOrEqual(300);
    expect(new Set(all.map(({ blockId }) => blockId)).size).toBe(all.length);
  });

  it('is rebuilt from the table by the nightly function', async () => {
    const [offer] = await market.publish();
    await market.forgetFeed('DSE1');
    await expect.poll(() => market.offers(), { timeout: 2_000, interval: 50 }).toEqual([]);
    await market.rebuildFeed();
    await expect.poll(() => isListed(offer?.blockId), { timeout: 2_000, interval: 50 }).toBe(true);
  });
});
