import type { Client } from '#contract/client.ts';
import { challengedClaim, factsOf, missesFor, publishedBefore } from '#test/support/challenged.ts';
import { type Marketplace, openMarketplace } from '#test/support/marketplace.ts';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

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
      const many = await Promise.all(Array.from({ length: 5 }, () => driver.claimBlock({ body })));
      isOver = true;
      const codes = await rivals;
      played += codes.length;
      if (codes.includes('201')) failures.push('a rival won a block that was kept for another');
      const owned = many.filter(({ status }) => status === 201).length;
      if (owned !== 1) failures.push(`one clearance won ${owned} times`);
      const [next] = await publishedBefore(market, [{ startsAt: Date.now() + 30 * 3_600_000 }]);
      const reused = codeOf(
        await driver.claimBlock({ body: { offerToken: next?.offerToken ?? '', clearance } }),
      );
      if (reused !== 'clearance-invalid')
        failures.push(`a clearance for another block was answered ${reused}`);
      const stolen = codeOf(await rival(0).claimBlock({ body }));
      if (stolen !== 'clearance-invalid' && stolen !== 'block-taken')
        failures.push(`a stolen clearance was answered ${stolen}`);
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
