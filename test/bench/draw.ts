import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mostChoices } from '#contract/claims.ts';
import type { Draw } from '#core/draws/draw.ts';
import { drawTerms } from '#core/draws/draw-terms.ts';
import { entriesStore } from '#core/draws/entries-store.ts';
import type { BlockFacts } from '#core/offers/block.ts';
import { claimBlock } from '#core/offers/claim-block.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { publishingStore } from '#core/offers/publishing-store.ts';
import { settledOffers } from '#core/offers/settled-offers.ts';
import { sideBySide } from '#core/shared/side-by-side.ts';
import { runtime } from '#lambdas/runtime.ts';
import { readStage } from '#lib/stage-config.ts';
import { listenOnPort } from '#local/ports.ts';
import { localBeaconSignature } from '#local/services/beacon.ts';
import { someKeys } from '#test/support/builders.ts';
import { type Bill, billed, emptyBill } from './capacity.ts';
import type { BenchContext } from './context.ts';
import type { DrawCosts, DrawWork } from './draw-process.ts';
import type { Engine } from './engine.ts';
import { type Measurement, median, seeded, sum } from './metric.ts';
import { aBlock, aDriver, maxWeeklyMinutes, offerTokenOf, publish, recordRetentionDays } from './offers.ts';

const run = promisify(execFile);
const measured = fileURLToPath(new URL('./draw-process.ts', import.meta.url));
const { sharing } = readStage('local');

/** Long enough for all entries on a slow engine: when it closes does not change what is measured after it. */
const openFor = (entries: number) => 10 + Math.ceil(entries / 100);

const announce = async (engine: Engine, { blocks, entries }: { blocks: number; entries: number }) => {
  const drawId = `bench-${randomBytes(9).toString('base64url')}`;
  const secret = randomBytes(32).toString('base64url');
  const opensAt = Date.now();
  const terms = drawTerms(sharing.draws, secret, { opensAt, seconds: openFor(entries) });
  const facts = Array.from({ length: blocks }, () =>
    aBlock({
      ...{ mode: 'draw', opensAt, dropId: drawId, drawId },
      ...{ closesAt: terms.closesAt, commitment: terms.commitment },
    }),
  );
  const { stationId = '', endsAt = 0 } = facts[0] ?? {};
  const draw: Draw = {
    ...{ drawId, stationId, opensAt, ...terms },
    blocks: facts.map(({ blockId }) => ({ blockId, version: 1 })),
  };
  const store = publishingStore(engine.client, engine.offersTable, recordRetentionDays);
  const drop = { dropId: drawId, digest: drawId, lot: '', stationId, opensAt, endsAt, draw };
  await store.openDrop(drop, { draw, secret });
  await publish(engine, facts);
  return { draw, facts };
};

/** Through the use case that a claim takes; every driver names as many blocks as an entry may, at random. */
const enterAll = async (engine: Engine, facts: readonly BlockFacts[], first: number, count: number) => {
  const chance = seeded(8);
  const tokens = facts.map(offerTokenOf);
  const bills: Bill[] = [];
  const enter = async (driverId: string) => {
    const bill = emptyBill();
    const database = billed(engine.client, bill);
    const named = new Set<string>();
    while (named.size < Math.min(mostChoices, tokens.length))
      named.add(tokens[Math.floor(chance() * tokens.length)] ?? '');
    const [offerToken = '', ...alternatives] = named;
    const outcome = await claimBlock(
      {
        ...{ ...runtime, settled: settledOffers(), keys: someKeys, maxWeeklyMinutes },
        store: claimsStore(database, engine.offersTable, recordRetentionDays),
        draws: { entries: entriesStore(database, engine.offersTable), mostChoices },
      },
      { requestId: randomUUID(), driverId, offerToken, alternatives },
    );
    if (outcome.status !== 'entered') throw new Error(`an entry was ${JSON.stringify(outcome)}`);
    bills.push(bill);
  };
  const drivers = Array.from({ length: count }, (_, index) => aDriver(first + index));
  await sideBySide(32, drivers, enter);
  return bills;
};

