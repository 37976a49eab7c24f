import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { PublishedDraw } from '#contract/draw-record.ts';
import { beaconGateway } from '#core/draws/beacon-gateway.ts';
import { drawsStore } from '#core/draws/draws-store.ts';
import { entriesStore } from '#core/draws/entries-store.ts';
import { knownDraws, lookAtDraw } from '#core/draws/look-at-draw.ts';
import { offeringStore } from '#core/draws/offering-store.ts';
import { type RunDrawDeps, runDraw } from '#core/draws/run-draw.ts';
import { signDraw } from '#core/draws/sign-record.ts';
import { verifyDraw } from '#core/draws/verify-record.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { readBlocks } from '#core/offers/schedule-store.ts';
import { sideBySide } from '#core/shared/side-by-side.ts';
import { runtime } from '#lambdas/runtime.ts';
import { someKeys } from '#test/support/builders.ts';
import { aKey, chain } from '#test/support/published-draws.ts';
import { type Bill, billed, emptyBill } from './capacity.ts';
import { aDriver, maxWeeklyMinutes, recordRetentionDays } from './offers.ts';

/** Holds one draw when it closes, as the deployed worker does, then answers all its entrants, and prints what it cost. */

export interface DrawWork {
  endpoint: string;
  region: string;
  table: string;
  beaconUrl: string;
  drawId: string;
  closesAt: number;
  /** Who entered, by their numbers. */
  drivers: { first: number; count: number };
}

export interface DrawCosts {
  entries: number;
  given: number;
  /** From the close, in seconds. */
  toRecord: number;
  toOutcomes: number;
  /** Of the allocator alone, in seconds. */
  cpu: number;
  megabytes: number;
  ms: Record<string, number>;
  recordBytes: number;
  verifySeconds: number;
  /** Transactions that give a block, and everything else. */
  giving: Bill;
  holding: Bill;
}

const work = JSON.parse(process.argv[2] ?? '') as DrawWork;
const { endpoint, region, table, drawId, closesAt, drivers } = work;
const client = new DynamoDBClient({
  endpoint,
  region,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 1,
});
const [giving, holding] = [emptyBill(), emptyBill()];
const database = billed(client, holding);
const draws = drawsStore(database, table);
const key = aKey();
const deps: RunDrawDeps = {
  ...runtime,
  draws,
  claims: claimsStore(billed(client, giving), table, recordRetentionDays),
  readBlocks: (ids) => readBlocks(database, table, ids),
  offering: offeringStore(database, table),
  isRestricted: async () => () => false,
  behind: async () => new Set(),
  beacon: beaconGateway({ chain, urls: [work.beaconUrl] }),
  chain,
  sign: (payload) => signDraw(key.signer, payload),
  maxWeeklyMinutes,
  confirmMs: 60_000,
  tell: async () => {},
};

const sinceClose = () => (Date.now() - closesAt) / 1_000;
const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** The worker is woken a second or two before the close, and finds that it is early. */
const hold = async () => {
  const early = await runDraw(deps, { drawId, runId: 'run' });
  if (early.status !== 'early') throw new Error(`the draw was ${early.status} before its close`);
  await runtime.sleep(closesAt - Date.now());
  const before = cpuSeconds();
  const run = await runDraw(deps, { drawId, runId: 'run' });
  if (run.status !== 'drawn') throw new Error(`the draw was ${run.status}`);
  return { run, cpu: cpuSeconds() - before };
};

const outcomeOf = async (driverId: string, look: Parameters<typeof lookAtDraw>[0]): Promise<string> => {
  const answer = await lookAtDraw(look, { drawId, driverId });
  const outcome = answer.status === 'found' ? answer.body.result?.outcome : undefined;
  if (!outcome) throw new Error(`${driverId} was told nothing`);
  return outcome.status;
};

/** In a process that has just held it, as a function would be that several draws share. */
const answerAll = async (): Promise<number> => {
  const read = drawsStore(client, table);
  const look = {
    known: knownDraws({ draws: read, readBlocks: deps.readBlocks, now: Date.now }),
    entries: entriesStore(client, table),
    readBlocks: deps.readBlocks,
    keys: someKeys,
    chain,
    now: Date.now,
  };
  let won = 0;
  const all = Array.from({ length: drivers.count }, (_, index) => aDriver(drivers.first + index));
  await sideBySide(64, all, async (driverId) => {
    if ((await outcomeOf(driverId, look)) === 'won') won += 1;
  });
  return won;
};

const timed = <T>(measured: () => T): { value: T; seconds: number } => {
  const from = performance.now();
  const value = measured();
  return { value, seconds: (performance.now() - from) / 1_000 };
};

const { run, cpu } = await hold();
const megabytes = process.resourceUsage().maxRSS / 1_024;
const published = (await draws.record(drawId)) as PublishedDraw;
const toRecord = sinceClose();
const won = await answerAll();
const toOutcomes = sinceClose();
if (won !== run.given) throw new Error(`${won} were told that they won, and ${run.given} did`);
const text = JSON.stringify(published);
const verdict = timed(() => verifyDraw(text, key.keys));
if (verdict.value.status !== 'genuine')
  throw new Error(`the record was refused: ${JSON.stringify(verdict.value)}`);
const costs: DrawCosts = {
  entries: run.entries,
  given: run.given,
  ...{ toRecord, toOutcomes, cpu, megabytes, ms: { ...run.ms }, giving, holding },
  recordBytes: text.length,
  verifySeconds: verdict.seconds,
};
process.stdout.write(JSON.stringify(costs));
client.destroy();
