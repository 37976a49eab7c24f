import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '#contract/client.ts';
import { getDrawRecord } from '#contract/draws.ts';
import type { Offer } from '#contract/offers.ts';
import { verifyDraw } from '#core/draws/verify-record.ts';
import {
  eventually,
  hour,
  type Marketplace,
  nextMonday,
  openMarketplace,
} from '#test/support/marketplace.ts';

type Driver = Awaited<ReturnType<Marketplace['driver']>>;

let market: Marketplace;
let drivers: Driver[];
/** Somebody who was in no test before: weeks fill up, and entries stay. */
const someone = () => {
  const driver = drivers.pop();
  if (!driver) throw new Error('too few drivers');
  return driver;
};
beforeAll(async () => {
  market = await openMarketplace({ challenge: 'measure' });
  drivers = await market.drivers(14);
  // Windows are short: nobody misses one because a function starts.
  const warm = someone();
  const [offer] = (await market.publish()) as [Offer];
  await Promise.all([
    warm.getDraw({ params: { drawId: 'AAAAAAAAAAAA' } }),
    enter(warm, offer),
    warm.listSchedule(),
  ]);
});
afterAll(() => market?.stop());

const quick = { mode: 'draw', drawSeconds: 3 } as const;
const drawIdOf = ({ drawId = '' }: Offer) => drawId;
const enter = (driver: Client, offer: Pick<Offer, 'offerToken'>, ...alternatives: Offer[]) =>
  driver.claimBlock({
    body: {
      offerToken: offer.offerToken,
      ...(alternatives.length > 0 && { alternatives: alternatives.map(({ offerToken }) => offerToken) }),
    },
  });
const blocksOf = async (driver: Client) => {
  const { ok, body } = await driver.listSchedule();
  return ok ? body.blocks.map(({ blockId }) => blockId) : [];
};
/** Blocks that do not overlap. */
const apart = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ startsAt: nextMonday + index * 3 * hour }));

