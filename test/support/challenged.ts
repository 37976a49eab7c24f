import type { Client } from '#contract/client.ts';
import type { Offer } from '#contract/offers.ts';
import { type Challenge, taskSeed } from '#core/challenge/challenge.ts';
import { pictureFacts } from '#core/challenge/picture/picture-task.ts';
import { soundFacts } from '#core/challenge/sound/sound-task.ts';
import { someRisk } from './challenges.ts';
import type { Marketplace } from './marketplace.ts';

/** So many claims of a taken block within a minute lead to silent work, to the object task. */
export const missesFor = { work: 20, task: 24 } as const;

/** Blocks that nobody can be quick about any more. */
export const publishedBefore = async (market: Marketplace, ...blocks: Parameters<Marketplace['publish']>) => {
  const offers = await market.publish(...blocks);
  await new Promise((resolve) => setTimeout(resolve, someRisk.quickMs + 50));
  return offers;
};

/** Makes a driver look like a bot that is always too late. */
export const missOften = async (market: Marketplace, driver: Client, misses: number): Promise<void> => {
  const [offer] = await publishedBefore(market);
  if (!offer) throw new Error('nothing was published');
  const body = { offerToken: offer.offerToken };
  const won = await (await market.driver()).claimBlock({ body });
  if (!won.ok) throw new Error(`the block was not taken: ${won.body.code}`);
  for (let index = 0; index < misses; index += 1) {
    const missed = await driver.claimBlock({ body });
    if (missed.ok || missed.body.code !== 'block-taken')
      throw new Error(`miss ${index}: ${missed.status} ${JSON.stringify(missed.body)}`);
  }
};

/** A claim that is challenged, with the challenge. */
export const challengedClaim = async (
  market: Marketplace,
  driver: Client,
  misses: number = missesFor.task,
) => {
  await missOften(market, driver, misses);
  const [offer] = (await publishedBefore(market)) as [Offer];
  const asked = await driver.claimBlock({ body: { offerToken: offer.offerToken } });
  if (asked.ok || !asked.body.challenge)
    throw new Error(`not challenged: ${asked.status} ${JSON.stringify(asked.body)}`);
  return { offer, problem: asked.body, challengeId: asked.body.challenge.challengeId };
};

/** What nobody but the server can know. */
export const factsOf = (challenge: Challenge, taskId: string) => {
  const seed = taskSeed(challenge, taskId);
  return taskId.startsWith('sound') ? soundFacts(seed) : pictureFacts(seed);
};
