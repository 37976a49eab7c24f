import { randomUUID } from 'node:crypto';
import type { AttemptEvent } from '#contract/events.ts';
import type { Offer } from '#contract/offers.ts';
import { callAwsJson } from '#local/services/aws-json-client.ts';
import { type Marketplace, nextMonday, openMarketplace } from '#test/support/marketplace.ts';
import type { BenchContext } from './context.ts';
import { type Measurement, median } from './metric.ts';

/** A busy hour of a station: as many events a second come through the queue, and ten times as many in the flood. */
const usualPerSecond = 50;
const floodFactor = 10;
const claimsPerRound = 10;
const twoHours = 2 * 3_600_000;

/**
 * Claims beside the usual stream of attempts and beside ten times of it, in turns on the same local system: the ratio
 * of their median times. Engine and consumer share the machine with the claims here, which nothing in an account does.
 * Every event of the flood must be in the archive in the end.
 */
export const measureFlood = async ({ quick, progress }: BenchContext): Promise<Measurement[]> => {
  const market = await openMarketplace({ challenge: 'measure' });
  try {
    const rounds = quick ? 2 : 6;
    const drivers = await market.drivers(2 * rounds);
    const times: Record<'usual' | 'flood', number[]> = { usual: [], flood: [] };
    let sent = 0;
    for (let round = 0; round < 2 * rounds; round += 1) {
      const kind = round % 2 === 0 ? 'usual' : 'flood';
      const offers = await market.publish(
        Array.from({ length: claimsPerRound }, (_, index) => ({ startsAt: nextMonday + index * twoHours })),
        { stationId: round % 4 < 2 ? 'DSE1' : 'DSE2' },
      );
      const driver = drivers[round];
      if (!driver) throw new Error('there is a driver for each round');
      const stream = startStream(market, kind === 'usual' ? usualPerSecond : usualPerSecond * floodFactor);
      for (const offer of offers) times[kind].push(await timeOf(() => claim(driver, offer)));
      sent += await stream.stop();
      progress(`  round ${round + 1} of ${2 * rounds}`);
    }
    const ratios = median(times.flood) / median(times.usual);
    return [
      { name: 'detection.flood-claim-ratio', value: ratios, samples: times.flood.length },
      { name: 'detection.flood-lost', value: await lostOf(market, sent), samples: sent },
    ];
  } finally {
    await market.stop();
  }
};

const claim = async (
  driver: Awaited<ReturnType<Marketplace['driver']>>,
  { offerToken }: Offer,
): Promise<void> => {
  const answer = await driver.claimBlock({ body: { offerToken } });
  if (answer.status !== 201) throw new Error(`a claim was answered ${answer.status}`);
};

/** Half a second after the last one, so that a rush of claims does not become the load. */
const timeOf = async (work: () => Promise<void>): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, 500));
  const began = performance.now();
  await work();
  return performance.now() - began;
};

const floodingDrivers = Array.from({ length: 100 }, (_, index) => `flooding-driver-${index}`);

const aList = (driver: number): AttemptEvent => ({
  v: 1,
  eventId: randomUUID(),
  type: 'list',
  occurredAt: new Date().toISOString(),
  driverId: floodingDrivers[driver % floodingDrivers.length] ?? '',
  stationId: 'DSE1',
  outcome: 'ok',
  durationMs: 2,
});

const startStream = (market: Marketplace, perSecond: number) => {
  const queue = market.system
    .resources()
    .find(({ type, logicalId }) => type === 'AWS::SQS::Queue' && /^AttemptsQueue/.test(logicalId));
  const QueueUrl = queue?.physicalId ?? '';
  let sent = 0;
  let sending = Promise.resolve();
  const timer = setInterval(() => {
    const events = Array.from({ length: perSecond / 5 }, (_, index) => aList(index));
    sent += events.length;
    sending = sending.then(async () => {
      await callAwsJson(market.system.endpoints.sqs ?? '', 'AmazonSQS.SendMessage', {
        QueueUrl,
        MessageBody: JSON.stringify({ v: 1, events }),
      });
    });
  }, 200);
  return {
    stop: async (): Promise<number> => {
      clearInterval(timer);
      await sending;
      return sent;
    },
  };
};

/** The archive names events by hashes: they are counted, each once. */
const lostOf = async (market: Marketplace, sent: number): Promise<number> => {
  let missing = sent;
  for (const patience = Date.now() + 60_000; missing > 0 && Date.now() < patience; ) {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const accounts = new Set(await Promise.all(floodingDrivers.map(market.pseudonymOf)));
    const archived = (await market.archivedAttempts()).filter(({ accountId }) => accounts.has(accountId));
    missing = sent - archived.length;
  }
  return missing;
};