describe('a draw', () => {
  it('leads from the publisher through entries to a winner for each block, and to a record that anybody can check', async () => {
    const entrants = [someone(), someone(), someone()] as const;
    const [one] = entrants;
    const [first, second] = (await market.publish(apart(2), quick)) as [Offer, Offer];
    const params = { drawId: drawIdOf(first) };
    expect(first).toMatchObject({ mode: 'draw', drawId: drawIdOf(second), expiresAt: first.drawClosesAt });
    expect(first.drawCommitment).toMatch(/^[\w-]{43}$/);

    const choices = [first.blockId, second.blockId];
    const answers = await Promise.all([
      ...entrants.map((driver) => enter(driver, first, second)),
      enter(one, first),
    ]);
    for (const answer of answers)
      expect(answer).toMatchObject({
        status: 202,
        body: { status: 'entered', drawId: params.drawId, closesAt: first.drawClosesAt },
      });
    expect((await one.getDraw({ params })).body).toMatchObject({
      state: 'open',
      commitment: first.drawCommitment,
      entry: { state: 'entered', choices },
    });
    expect(await market.anonymous.getDrawRecord({ params })).toMatchObject({ body: { code: 'draw-open' } });

    const views = await Promise.all(entrants.map((driver) => market.drawOver(driver, params.drawId)));
    const byRank = [...views].sort((a, b) => (a.result.rank ?? 0) - (b.result.rank ?? 0));
    expect(byRank.map(({ result: { rank, outcome } }) => ({ rank, ...outcome }))).toMatchObject([
      { rank: 1, status: 'won', block: { blockId: first.blockId } },
      { rank: 2, status: 'won', block: { blockId: second.blockId } },
      { rank: 3, status: 'lost', reasons: choices.map((blockId) => ({ blockId, reason: 'drawn-before' })) },
    ]);
    for (const [index, { result }] of views.entries()) {
      const won = result.outcome.status === 'won' ? [result.outcome.block.blockId] : [];
      expect(await blocksOf(entrants[index] as Driver)).toEqual(won);
    }

    const [published = '', keys = ''] = await Promise.all(
      [getDrawRecord.path.replace('{drawId}', params.drawId), '/v1/keys'].map(async (path) =>
        (await fetch(`${market.system.url}${path}`)).text(),
      ),
    );
    const verdict = verifyDraw(published, JSON.parse(keys));
    expect(verdict).toMatchObject({ status: 'genuine', figures: { entries: 3, blocks: 2 } });
    const changed = published.replace(first.blockId, second.blockId);
    expect(verifyDraw(changed, JSON.parse(keys)).status).not.toBe('genuine');

    const late = someone();
    expect(await enter(late, first)).toMatchObject({ status: 409, body: { code: 'draw-closed' } });
    expect(await late.leaveDraw({ params })).toMatchObject({ status: 409, body: { code: 'draw-closed' } });
    const view = await market.drawOver(late, params.drawId);
    expect(view.result.outcome).toEqual({ status: 'not-entered' });
    expect(await blocksOf(late)).toEqual([]);
  });

  it('is over for who leaves it before the close', async () => {
    const [leaver, stayer] = [someone(), someone()];
    const [offer] = (await market.publish([{}], quick)) as [Offer];
    const params = { drawId: drawIdOf(offer) };
    await Promise.all([enter(leaver, offer), enter(stayer, offer)]);
    expect(await leaver.leaveDraw({ params })).toMatchObject({ status: 204 });
    expect(await leaver.leaveDraw({ params })).toMatchObject({ status: 204 });
    const [left, stayed] = await Promise.all([
      market.drawOver(leaver, params.drawId),
      market.drawOver(stayer, params.drawId),
    ]);
    expect(left.result.outcome).toEqual({ status: 'not-entered' });
    expect(stayed.result).toMatchObject({ rank: 1, outcome: { status: 'won' } });
  });

  it('takes what belongs to it and nothing else', async () => {
    const driver = someone();
    const long = { ...quick, drawSeconds: 60 };
    const [own] = (await market.publish([{}], long)) as [Offer];
    const [elsewhere] = (await market.publish([{}], { ...long, stationId: 'DSE2' })) as [Offer];
    const [direct] = (await market.publish()) as [Offer];
    const forged = { ...own, offerToken: `${own.offerToken.slice(0, -2)}xx` };
    const entriesOf = async () =>
      (await market.storedOffers())
        .split('\n')
        .filter((item) => [own, elsewhere].some((offer) => item.includes(`E#${drawIdOf(offer)}`)));

    for (const alternative of [elsewhere, direct, forged])
      expect(await enter(driver, own, alternative)).toMatchObject({
        status: 400,
        body: { code: 'invalid-request', faults: [{ path: 'alternatives.0' }] },
      });
    expect(await enter(driver, direct, own)).toMatchObject({ body: { code: 'invalid-request' } });
    expect(await enter(driver, forged)).toMatchObject({ body: { code: 'invalid-offer-token' } });
    expect(await entriesOf()).toEqual([]);
    expect(await blocksOf(driver)).toEqual([]);

    const params = { drawId: 'AAAAAAAAAAAA' };
    const unknown = { status: 404, body: { code: 'unknown-draw' } };
    expect(await driver.getDraw({ params })).toMatchObject(unknown);
    expect(await driver.leaveDraw({ params })).toMatchObject(unknown);
    expect(await market.anonymous.getDrawRecord({ params })).toMatchObject(unknown);
  });
});

describe('a block that is given back', () => {
  it('comes back in a draw, and the offer of before is worth nothing', async () => {
    const [first, next] = [someone(), someone()];
    const [offer] = (await market.publish()) as [Offer];
    const { blockId } = offer;
    await enter(first, offer);
    expect(await first.releaseBlock({ params: { blockId } })).toMatchObject({ status: 204 });
    expect(await enter(next, offer)).toMatchObject({ status: 410, body: { code: 'offer-expired' } });
    const again = await eventually('the block does not come back', async () =>
      (await market.offers()).find((listed) => listed.blockId === blockId && listed.mode === 'draw'),
    );
    expect(await enter(next, again)).toMatchObject({ status: 202 });
    const { result } = await market.drawOver(next, drawIdOf(again));
    expect(result.outcome).toMatchObject({ status: 'won', block: { blockId } });
    expect(await blocksOf(next)).toEqual([blockId]);
  });

  it('shortly before its start counts, and its driver sees until when', async () => {
    const driver = someone();
    const [offer] = (await market.publish([{ startsAt: Date.now() + 5 * hour }])) as [Offer];
    await enter(driver, offer);
    expect(await driver.releaseBlock({ params: { blockId: offer.blockId } })).toMatchObject({ status: 204 });
    const me = await driver.getMe();
    expect(me.body).toMatchObject({
      lateReleases: { releases: [{ blockId: offer.blockId }], most: 3, hours: 24 },
    });
    expect(me.body).not.toHaveProperty('lateReleases.behindUntil');
  });
});

