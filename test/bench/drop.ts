import { attemptOutbox } from '#core/detection/attempt-outbox.ts';
import { claimAttempt } from '#core/offers/attempt.ts';
import type { BlockFacts } from '#core/offers/block.ts';
import { type SettledOffers, settledOffers } from '#core/offers/settled-offers.ts';
import { type Bill, emptyBill } from './capacity.ts';
import { claimWithBill } from './claim.ts';
import type { BenchContext } from './context.ts';
import { type Measurement, seeded } from './metric.ts';
import { aBlock, aDriver, blocksPerWeek, publish, startOf } from './offers.ts';

/** Dollars per unit, on demand, us-west-2. https://aws.amazon.com/dynamodb/pricing/on-demand/ https://aws.amazon.com/sqs/pricing/ */
export const prices = { wcu: 0.625e-6, rcu: 0.125e-6, sqsRequest: 0.4e-6 };
/** SQS bills every 64 KB of a message as a request; what is sent is also received, and then deleted. */
const sqsUnit = 65_536;
const sqsRequests = (message: string) => 2 * Math.ceil(Buffer.byteLength(message) / sqsUnit) + 1;

interface Drop {
  blocks: number;
  drivers: number;
  /** Every driver wants some of the blocks and presses for each of them several times. */
  wanted: number;
  presses: number;
  /** Warm functions that answer; each remembers for itself what is decided. */
  processes: number;
  mode: BlockFacts['mode'];
  /** Without it, every attempt goes to the table. */
  remembers: boolean;
}

interface DropBill extends Bill {
  attempts: number;
  wins: number;
  sqsRequests: number;
}

interface Process {
  settled: SettledOffers;
  outbox: ReturnType<typeof attemptOutbox>;
}

/**
 * A rush as bots make it: each driver presses for the blocks of his choice again and again. Attempts arrive in
 * random order and any idle function takes the next, one at a time, as Lambda does.
 */
const runDrop = async ({ engine }: BenchContext, drop: Drop): Promise<DropBill> => {
  const random = seeded(1);
  const blocks = Array.from({ length: drop.blocks }, (_, index) =>
    aBlock({ mode: drop.mode, startsAt: startOf(index % blocksPerWeek) }),
  );
  await publish(engine, blocks);
  const attempts = shuffled(
    Array.from({ length: drop.drivers }, (_, driver) =>
      shuffled(blocks, random)
        .slice(0, drop.wanted)
        .flatMap((block) => Array.from({ length: drop.presses }, () => ({ block, driver }))),
    ).flat(),
    random,
  );

  const total: DropBill = { ...emptyBill(), attempts: attempts.length, wins: 0, sqsRequests: 0 };
  const startProcess = (): Process => ({
    settled: settledOffers(drop.remembers ? undefined : 0),
    outbox: attemptOutbox({
      send: async (events) => {
        total.sqsRequests += sqsRequests(JSON.stringify({ v: 1, events }));
      },
      now: Date.now,
      dropped: (count) => {
        throw new Error(`${count} attempts were dropped`);
      },
    }),
  });
  const processes = Array.from({ length: drop.processes }, startProcess);
  const idle = [...processes];

  const attempt = async (process: Process, { block, driver }: (typeof attempts)[number]) => {
    const startedAt = Date.now();
    const driverId = aDriver(driver + 2_000_000);
    const { outcome, bill } = await claimWithBill(engine, { block, driverId, settled: process.settled });
    total.calls += bill.calls;
    total.wcu += bill.wcu;
    total.rcu += bill.rcu;
    if (outcome.status === 'claimed') total.wins += 1;
    if (outcome.status === 'refused' && outcome.code === 'try-again')
      throw new Error('the engine did not keep up');
    const caller = { accountId: driverId };
    const requestId = `${block.blockId}-${driver}-${startedAt}`;
    process.outbox.record(claimAttempt(outcome, { caller, requestId, startedAt, endedAt: Date.now() }));
    await process.outbox.flushDue();
  };
  const serve = async () => {
    for (let next = attempts.pop(); next; next = attempts.pop()) {
      const process = idle.splice(Math.floor(random() * idle.length), 1)[0] as Process;
      await attempt(process, next);
      idle.push(process);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, drop.processes) }, serve));
  await Promise.all(processes.map(({ outbox }) => outbox.flush()));
  if (total.wins === 0 || total.wins > drop.blocks)
    throw new Error(`${total.wins} wins of ${drop.blocks} blocks`);
  return total;
};

/** As many attempts as 2 cores answer at once. */
const concurrency = 16;

const shuffled = <T>(items: readonly T[], random: () => number): T[] =>
  items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

export const dollarsPerMillion = ({ wcu, rcu, sqsRequests, attempts }: DropBill): number =>
  ((wcu * prices.wcu + rcu * prices.rcu + sqsRequests * prices.sqsRequest) / attempts) * 1e6;

const explain = (name: string, bill: DropBill) =>
  `${name}: (${bill.wcu} WCU x $0.625 + ${bill.rcu} RCU x $0.125 + ${bill.sqsRequests} SQS requests x $0.40) / ` +
  `${bill.attempts} attempts = $${dollarsPerMillion(bill).toFixed(4)} per million; ${bill.wins} blocks won`;

export const measureDrop = async (context: BenchContext): Promise<Measurement[]> => {
  const { quick, progress } = context;
  const gated: Drop = {
    blocks: 100,
    drivers: 500,
    wanted: 10,
    presses: 4,
    processes: 16,
    mode: 'gated',
    remembers: true,
  };
  const variants = [
    ['drop.dollars-per-million', gated],
    [
      'drop.dollars-per-million.many-processes',
      { ...gated, drivers: quick ? 100 : 250, blocks: quick ? 20 : 50, processes: quick ? 100 : 250 },
    ],
    [
      'drop.dollars-per-million.transaction-only',
      { ...gated, drivers: quick ? 50 : 100, blocks: quick ? 10 : 20, mode: 'direct', remembers: false },
    ],
  ] as const;
  const measurements: Measurement[] = [];
  for (const [name, drop] of variants) {
    const bill = await runDrop(context, drop);
    progress(explain(name, bill));
    measurements.push({ name, value: dollarsPerMillion(bill), samples: bill.attempts });
  }
  return measurements;
};
