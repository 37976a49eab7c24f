import type { Client } from '#contract/client.ts';
import { openSession } from '#phone/session.ts';
import { softwareIphone } from '#phone/software-iphone.ts';
import { type Chance, logNormal, seededChance } from '../chance.ts';
import type { FromChild, Market, ToChild } from './messages.ts';

/** Whoever publishes: drops during the whole game, through the operator's API. */

const tell = (message: FromChild) => process.send?.(message);
const started = Promise.withResolvers<{ from: number; until: number }>();
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const day = 86_400_000;
const quarter = 900_000;
/** A drop is announced before it opens: the feed knows it in time. */
const aheadMs = 3_000;

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToChild) => {
  if (message.kind === 'play') started.resolve(message);
  if (message.kind === 'market')
    publish(message).catch((error: unknown) =>
      tell({ kind: 'failed', words: error instanceof Error ? error.message : String(error) }),
    );
});

/**
 * Short blocks on four weeks' days: nobody's weekly hours are used up by a game, and blocks seldom overlap. Pay is
 * skewed, as it is where good blocks are worth a bot.
 */
const aBlock = (chance: Chance, from: number) => {
  const startAt = Math.ceil(from / day + 2) * day + Math.floor(chance() * 28 * 96) * quarter;
  return {
    startAt: new Date(startAt).toISOString(),
    endAt: new Date(startAt + quarter).toISOString(),
    pay: { amount: Math.round(logNormal(chance, 1_600, 0.35)), currency: 'EUR' },
  };
};

const dropAt = async (client: Client, market: Market, chance: Chance, opensAt: number) => {
  const { stationId, mode } = market;
  const blocks = Array.from({ length: market.blocks }, () => aBlock(chance, opensAt));
  const body = { stationId, mode, opensAt: new Date(opensAt).toISOString(), blocks };
  const answer = await client.publishDrop({ body });
  if (!answer.ok) throw new Error(`the drop was refused: ${JSON.stringify(answer.body)}`);
  tell({
    kind: 'published',
    opensAt,
    blocks: answer.body.blocks.map(({ blockId, pay: { amount } }) => ({ blockId, amount })),
  });
};

const publish = async (market: Market) => {
  const phone = softwareIphone();
  const { login } = await openSession({ api: market.api, user: 'publisher@evenfield.test', phone });
  const chance = seededChance(market.seed);
  tell({ kind: 'ready' });
  const { from, until } = await started.promise;
  const lastAt = until - market.lastBeforeMs;
  for (let opensAt = from + aheadMs; opensAt <= lastAt; opensAt += market.dropEveryMs) {
    await wait(opensAt - aheadMs - Date.now());
    await dropAt(login, market, chance, opensAt);
  }
  tell({ kind: 'played', tallies: [] });
};
