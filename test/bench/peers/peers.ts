import { randomUUID } from 'node:crypto';
import { claimBlock } from '#core/offers/claim-block.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { settledOffers } from '#core/offers/settled-offers.ts';
import { runtime } from '#lambdas/runtime.ts';
import { someKeys } from '#test/support/builders.ts';
import type { BenchContext } from '../context.ts';
import { type Measurement, type MetricName, seeded } from '../metric.ts';
import {
  aBlock,
  aDriver,
  maxWeeklyMinutes,
  offerTokenOf,
  publish,
  recordRetentionDays,
  startOf,
} from '../offers.ts';
import { measurePostgresql } from './postgresql.ts';
import { measureRedis } from './redis.ts';
import { type PeerResult, startsPerWeek, type Workload, workload } from './workload.ts';

/** What others do with the same claims on this machine. It compares servers, and an emulator is none: see docs/performance.md. */
export const measurePeers = async (context: BenchContext): Promise<Measurement[]> => {
  const { quick, progress } = context;
  const [forServers, forEmulator] = quick ? [4_000, 800] : [32_000, 2_400];
  const results: [MetricName, string, PeerResult | undefined][] = [
    ['peers.postgresql.claims-per-second', 'PostgreSQL', await measurePostgresql(workload(forServers))],
    ['peers.redis.claims-per-second', 'Redis', await measureRedis(workload(forServers))],
    ['peers.emulator.claims-per-second', 'emulator', await measureEmulator(context, workload(forEmulator))],
  ];
  for (const [, server, result] of results) if (!result) progress(`${server} is not installed: not measured`);
  return results.flatMap(([name, , result]) =>
    result ? [{ name, value: result.claimsPerSecond, samples: result.attempts }] : [],
  );
};

/** Our own use case, direct mode and nothing remembered, so that every attempt reaches the table. */
const measureEmulator = async (
  { engine }: BenchContext,
  { blocks: count, drivers, attempts, clients }: Workload,
): Promise<PeerResult> => {
  const blocks = Array.from({ length: count }, (_, index) =>
    aBlock({ startsAt: startOf(index % startsPerWeek) }),
  );
  await publish(engine, blocks);
  const store = claimsStore(engine.client, engine.offersTable, recordRetentionDays);
  const deps = { ...runtime, store, settled: settledOffers(0), keys: someKeys, maxWeeklyMinutes };
  const random = seeded(1);
  const pick = (many: number) => Math.floor(random() * many);
  const plan = Array.from({ length: attempts }, () => ({
    requestId: randomUUID(),
    driverId: aDriver(6_000_000 + pick(drivers)),
    offerToken: offerTokenOf(blocks[pick(count)] ?? aBlock()),
  }));
  const began = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let input = plan.pop(); input; input = plan.pop()) {
        const outcome = await claimBlock(deps, input);
        if (outcome.status === 'refused' && outcome.code === 'try-again')
          throw new Error('the emulator did not keep up');
      }
    }),
  );
  return { claimsPerSecond: attempts / ((performance.now() - began) / 1_000), attempts };
};
