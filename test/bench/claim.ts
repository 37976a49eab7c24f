import { randomUUID } from 'node:crypto';
import type { OfferMode } from '#contract/primitives.ts';
import type { BlockFacts } from '#core/offers/block.ts';
import { type ClaimOutcome, claimBlock } from '#core/offers/claim-block.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { type SettledOffers, settledOffers } from '#core/offers/settled-offers.ts';
import { runtime } from '#lambdas/runtime.ts';
import { someKeys } from '#test/support/builders.ts';
import { type Bill, billed, emptyBill } from './capacity.ts';
import type { BenchContext } from './context.ts';
import type { Engine } from './engine.ts';
import { type Measurement, sum } from './metric.ts';
import {
  aBlock,
  aDriver,
  blocksPerWeek,
  maxWeeklyMinutes,
  offerTokenOf,
  publish,
  recordRetentionDays,
  startOf,
} from './offers.ts';

export interface BilledClaim {
  outcome: ClaimOutcome;
  bill: Bill;
}

/** One claim through the real use case and store, with a bill of its own. */
export const claimWithBill = async (
  engine: Engine,
  {
    block,
    driverId,
    settled = settledOffers(),
  }: { block: BlockFacts; driverId: string; settled?: SettledOffers },
): Promise<BilledClaim> => {
  const bill = emptyBill();
  const store = claimsStore(billed(engine.client, bill), engine.offersTable, recordRetentionDays);
  const outcome = await claimBlock(
    { ...runtime, store, settled, keys: someKeys, maxWeeklyMinutes },
    { requestId: randomUUID(), driverId, offerToken: offerTokenOf(block) },
  );
  return { outcome, bill };
};

const mustBe = (status: ClaimOutcome['status'], { outcome }: BilledClaim) => {
  if (outcome.status !== status)
    throw new Error(`expected a claim to be ${status}: ${JSON.stringify(outcome)}`);
};

const wins = async (engine: Engine, mode: OfferMode, firstDriver: number, count: number): Promise<Bill[]> => {
  const blocks = Array.from({ length: count }, (_, index) =>
    aBlock({ mode, startsAt: startOf(index % blocksPerWeek) }),
  );
  await publish(engine, blocks);
  const bills: Bill[] = [];
  for (const [index, block] of blocks.entries()) {
    const claim = await claimWithBill(engine, { block, driverId: aDriver(firstDriver + index) });
    mustBe('claimed', claim);
    bills.push(claim.bill);
  }
  return bills;
};

const halfHour = 30 * 60_000;

/** The largest week item that the limits allow: as many of the shortest blocks as fit the weekly hours. */
const fullWeek = async (engine: Engine): Promise<Bill> => {
  const blocks = Array.from({ length: (maxWeeklyMinutes * 60_000) / halfHour }, (_, index) => {
    const startsAt = startOf(index, halfHour);
    return aBlock({ startsAt, endsAt: startsAt + halfHour });
  });
  await publish(engine, blocks);
  let last = emptyBill();
  for (const block of blocks) {
    const claim = await claimWithBill(engine, { block, driverId: aDriver(900_000) });
    mustBe('claimed', claim);
    last = claim.bill;
  }
  return last;
};

/** Drivers who all press at once, each in a process of their own that knows nothing yet. */
const race = async (engine: Engine, mode: OfferMode, drivers: number) => {
  const block = aBlock({ mode });
  await publish(engine, [block]);
  const processes = Array.from({ length: drivers }, (_, index) => ({
    driverId: aDriver(index + 1_000_000),
    settled: settledOffers(),
  }));
  const claims = await Promise.all(processes.map((process) => claimWithBill(engine, { block, ...process })));
  const losers = processes.filter((_, index) => claims[index]?.outcome.status === 'refused');
  if (losers.length !== drivers - 1) throw new Error(`${drivers - losers.length} drivers won one block`);
  const lost = claims.filter(({ outcome }) => outcome.status === 'refused');
  // Once more after the race: who heard "kept for another" learns the end, and only then is it a repetition.
  for (const process of losers) await claimWithBill(engine, { block, ...process });
  const repeated = await Promise.all(losers.map((process) => claimWithBill(engine, { block, ...process })));
  for (const claim of repeated) mustBe('refused', claim);
  return { lost: lost.map(({ bill }) => bill), repeated: repeated.map(({ bill }) => bill) };
};

const worst = (bills: readonly Bill[], unit: keyof Bill) => Math.max(...bills.map((bill) => bill[unit]));
const mean = (bills: readonly Bill[], unit: keyof Bill) =>
  sum(bills.map((bill) => bill[unit])) / bills.length;

export const measureClaims = async ({ engine, quick }: BenchContext): Promise<Measurement[]> => {
  const [winners, drivers] = quick ? [20, 50] : [200, 200];
  const direct = await wins(engine, 'direct', 0, winners);
  const gated = await wins(engine, 'gated', winners, winners);
  const full = await fullWeek(engine);
  const gatedRace = await race(engine, 'gated', drivers);
  const directRace = await race(engine, 'direct', drivers);
  const losers = drivers - 1;
  return [
    { name: 'claim.round-trips.direct', value: worst(direct, 'calls'), samples: winners },
    { name: 'claim.round-trips.gated', value: worst(gated, 'calls'), samples: winners },
    { name: 'claim.wcu.win.direct', value: worst(direct, 'wcu'), samples: winners },
    { name: 'claim.wcu.win.gated', value: worst(gated, 'wcu'), samples: winners },
    { name: 'claim.wcu.win.full-week', value: full.wcu, samples: 1 },
    { name: 'claim.rcu.win', value: worst([...direct, ...gated], 'rcu'), samples: 2 * winners },
    { name: 'claim.wcu.race-loser', value: mean(gatedRace.lost, 'wcu'), samples: losers },
    { name: 'claim.wcu.race-loser.direct', value: mean(directRace.lost, 'wcu'), samples: losers },
    {
      name: 'claim.wcu.repeat-loser',
      value: worst([...gatedRace.repeated, ...directRace.repeated], 'wcu'),
      samples: 2 * losers,
    },
  ];
};
