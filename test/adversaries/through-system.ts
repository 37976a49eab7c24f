import type { claimBlock } from '#contract/claims.ts';
import type { Client } from '#contract/client.ts';
import type { Offer } from '#contract/offers.ts';
import type { BodyOf } from '#contract/route.ts';
import { challengedClaim, factsOf, missesFor, publishedBefore } from '#test/support/challenged.ts';
import { type Marketplace, openMarketplace } from '#test/support/marketplace.ts';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The block in its next version, as soon as the list shows it. */
const offeredAnew = async (market: Marketplace, { blockId, offerToken }: Offer): Promise<Offer> => {
  for (let patience = 0; patience < 100; patience += 1) {
    const offer = (await market.offers()).find((one) => one.blockId === blockId);
    if (offer && offer.offerToken !== offerToken) return offer;
    await wait(100);
  }
  throw new Error('a released block is not offered again');
};

/** Passes the challenge of a claim by silent work or, as who knows the answers, by the object task. */
export const clear = async (market: Marketplace, driver: Client, challengeId: string): Promise<string> => {
  const params = { challengeId };
  for (;;) {
    const shown = await driver.getChallenge({ params, query: { mode: 'picture' } });
    if (!shown.ok || !shown.body.task) throw new Error(`not shown: ${JSON.stringify(shown.body)}`);
    const { taskId } = shown.body.task;
    const { answer, durationMs } = factsOf(await market.storedChallenge(challengeId), taskId);
    await wait(durationMs);
    const body = { answer: { kind: 'picks' as const, taskId, picks: [...answer] } };
    const answered = await driver.attemptChallenge({ params, body });
    if (!answered.ok) throw new Error(`not passed: ${JSON.stringify(answered.body)}`);
    if (answered.body.status === 'passed') return answered.body.clearance;
  }
};

type Challenged = { driver: Client } & Awaited<ReturnType<typeof challengedClaim>>;

const codeOf = (answer: Awaited<ReturnType<Client['claimBlock']>>) =>
  answer.ok ? String(answer.status) : answer.body.code;

/**
 * Through the whole system: a challenged driver against other claimants in every order, one clearance used by many, on
 * other blocks and by others, and a passed answer sent to another challenge.
 */
export const attackThroughSystem = async (
  interleavings: number,
  log: (line: string) => void,
): Promise<string[]> => {
  const failures: string[] = [];
  const market = await openMarketplace();
  try {
    const drivers = Math.min(12, Math.max(2, Math.ceil(interleavings / 50)));
    const perDriver = Math.ceil(interleavings / drivers);
    let played = 0;
    const others = await market.drivers(8);
    const rival = (index: number) => others[index % others.length] as Client;

    const play = async ({ driver, offer, challengeId }: Challenged) => {
      let isOver = false;
      const rivals = (async () => {
        const codes: string[] = [];
        while (!isOver && codes.length < perDriver) {
          codes.push(
            codeOf(await rival(codes.length).claimBlock({ body: { offerToken: offer.offerToken } })),
          );
          await wait(20 + (codes.length % 7) * 30);
        }
        return codes;
      })();
      const clearance = await clear(market, driver, challengeId);
      const body = { offerToken: offer.offerToken, clearance };
      const refusedAs = async (client: Client, given: BodyOf<typeof claimBlock>, due: string) => {
        const told = await client.claimBlock({ body: given });
        const reason = told.ok ? String(told.status) : (told.body.reason ?? told.body.code);
        if (reason !== due) failures.push(`a clearance that is ${due} was answered ${reason}`);
      };
      await refusedAs(await market.driver(), body, 'foreign');
      await refusedAs(driver, { ...body, clearance: `${clearance.slice(0, -2)}AA` }, 'malformed');
      const [next] = await publishedBefore(market, [{ startsAt: Date.now() + 30 * 3_600_000 }]);
      await refusedAs(driver, { offerToken: next?.offerToken ?? '', clearance }, 'other-block');
      const many = await Promise.all(Array.from({ length: 5 }, () => driver.claimBlock({ body })));
      isOver = true;
      const codes = await rivals;
      played += codes.length;
      if (codes.includes('201')) failures.push('a rival won a block that was kept for another');
      const owned = many.filter(({ status }) => status === 201).length;
      if (owned !== 1) failures.push(`one clearance won ${owned} times`);
      const released = await driver.releaseBlock({ params: { blockId: offer.blockId } });
      if (!released.ok) failures.push(`the block was not released: ${released.body.code}`);
      const again = await offeredAnew(market, offer);
      await refusedAs(driver, { offerToken: again.offerToken, clearance }, 'other-version');
    };

    for (let done = 0; done < drivers; done += 4) {
      // One after the other: what makes a driver stand out is seen by one process then.
      const challenged: Challenged[] = [];
      for (let index = 0; index < Math.min(4, drivers - done); index += 1) {
        const driver = await market.driver();
        challenged.push({ driver, ...(await challengedClaim(market, driver, missesFor.task)) });
      }
      await Promise.all(challenged.map(play));
    }
    log(
      `through the system: ${drivers} challenged drivers, ${played} claims of rivals meanwhile, ${failures.length} failures`,
    );
  } finally {
    await market.stop();
  }
  return failures;
};