/** The beacon in a process of its own from the allocator's point of view: rounds whose time has come. */
const startBeacon = async () => {
  const server = createServer((request, response) => {
    const round = Number(request.url?.split('/').at(-1));
    const { genesis, period } = sharing.draws.beacon;
    const isKnown = Date.now() >= (genesis + (round - 1) * period) * 1_000;
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
    response.end(isKnown ? JSON.stringify({ round, signature: localBeaconSignature(round) }) : '{}');
  });
  const port = await listenOnPort(server, 0);
  return { url: `http://127.0.0.1:${port}`, stop: () => server.close() };
};

const oneDraw = async (
  { engine, profile, progress }: BenchContext,
  size: { blocks: number; entries: number },
  first: number,
): Promise<{ entering: Bill[]; costs: DrawCosts }> => {
  const { draw, facts } = await announce(engine, size);
  const drivers = { first, count: size.entries };
  const beacon = await startBeacon();
  try {
    const entering = await enterAll(engine, facts, drivers.first, drivers.count);
    const leftMs = draw.closesAt - Date.now();
    if (leftMs < 4_000) throw new Error(`the entries were written ${leftMs} ms before the close only`);
    progress(`${size.entries} entries; the draw closes in ${(leftMs / 1_000).toFixed(0)} s`);
    const work: DrawWork = {
      ...{ endpoint: engine.endpoint, table: engine.offersTable, region: 'eu-west-1' },
      ...{ beaconUrl: beacon.url, drawId: draw.drawId, closesAt: draw.closesAt, drivers },
    };
    const options = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [];
    // Woken as the deployed worker is: shortly before the close.
    await runtime.sleep(leftMs - 3_000);
    const { stdout } = await run(process.execPath, [...options, measured, JSON.stringify(work)], {
      maxBuffer: 64 * 1_024 * 1_024,
    });
    return { entering, costs: JSON.parse(stdout) as DrawCosts };
  } finally {
    beacon.stop();
  }
};

/** Nobody is in two draws: blocks that one won would stand in the way of another. */
const firstDriver = 7_000_000;

/** 5,000 entries for 100 blocks: what an entry and a block cost, and how soon everybody can be told. */
export const measureDraws = async (context: BenchContext): Promise<Measurement[]> => {
  const size = context.quick ? { entries: 500, blocks: 20 } : { entries: 5_000, blocks: 100 };
  const rounds = context.quick ? 1 : 3;
  const all: Awaited<ReturnType<typeof oneDraw>>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    all.push(await oneDraw(context, size, firstDriver + round * size.entries));
    const { costs } = all.at(-1) as (typeof all)[number];
    context.progress(`outcomes after ${costs.toOutcomes.toFixed(2)} s; ms ${JSON.stringify(costs.ms)}`);
  }
  const entering = all.flatMap((one) => one.entering);
  const costs = all.map((one) => one.costs);
  const entries = sum(costs.map((one) => one.entries));
  const given = sum(costs.map((one) => one.given));
  const medianOf = (of: (one: DrawCosts) => number) => median(costs.map(of));
  const perEntry = (of: (one: DrawCosts) => number) => sum(costs.map(of)) / entries;
  return [
    { name: 'draw.wcu.entry', value: Math.max(...entering.map(({ wcu }) => wcu)), samples: entries },
    {
      name: 'draw.rcu.entry',
      value: sum(entering.map(({ rcu }) => rcu)) / entries + perEntry(({ holding }) => holding.rcu),
      samples: entries,
    },
    {
      name: 'draw.wcu.per-allocation',
      value: sum(costs.map(({ giving }) => giving.wcu)) / given,
      samples: given,
    },
    { name: 'draw.wcu.held', value: medianOf(({ holding }) => holding.wcu), samples: rounds },
    { name: 'draw.close-to-record-s', value: medianOf(({ toRecord }) => toRecord), samples: rounds },
    { name: 'draw.close-to-outcome-s', value: medianOf(({ toOutcomes }) => toOutcomes), samples: rounds },
    { name: 'draw.allocator-cpu-s', value: medianOf(({ cpu }) => cpu), samples: rounds },
    { name: 'draw.allocator-memory-mb', value: medianOf(({ megabytes }) => megabytes), samples: rounds },
    { name: 'draw.record-kb', value: medianOf(({ recordBytes }) => recordBytes / 1_000), samples: rounds },
    { name: 'draw.verify-s', value: medianOf(({ verifySeconds }) => verifySeconds), samples: rounds },
  ];
};
