import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlockFacts, BlockState } from '#core/offers/block.ts';
import { scanOpenBlocks } from '#core/offers/blocks-scan-store.ts';
import { blockItem } from '#core/offers/blocks-store.ts';
import { feedStore } from '#core/offers/feed-store.ts';
import { offersList } from '#core/offers/list-offers.ts';
import { readOfferToken } from '#core/offers/offer-token.ts';
import { projectFeed, rebuildFeed } from '#core/offers/project-feed.ts';
import { readBlocks } from '#core/offers/schedule-store.ts';
import { aBlock, monday, someKeys, unique } from '#test/support/builders.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';

const now = monday - 3_600_000;

let engine: Engine;
let offers: string;
let feeds: string;
beforeAll(async () => {
  engine = await startEngine();
  [offers, feeds] = [await engine.createTable(), await engine.createTable({ sortKey: false })];
});
afterAll(() => engine.stop());

const store = (block: BlockFacts, state: BlockState = 'open', version = 1) =>
  engine.client.send(
    new PutItemCommand({ TableName: offers, Item: blockItem(block, version, state, 2_000_000_000) }),
  );

const aProjector = () => {
  const feed = feedStore(engine.client, feeds);
  const read = (ids: readonly string[]) => readBlocks(engine.client, offers, ids);
  return {
    feed,
    project: (...blocks: BlockFacts[]) =>
      projectFeed({ feed, readBlocks: read, now: () => now }, new Set(blocks.map(({ blockId }) => blockId))),
    shown: async (stationId: string) => (await feed.read(stationId)).blocks.map(({ blockId }) => blockId),
  };
};

const aStation = () => unique('S').replaceAll('-', '');

describe('the projection of a station', () => {
  it('shows open blocks in order of their start and drops what is taken or has begun', async () => {
    const [stationId, projector] = [aStation(), aProjector()];
    const [late, early] = [aBlock({ stationId, startsAt: monday + 1 }), aBlock({ stationId })];
    const begun = aBlock({ stationId, startsAt: now });
    await Promise.all([late, early, begun].map((block) => store(block)));
    await projector.project(late, early, begun);
    expect(await projector.shown(stationId)).toEqual([early.blockId, late.blockId]);
    await store(early, 'taken');
    await projector.project(early);
    expect(await projector.shown(stationId)).toEqual([late.blockId]);
  });

  it('ends in what the table holds, whatever order and however often the stream names the blocks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(3), fc.constantFrom<BlockState>('open', 'taken'), fc.boolean()), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.infiniteStream(fc.nat(3)),
        async (changes, echoes) => {
          const [stationId, projector] = [aStation(), aProjector()];
          const blocks = Array.from({ length: 4 }, (_, index) =>
            aBlock({ stationId, startsAt: monday + index }),
          );
          const states = new Map<string, BlockState>();
          for (const [index, state, projectNow] of changes) {
            const block = blocks[index] as BlockFacts;
            await store(block, state);
            states.set(block.blockId, state);
            const echo = blocks[echoes.next().value as number] as BlockFacts;
            if (projectNow) await Promise.all([projector.project(echo), projector.project(block)]);
          }
          await projector.project(...blocks);
          expect(await projector.shown(stationId)).toEqual(
            blocks.map(({ blockId }) => blockId).filter((blockId) => states.get(blockId) === 'open'),
          );
        },
      ),
      { numRuns: 25 },
    );
  });

  it('loses nothing when many projectors write one station at once', async () => {
    const stationId = aStation();
    const blocks = Array.from({ length: 8 }, (_, index) => aBlock({ stationId, startsAt: monday + index }));
    await Promise.all(blocks.map((block) => store(block)));
    await Promise.all(blocks.map((block) => aProjector().project(block)));
    const projector = aProjector();
    expect(await projector.shown(stationId)).toEqual(blocks.map(({ blockId }) => blockId));
    expect((await projector.feed.read(stationId)).seq).toBe(8);
  });

  it('does not count a change where there is none', async () => {
    const [stationId, projector] = [aStation(), aProjector()];
    const block = aBlock({ stationId });
    await store(block);
    await projector.project(block);
    await projector.project(block);
    expect((await projector.feed.read(stationId)).seq).toBe(1);
  });

  it('can be rebuilt from the table, also when it shows what the table does not hold', async () => {
    const [stationId, projector] = [aStation(), aProjector()];
    const [open, taken] = [aBlock({ stationId }), aBlock({ stationId })];
    const [begun, ghost] = [aBlock({ stationId, startsAt: now }), aBlock({ stationId })];
    await Promise.all([store(open), store(taken, 'taken'), store(begun)]);
    const { stationId: _, ...facts } = { ...ghost, version: 1 };
    await projector.feed.write({ stationId, seq: 1, blocks: [{ stationId, ...facts }] });
    await rebuildFeed({
      feed: projector.feed,
      readBlocks: (ids) => readBlocks(engine.client, offers, ids),
      scanOpenBlocks: (at) => scanOpenBlocks(engine.client, offers, at),
      stations: [stationId],
      now: () => now,
    });
    expect(await projector.shown(stationId)).toEqual([open.blockId]);
  });
});

describe('the list of offers', () => {
  const list = (stationId: string, at: () => number = () => now) =>
    offersList({
      feed: aProjector().feed,
      keys: async () => someKeys,
      stations: new Set([stationId]),
      now: at,
    });

  it('gives every driver the same signed offers, and hides what has not opened', async () => {
    const [stationId, projector] = [aStation(), aProjector()];
    const [open, later] = [aBlock({ stationId, amount: 7_200 }), aBlock({ stationId, opensAt: now + 1 })];
    await Promise.all([store(open), store(later)]);
    await projector.project(open, later);
    const outcome = await list(stationId)(stationId);
    const listed = outcome.status === 'listed' ? outcome.body.offers : [];
    expect(listed.map(({ blockId }) => blockId)).toEqual([open.blockId]);
    expect(readOfferToken(someKeys, listed[0]?.offerToken ?? '')).toMatchObject({
      blockId: open.blockId,
      version: 1,
      stationId,
      amount: 7_200,
      startsAt: open.startsAt,
    });
    const afterOpening = await list(stationId, () => now + 1)(stationId);
    expect(afterOpening.status === 'listed' && afterOpening.body.offers).toHaveLength(2);
  });

  it('keeps its tag while it stays the same, in every process, and changes it with the list', async () => {
    const [stationId, projector] = [aStation(), aProjector()];
    const [first, second] = [aBlock({ stationId }), aBlock({ stationId })];
    await Promise.all([store(first), store(second)]);
    await projector.project(first);
    const tag = async () => {
      const outcome = await list(stationId)(stationId);
      return outcome.status === 'listed' ? outcome.etag : '';
    };
    const before = await tag();
    expect(await tag()).toBe(before);
    await projector.project(second);
    expect(await tag()).not.toBe(before);
  });

  it('holds a thousand blocks in one item', async () => {
    const [stationId, projector] = [aStation(), aProjector()];
    const blocks = Array.from({ length: 1_000 }, (_, index) =>
      aBlock({ stationId, startsAt: monday + index * 60_000, blockId: unique('b'), amount: index * 7 }),
    );
    await Promise.all(blocks.map((block) => store(block)));
    await projector.project(...blocks);
    expect(await projector.shown(stationId)).toHaveLength(1_000);
  });
});
