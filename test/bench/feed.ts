import { listOffers } from '#contract/offers.ts';
import { feedStore } from '#core/offers/feed-store.ts';
import type { BenchContext } from './context.ts';
import { type Measurement, median } from './metric.ts';
import { aBlock, aDriver, blocksPerWeek, startOf, version } from './offers.ts';
import { apiEvent, startWarmFunction } from './warm-function.ts';

/** A full page. */
const offerCount = 200;

/** CPU of polls of one station, a thousand a second: as a warm function sees them in a rush. */
export const measureFeed = async (context: BenchContext): Promise<Measurement[]> => {
  const { engine, quick } = context;
  const blocks = Array.from({ length: offerCount }, (_, index) => ({
    ...aBlock({ startsAt: startOf(index % blocksPerWeek) }),
    version,
  }));
  await feedStore(engine.client, engine.feedTable).write({ stationId: 'DSE1', seq: 1, blocks });
  const warm = await startWarmFunction('offers', context);
  try {
    const headers = await warm.headersOf(aDriver(5_000_000));
    const poll = (extra: Record<string, string> = {}) =>
      apiEvent(listOffers, { headers: { ...headers, ...extra }, params: { stationId: 'DSE1' } });
    const runs = quick ? 3 : 10;
    const polls = (event: object, expected: string) =>
      warm.run({ subject: 'handler', inputs: [event], rounds: 500, expected });
    const { etag = '' } = (await polls(poll(), '200')).lastHeaders;
    const cpuOf = async (event: object, expected: string): Promise<number> => {
      const values: number[] = [];
      for (let run = 0; run < runs; run += 1) values.push((await polls(event, expected)).cpuMicroseconds);
      return median(values);
    };
    return [
      { name: 'feed.poll.cpu-us', value: await cpuOf(poll(), '200'), samples: runs },
      {
        name: 'feed.poll.unchanged.cpu-us',
        value: await cpuOf(poll({ 'if-none-match': etag }), '304'),
        samples: runs,
      },
    ];
  } finally {
    warm.stop();
  }
};