describe('a reserved block', () => {
  const params = { stationId: 'DSE2' };

  it('is offered to whom the rotation comes to, and is in nobody else’s list', async () => {
    const driver = someone();
    expect((await driver.getRotation({ params })).body).toMatchObject({ joined: false });
    expect((await driver.joinRotation({ params })).body).toMatchObject({
      joined: true,
      before: 0,
      drivers: 1,
    });
    const { blocks } = await market.announce([{}], { ...params, mode: 'reserved' });
    const offer = await eventually('nothing is kept for the driver', async () => {
      const { ok, body } = await driver.listReservedOffers();
      return ok ? body.offers[0] : undefined;
    });
    expect(offer).toMatchObject({ blockId: blocks[0]?.blockId, mode: 'reserved' });
    expect((await market.offers('DSE2')).map(({ blockId }) => blockId)).not.toContain(offer.blockId);
    expect(await enter(someone(), offer)).toMatchObject({ status: 409, body: { code: 'block-taken' } });
    expect(await enter(driver, offer)).toMatchObject({ status: 201, body: { status: 'claimed' } });
    expect((await driver.listReservedOffers()).body).toEqual({ offers: [] });
    expect(await driver.leaveRotation({ params })).toMatchObject({ status: 204 });
    expect((await driver.getRotation({ params })).body).toMatchObject({ joined: false, drivers: 0 });
    const elsewhere = { params: { stationId: 'XX1' } };
    expect(await driver.joinRotation(elsewhere)).toMatchObject({ body: { code: 'unknown-station' } });
  });

  it('is one of the ways in which a station shares out its blocks', async () => {
    const { blocks } = await market.announce(apart(20), { stationId: 'DSE2', mode: 'shares' });
    const counts = Map.groupBy(blocks, ({ mode }) => mode);
    expect([...counts].map(([mode, { length }]) => [mode, length]).sort()).toEqual([
      ['direct', 6],
      ['draw', 12],
      ['reserved', 2],
    ]);
  });
});

describe('a block that starts within the hour', () => {
  /** Everything that is stored or was logged. */
  const everything = async () => {
    const engine = {
      region: 'eu-central-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    };
    const database = new DynamoDBClient({ ...engine, endpoint: market.system.endpoints.dynamodb ?? '' });
    const resources = market.system.resources();
    const tables = resources.filter(({ type }) => type === 'AWS::DynamoDB::GlobalTable');
    const functions = resources.filter(({ type }) => type === 'AWS::Lambda::Function');
    const items = await Promise.all(
      tables.map(
        async ({ physicalId }) => (await database.send(new ScanCommand({ TableName: physicalId }))).Items,
      ),
    );
    return JSON.stringify([
      items,
      functions.flatMap(({ logicalId }) => market.system.logs(logicalId)),
      await market.archivedAttempts(),
    ]);
  };
  const near = { latitude: 47.671234, longitude: -122.390987 };
  const far = { latitude: 48.858373, longitude: 2.294481 };

  it('asks where the driver is, for that claim alone', async () => {
    const driver = someone();
    const [offer] = (await market.publish([{ startsAt: Date.now() + 50 * 60_000 }], {
      stationId: 'DSE2',
    })) as [Offer];
    const { offerToken, blockId } = offer;
    const required = { status: 428, body: { code: 'position-required' } };
    expect(await driver.claimBlock({ body: { offerToken } })).toMatchObject(required);
    const tooFar = { status: 409, body: { code: 'too-far' } };
    expect(await driver.claimBlock({ body: { offerToken, position: far } })).toMatchObject(tooFar);
    expect(await blocksOf(driver)).toEqual([]);
    const claimed = { status: 201, body: { status: 'claimed', block: { blockId } } };
    expect(await driver.claimBlock({ body: { offerToken, position: near } })).toMatchObject(claimed);

    const { sub } = JSON.parse(Buffer.from(driver.token.split('.')[1] ?? '', 'base64url').toString());
    await eventually('the claims are not in the archive', async () =>
      (await market.activityOf(sub)).length >= 3 ? true : undefined,
    );
    const stored = await everything();
    expect(stored).toContain(blockId);
    for (const degrees of [...Object.values(near), ...Object.values(far)])
      expect(stored).not.toContain(String(Math.abs(degrees)));
  });
});
