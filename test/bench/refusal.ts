import { claimBlock } from '#contract/claims.ts';
import { claimWithBill } from './claim.ts';
import { commandInput, commitmentOf } from './claim-cpu.ts';
import type { BenchContext } from './context.ts';
import { type Measurement, median } from './metric.ts';
import { aBlock, aDriver, offerTokenOf, publish, startOf } from './offers.ts';
import { apiEvent, type Batch, startWarmFunction } from './warm-function.ts';

const [blockCount, driverCount] = [20, 50];

/**
 * CPU of a driver who presses again for a block that this process knows to be taken, through the whole handler and
 * with the record of the attempt, against the conditional call that the gate would have sent, refused.
 */
export const measureRefusals = async (context: BenchContext): Promise<Measurement[]> => {
  const { engine, quick } = context;
  const blocks = Array.from({ length: blockCount }, (_, index) =>
    aBlock({ mode: 'gated', startsAt: startOf(index) }),
  );
  await publish(engine, blocks);
  for (const block of blocks) {
    const { outcome } = await claimWithBill(engine, { block, driverId: aDriver(4_000_000) });
    if (outcome.status !== 'claimed')
      throw new Error(`a block could not be taken: ${JSON.stringify(outcome)}`);
  }
  const warm = await startWarmFunction('claims', context);
  try {
    const drivers = Array.from({ length: driverCount }, (_, index) => aDriver(4_000_001 + index));
    const presses: object[] = [];
    for (const driverId of drivers) {
      const headers = await warm.headersOf(driverId);
      for (const block of blocks)
        presses.push(apiEvent(claimBlock, { headers, body: { offerToken: offerTokenOf(block) } }));
    }
    const gates = await Promise.all(
      blocks.map((block) =>
        commandInput(engine.offersTable, (store) =>
          store.hold(commitmentOf({ block, driverId: aDriver(4_000_001) }), Date.now() + 3_000),
        ),
      ),
    );
    const cpuOf = async (batch: Batch) => (await warm.run(batch)).cpuMicroseconds;
    const refusals = (rounds: number) =>
      cpuOf({ subject: 'handler', inputs: presses, rounds, expected: '409' });
    const failedCalls = (rounds: number) =>
      cpuOf({ subject: 'UpdateItem', inputs: gates, rounds, expected: 'ConditionalCheckFailedException' });

    const [runs, rounds, callRounds] = quick ? [5, 5, 10] : [10, 20, 20];
    await refusals(quick ? 10 : 40);
    await failedCalls(30);
    const pairs: { refusal: number; call: number }[] = [];
    for (let run = 0; run < runs; run += 1)
      pairs.push({ refusal: await refusals(rounds), call: await failedCalls(callRounds) });
    return [
      { name: 'refusal.cpu-us', value: median(pairs.map(({ refusal }) => refusal)), samples: runs },
      {
        name: 'refusal.cpu-ratio',
        value: median(pairs.map(({ refusal, call }) => refusal / call)),
        samples: runs,
      },
      { name: 'refusal.sdk-cpu-us', value: median(pairs.map(({ call }) => call)), samples: runs },
    ];
  } finally {
    warm.stop();
  }
};
