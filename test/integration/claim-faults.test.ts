import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimBlock } from '#core/offers/claim-block.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { lateRelease } from '#core/offers/late-releases-store.ts';
import { signOffer } from '#core/offers/offer-token.ts';
import { publishingStore } from '#core/offers/publishing-store.ts';
import { releaseBlock } from '#core/offers/release-block.ts';
import { settledOffers } from '#core/offers/settled-offers.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import { huntMutant, runSeeds } from '#test/faults/campaign.ts';
import { type Engine, startEngine } from '#test/faults/engine.ts';
import { runHistory } from '#test/faults/history.ts';
import { mutants } from '#test/faults/mutants.ts';
import { aBlock, monday, someKeys, unique } from '#test/support/builders.ts';
import { offerInDraw } from '#test/support/offered.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine?.stop());

/** One warm function of a quiet day. */
const aFunction = (database: Database) => ({
  store: claimsStore(database, engine.table, 30),
  settled: settledOffers(),
  keys: someKeys,
  maxWeeklyMinutes: 2_400,
  releaseLeadMinutes: 60,
  lateHours: 48,
  noteLate: (release: Parameters<typeof lateRelease>[1]) => lateRelease(engine.table, release, 14),
  now: () => monday - 86_400_000,
  random: () => 0.5,
  sleep: async () => {},
});

describe('claims and releases over a faulty network', () => {
  it('break no promise in 200 histories, nearly all of them hit by faults', async () => {
    const { violating, histories, hit, contended } = await runSeeds(engine, 1, 200);
    expect(violating).toEqual([]);
    expect(histories).toBe(200);
    expect(hit).toBeGreaterThan(180);
    expect(contended).toBeGreaterThan(180);
  });

  it('give the same trace for the same seed, alone or among others', async () => {
    const alone = await runHistory(engine, 7);
    const [among] = await Promise.all([7, 8, 9].map((seed) => runHistory(engine, seed)));
    expect(among).toEqual(alone);
    expect(alone.trace.length).toBeGreaterThan(30);
  });

  it('give another trace for another seed', async () => {
    const [one, other] = await Promise.all([7, 8].map((seed) => runHistory(engine, seed)));
    expect(one?.trace).not.toEqual(other?.trace);
  });

  it('keep a block that its driver claimed again while the answer to the release was lost', async () => {
    const [driverId, block] = [unique('driver'), aBlock()];
    await publishingStore(engine, engine.table, 30).writeBlocks([block]);
    const claim = (version: number) =>
      claimBlock(aFunction(engine), {
        requestId: unique('request'),
        driverId,
        offerToken: signOffer(someKeys, { ...block, version }),
      });
    await claim(1);
    let lost = 0;
    const losesFirstWrite: Database = {
      send: async (command) => {
        const answer = await engine.send(command);
        if (command.constructor.name !== 'TransactWriteItemsCommand' || lost > 0) return answer;
        lost += 1;
        await offerInDraw(engine, engine.table, { blockId: block.blockId, version: 2 });
        expect(await claim(2)).toMatchObject({ status: 'claimed' });
        throw Object.assign(new Error('no answer came'), { name: 'TimeoutError' });
      },
    };
    const release = { requestId: unique('request'), driverId, blockId: block.blockId };
    expect(await releaseBlock(aFunction(losesFirstWrite), release)).toMatchObject({
      status: 'repeated',
      version: 1,
    });
    expect(await claimsStore(engine, engine.table, 30).read(block.blockId)).toMatchObject({
      state: 'taken',
      version: 2,
      owner: driverId,
    });
  });
});

describe('the checks on histories', () => {
  it.each(Object.keys(mutants))('notice the mutant %s', async (mutant) => {
    expect(await huntMutant(engine, mutant, 3_000)).toMatchObject({ caughtAfter: expect.any(Number) });
  });
});
