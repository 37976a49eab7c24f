import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClaimedBlock } from '#contract/claims.ts';
import { hour, type Marketplace, nextMonday, openMarketplace } from '#test/support/marketplace.ts';

let market: Marketplace;
beforeAll(async () => {
  market = await openMarketplace({ challenge: 'measure' });
});
afterAll(() => market?.stop());

const minutesOf = ({ startAt, endAt }: Pick<ClaimedBlock, 'startAt' | 'endAt'>) =>
  (Date.parse(endAt) - Date.parse(startAt)) / 60_000;

describe('the journey of a block', () => {
  it('leads from the publisher through the feed and a claim to the schedule, and back by a release', async () => {
    const [offer] = await market.publish();
    const driver = await market.driver();
    const claim = await driver.claimBlock({ body: { offerToken: offer?.offerToken ?? '' } });
    expect(claim).toMatchObject({
      status: 201,
      body: { status: 'claimed', block: { blockId: offer?.blockId } },
    });
    const again = await driver.claimBlock({ body: { offerToken: offer?.offerToken ?? '' } });
    expect(again).toMatchObject({ status: 200, body: claim.body });
    const schedule = await driver.listSchedule();
    expect(schedule.body).toMatchObject({ blocks: [{ blockId: offer?.blockId }] });
    const params = { blockId: offer?.blockId ?? '' };
    expect(await driver.releaseBlock({ params })).toMatchObject({ status: 204 });
    expect(await driver.releaseBlock({ params })).toMatchObject({ status: 204 });
    expect((await driver.listSchedule()).body).toEqual({ blocks: [] });
  });

  it('publishes once under a request key, however often it is sent', async () => {
    const body = {
      stationId: 'DSE2',
      opensAt: new Date().toISOString(),
      mode: 'gated' as const,
      requestKey: `key-${nextMonday}`,
      blocks: [
        {
          startAt: new Date(nextMonday).toISOString(),
          endAt: new Date(nextMonday + hour).toISOString(),
          pay: { amount: 1_000, currency: 'EUR' },
        },
      ],
    };
    const first = await market.publisher.publishDrop({ body });
    const second = await market.publisher.publishDrop({ body });
    expect(first).toMatchObject({ status: 201 });
    expect(second.body).toEqual(first.body);
    const other = await market.publisher.publishDrop({ body: { ...body, mode: 'direct' } });
    expect(other).toMatchObject({ status: 409, body: { code: 'request-key-reused' } });
  });
});

describe('a rush', () => {
  it.each(['direct', 'gated'] as const)(
    'of 500 drivers on one block in %s mode: one has it, 499 are told so, nothing fails',
    async (mode) => {
      const [offer] = await market.publish([{}], { mode });
      const drivers = await market.drivers(500);
      const answers = await Promise.all(
        drivers.map((driver) => driver.claimBlock({ body: { offerToken: offer?.offerToken ?? '' } })),
      );
      const byStatus = Map.groupBy(answers, ({ status }) => status);
      expect(Object.fromEntries([...byStatus].map(([status, { length }]) => [status, length]))).toEqual({
        201: 1,
        409: 499,
      });
      expect(new Set(byStatus.get(409)?.map(({ body }) => body && 'code' in body && body.code))).toEqual(
        new Set(['block-taken']),
      );
    },
  );

  it('of 2,000 claims on 200 blocks with overlaps and hour limits keeps every rule', async () => {
    // 200 blocks of 2 to 10 hours over six days: many overlap, and twenty drivers cannot hold them all in 40 hours.
    const plans = Array.from({ length: 200 }, (_, index) => ({
      startsAt: nextMonday + (index % 6) * 24 * hour + ((index * 7) % 12) * hour,
      minutes: 120 + ((index * 37) % 5) * 120,
    }));
    const offers = [
      ...(await market.publish(plans.slice(0, 100))),
      ...(await market.publish(plans.slice(100), { mode: 'gated' })),
    ];
    const drivers = await market.drivers(20);
    const claims = offers.flatMap((offer, index) =>
      Array.from({ length: 10 }, (_, turn) => ({ offer, driver: (index * 3 + turn * 7) % drivers.length })),
    );
    const won = new Map<string, number>();
    const codes = new Map<string, number>();
    const queue = claims.entries();
    const worker = async () => {
      for (const [, { offer, driver }] of queue) {
        const answer = await drivers[driver]?.claimBlock({ body: { offerToken: offer.offerToken } });
        const code = answer?.ok ? String(answer.status) : (answer?.body.code ?? 'none');
        codes.set(code, (codes.get(code) ?? 0) + 1);
        if (answer?.status !== 201) continue;
        expect(won.has(offer.blockId), 'a block won twice').toBe(false);
        won.set(offer.blockId, driver);
      }
    };
    await Promise.all(Array.from({ length: 64 }, worker));

    expect(claims).toHaveLength(2_000);
    expect([...codes.keys()].sort()).toEqual([
      '201',
      'block-taken',
      'schedule-overlap',
      'weekly-hours-exceeded',
    ]);
    for (const [index, driver] of drivers.entries()) {
      const answer = await driver.listSchedule();
      const blocks = answer.ok ? answer.body.blocks : [];
      expect(new Set(blocks.map(({ blockId }) => blockId))).toEqual(
        new Set([...won].filter(([, owner]) => owner === index).map(([blockId]) => blockId)),
      );
      expect(blocks.reduce((sum, block) => sum + minutesOf(block), 0)).toBeLessThanOrEqual(40 * 60);
      for (const [at, { startAt }] of blocks.entries()) {
        if (at > 0)
          expect(Date.parse(startAt)).toBeGreaterThanOrEqual(Date.parse(blocks[at - 1]?.endAt ?? ''));
      }
    }
  });
});

describe('the record of attempts', () => {
  it('holds every claim and release of a driver, won or lost, once by its id', async () => {
    const [first, second] = await market.publish([
      { startsAt: nextMonday + 200 * hour },
      { startsAt: nextMonday + 200 * hour },
    ]);
    const driver = await market.driver();
    const claim = (offerToken = '') => driver.claimBlock({ body: { offerToken } });
    await claim(first?.offerToken);
    await claim(first?.offerToken);
    await claim(second?.offerToken);
    await driver.releaseBlock({ params: { blockId: first?.blockId ?? '' } });
    const driverId = JSON.parse(Buffer.from(driver.token.split('.')[1] ?? '', 'base64url').toString()).sub;
    const outcomes = async () =>
      (await market.activityOf(driverId)).map(({ route, outcome, reason }) => [route, outcome, reason]);
    await expect.poll(outcomes, { timeout: 15_000, interval: 250 }).toEqual([
      ['offers.claim', 'won', 'no-proof'],
      ['offers.claim', 'ok', 'no-proof'],
      ['offers.claim', 'denied', 'schedule-overlap'],
      ['offers.release', 'ok', 'no-proof'],
    ]);
  });
});
