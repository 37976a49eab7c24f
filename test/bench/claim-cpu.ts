import { randomUUID } from 'node:crypto';
import { claimBlock } from '#contract/claims.ts';
import type { BlockFacts } from '#core/offers/block.ts';
import { weekShares } from '#core/offers/calendar.ts';
import { type ClaimsStore, type Commitment, claimsStore } from '#core/offers/claims-store.ts';
import type { BenchContext } from './context.ts';
import { type Measurement, median } from './metric.ts';
import {
  aBlock,
  aDriver,
  blocksPerWeek,
  maxWeeklyMinutes,
  offerTokenOf,
  publish,
  recordRetentionDays,
  startOf,
  version,
} from './offers.ts';
import { apiEvent, startWarmFunction } from './warm-function.ts';

interface Claim {
  block: BlockFacts;
  driver: number;
}

/** What the store would send, for the bare client to send. */
export const commandInput = async (
  table: string,
  call: (store: ClaimsStore) => Promise<unknown>,
): Promise<object> => {
  const inputs: object[] = [];
  const database = {
    send: async ({ input }: { input: object }) => {
      inputs.push(input);
      return {};
    },
  };
  await call(claimsStore(database, table, recordRetentionDays));
  if (inputs.length !== 1) throw new Error(`expected one command, not ${inputs.length}`);
  return inputs[0] as object;
};

export const commitmentOf = ({ block, driverId }: { block: BlockFacts; driverId: string }): Commitment => ({
  requestId: randomUUID(),
  at: Date.now(),
  driverId,
  blockId: block.blockId,
  version,
  weeks: weekShares(block.startsAt, block.endsAt),
});

/**
 * CPU of a win through the whole deployed handler against the same transaction sent by the bare client: same
 * settings, same engine, same process, turn and turn about, so that drift of the machine meets both alike.
 */
export const measureClaimCpu = async (context: BenchContext): Promise<Measurement[]> => {
  const { engine, quick } = context;
  const claims = startClaims();
  const warm = await startWarmFunction('claims', context);
  const headers = new Map<number, Record<string, string>>();

  const batch = async (subject: 'handler' | 'TransactWriteItems', count: number, clockStepMs = 0) => {
    const batchOfClaims = claims(count);
    await publish(
      engine,
      batchOfClaims.map(({ block }) => block),
    );
    if (subject === 'TransactWriteItems') {
      const inputs = await Promise.all(
        batchOfClaims.map(({ block, driver }) =>
          commandInput(engine.offersTable, (store) =>
            store.commitClaim(commitmentOf({ block, driverId: aDriver(driver) }), maxWeeklyMinutes),
          ),
        ),
      );
      return (await warm.run({ subject, inputs, expected: 'done' })).cpuMicroseconds;
    }
    const inputs = [];
    for (const { block, driver } of batchOfClaims) {
      const known = headers.get(driver) ?? (await warm.headersOf(aDriver(driver)));
      if (!headers.has(driver)) {
        headers.set(driver, known);
        // Its token becomes one that this process has verified.
        const stale = apiEvent(claimBlock, { headers: known, body: { offerToken: 'none' } });
        await warm.run({ subject, inputs: [stale], expected: '400' });
      }
      inputs.push(apiEvent(claimBlock, { headers: known, body: { offerToken: offerTokenOf(block) } }));
    }
    return (await warm.run({ subject, inputs, expected: '201', clockStepMs })).cpuMicroseconds;
  };

  try {
    const [runs, perRun, warmUp] = quick ? [4, 100, 500] : [10, 200, 2_000];
    await batch('handler', warmUp);
    await batch('TransactWriteItems', warmUp);
    const pairs: { handler: number; sdk: number }[] = [];
    for (let run = 0; run < runs; run += 1) {
      // First one, then the other goes first.
      const first = run % 2 ? await batch('TransactWriteItems', perRun) : undefined;
      const handler = await batch('handler', perRun);
      pairs.push({ handler, sdk: first ?? (await batch('TransactWriteItems', perRun)) });
    }
    const lone: number[] = [];
    for (let run = 0; run < 3; run += 1) {
      // As long as the outbox waits between two messages, and a little more.
      const handler = await batch('handler', quick ? 20 : 60, 1_001);
      lone.push(handler / (await batch('TransactWriteItems', quick ? 20 : 60)));
    }
    return [
      {
        name: 'claim.cpu-ratio',
        value: median(pairs.map(({ handler, sdk }) => handler / sdk)),
        samples: runs,
      },
      { name: 'claim.cpu-us', value: median(pairs.map(({ handler }) => handler)), samples: runs },
      { name: 'claim.sdk-cpu-us', value: median(pairs.map(({ sdk }) => sdk)), samples: runs },
      { name: 'claim.cpu-ratio.lone', value: median(lone), samples: 3 },
    ];
  } finally {
    warm.stop();
  }
};

/** Winning claims without end: a driver takes blocks until his week is full, then comes the next driver. */
const startClaims = () => {
  let taken = 0;
  return (count: number): Claim[] =>
    Array.from({ length: count }, () => {
      const index = taken++;
      return {
        driver: 3_000_000 + Math.floor(index / blocksPerWeek),
        block: aBlock({ startsAt: startOf(index % blocksPerWeek) }),
      };
    });
};
