import { createHash } from 'node:crypto';
import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { BlockFacts } from '#core/offers/block.ts';
import { weekShares } from '#core/offers/calendar.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { publishingStore } from '#core/offers/publishing-store.ts';
import { type Chance, chance } from './chance.ts';
import { brokenDrawPromises, type DrawRequest } from './draw-checks.ts';
import { drawJournal, takePicture } from './draw-journal.ts';
import type { DrawMutant } from './draw-mutants.ts';
import {
  type Claiming,
  claimingFor,
  expectedEnd,
  lookAs,
  type Process,
  runAndFollow,
} from './draw-processes.ts';
import { type Allocator, type DrawStep, type DrawWorld, drawDrawWorld, type Entrant } from './draw-world.ts';
import type { Engine } from './engine.ts';
import type { HistoryReport } from './history.ts';
import { type Invocation, network } from './network.ts';
import { contradictions } from './storage.ts';

const recordRetentionDays = 30;
/** Longer than any lease lasts. */
const quietMs = 30_000;
/** Longer than anything is kept for anybody. */
const confirmedMs = 60_000;

let histories = 0;

/** Runs one history of a draw from its seed, in a table of its own: the same seed gives the same trace. */
export const runDrawHistory = async (
  engine: Engine,
  seed: number,
  mutant: DrawMutant = {},
): Promise<HistoryReport> => {
  histories += 1;
  const table = `draws-${histories}`;
  await engine.createTable(table);
  try {
    return await history({ ...engine, table, send: inAccountOf(table, engine) }, seed, mutant);
  } finally {
    await engine.dropTable(table);
  }
};

/** Request tokens are remembered for all tables: no history may meet those of another. */
const inAccountOf =
  (table: string, engine: Engine): Engine['send'] =>
  (command) => {
    const { ClientRequestToken: token } = command.input;
    if (token === undefined) return engine.send(command);
    const ClientRequestToken = createHash('sha256')
      .update(`${table}|${token}`)
      .digest('base64url')
      .slice(0, 36);
    return engine.send(new TransactWriteItemsCommand({ ...command.input, ClientRequestToken }));
  };

const history = async (engine: Engine, seed: number, mutant: DrawMutant): Promise<HistoryReport> => {
  const { table } = engine;
  const trace: string[] = [];
  const violations: string[] = [];
  const log = (line: string) => trace.push(line);
  const violated = (what: string) => {
    violations.push(what);
    log(`VIOLATION  ${what}`);
  };

  const chances: Chance = chance(seed);
  const world = drawDrawWorld(chances);
  const { draw, maxWeeklyMinutes } = world;
  const owned = world.drivers.flatMap(({ driverId, own }) => (own ? [{ driverId, block: own }] : []));
  const blocks = [...world.blocks, ...owned.map(({ block }) => block)];
  await publish(engine, world, blocks);
  for (const { driverId, block } of owned) {
    const { blockId, startsAt, endsAt } = block;
    const claim = { requestId: blockId, driverId, blockId, version: 1, at: world.startsAt };
    const weeks = weekShares(startsAt, endsAt);
    await claimsStore(engine, table, recordRetentionDays).commitClaim({ ...claim, weeks }, maxWeeklyMinutes);
  }
  const subject = {
    drawId: draw.drawId,
    blockIds: world.blocks.map(({ blockId }) => blockId),
    otherBlockIds: owned.map(({ block }) => block.blockId),
    driverIds: world.drivers.map(({ driverId }) => driverId),
  };
  const look = () => takePicture(engine, table, subject);
  const truth = drawJournal(await look(), subject.blockIds);

  const requests: DrawRequest[] = [];
  let ticks = 0;
  const tick = () => {
    ticks += 1;
    return ticks;
  };
  const senders = new Map<Invocation, DrawRequest>();
  const landed = async (invocation: Invocation) => {
    const { wrongs, effects } = truth.note(await look());
    for (const wrong of wrongs) violated(`${invocation.label}: ${wrong}`);
    for (const effect of effects) senders.get(invocation)?.effects.push({ ...effect, at: tick() });
  };
  const { faultRate, faults, slowRate, startsAt } = world;
  const net = network({ engine, chance: chances, faultRate, faults, slowRate, startsAt, landed, log });

  /** Runs a use case in a process, which may die. */
  const inProcess = async <T>(
    label: string,
    skewMs: number,
    work: (process: Process) => Promise<T>,
    died: () => void = () => {},
    request?: DrawRequest,
  ): Promise<T | 'crashed' | `threw ${string}`> => {
    const { promise: crashed, resolve: crash } = Promise.withResolvers<'crashed'>();
    const invocation: Invocation = {
      label,
      sends: 0,
      crash: () => {
        died();
        crash('crashed');
      },
    };
    if (request) senders.set(invocation, request);
    const surroundings = { now: () => net.now() + skewMs, random: chances.next, sleep: net.sleep };
    const through = (mutant.database ?? ((same) => same))(net.database(invocation));
    log(`${label} starts`);
    const ended = work({ ...surroundings, database: through, table, mutant, world });
    const outcome = await Promise.race([
      crashed,
      ended.catch((error: Error) => `threw ${error.name}: ${error.message}` as const),
    ]);
    log(`${label} ends: ${typeof outcome === 'string' ? outcome : JSON.stringify(outcome)}`);
    return outcome;
  };

  const functions: Claiming[] = world.skewsMs.map(claimingFor);
  const send = async (driver: Entrant, step: Pick<DrawStep, 'kind' | 'choices' | 'phone'>) => {
    const { driverId } = driver;
    const { kind, phone } = step;
    const mine = blocks.filter(({ blockId }) => truth.asItIs().blocks.get(blockId)?.owner === driverId);
    const blockId = kind === 'release' && mine.length > 0 ? chances.pick(mine).blockId : undefined;
    const choices = step.choices.map((place) => subject.blockIds[place] ?? '');
    const label = `#${requests.length + 1} ${driverId} ${kind} ${kind === 'claim' ? choices : (blockId ?? '')}`;
    const warm = chances.pick(functions);
    const request: DrawRequest = { label, kind, driverId, from: tick(), effects: [] };
    requests.push(request);
    const asking = { requestId: label, driver, choices, phone, blockId: blockId ?? choices[0] ?? '' };
    const outcome = await inProcess(
      label,
      warm.skewMs,
      (process) => warm.perform(process, kind, asking),
      warm.forget,
      request,
    );
    request.outcome = typeof outcome === 'string' ? { status: outcome } : outcome;
    request.to = tick();
    if (request.outcome.status.startsWith('threw')) violated(`${label} ${request.outcome.status}`);
    return request.outcome.status;
  };

  const waitFor = async ({ turns, at }: { turns: number; at: number }) => {
    for (let turn = 0; turn < turns; turn += 1) await net.turn();
    await net.sleep(Math.max(0, draw.closesAt + at - net.now()));
  };
  /** As a client would: again after no answer, and sometimes without need. */
  const perform = async (driver: Entrant, step: DrawStep) => {
    if (step.waits) await waitFor(step.waits);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const status = await send(driver, step);
      if (!chances.happens(status === 'try-again' || status === 'crashed' ? 0.6 : 0.1)) return;
      await net.turn();
    }
  };
  const drive = async (driver: Entrant) => {
    for (const step of driver.program) {
      await net.turn();
      const performed = perform(driver, step);
      if (!step.impatient) await performed;
    }
  };

  let [runs, running] = [0, 0];
  let contended = false;
  const run = async (skewMs: number) => {
    runs += 1;
    running += 1;
    contended ||= running > 1;
    const name = `run${runs}`;
    const outcome = await inProcess(name, skewMs, (process) => runAndFollow(process, name));
    running -= 1;
    if (typeof outcome === 'string' && !expectedEnd.test(outcome)) violated(`${name} ${outcome}`);
    return outcome;
  };
  const allocate = async ({ skewMs, starts, ...waits }: Allocator) => {
    await waitFor(waits);
    for (let start = 0; start < starts; start += 1) {
      const outcome = await run(skewMs);
      const again = typeof outcome === 'string' ? net.now() : outcome.again;
      if (again === undefined) return;
      await net.turn();
      await net.sleep(Math.max(0, again - net.now()));
    }
  };

  const all = Promise.all([...world.drivers.map(drive), ...world.allocators.map(allocate)]);
  await net.drain();
  await all;
  net.calm(Math.max(quietMs, draw.closesAt - net.now() + quietMs));
  log('all quiet: the last late request has landed');
  const inCalm = async <T>(work: Promise<T>) => {
    await net.drain();
    return work;
  };
  const last = await inCalm(run(0));
  if (typeof last === 'string') violated(`the last run ${last}`);
  for (const driver of world.drivers) {
    const [{ choices } = { choices: [0] }] = driver.program;
    if (chances.happens(0.7)) await inCalm(send(driver, { kind: 'claim', choices, phone: 1 }));
  }
  net.calm(confirmedMs);
  const after = await inCalm(run(0));
  if (typeof after === 'string' || after.again !== undefined) violated(`after all ${JSON.stringify(after)}`);

  const process = {
    database: engine,
    table,
    mutant: {},
    world,
    now: net.now,
    random: () => 0.5,
    sleep: net.sleep,
  };
  const broken = await brokenDrawPromises({ requests, journal: truth, look: lookAs(process), ...process });
  for (const one of broken) violated(one);
  const { drivers } = world;
  const stored = { block: (id: string) => truth.asItIs().blocks.get(id) ?? never(id) };
  const asked = { database: engine, table, journal: stored, blocks, drivers, maxWeeklyMinutes };
  for (const contradiction of await contradictions(asked)) violated(contradiction);

  const claims = requests.filter(({ kind }) => kind === 'claim').length;
  return {
    seed,
    violations,
    trace,
    claims,
    releases: requests.length - claims,
    runs,
    contended,
    ...net.counts,
  };
};

const never = (blockId: string): never => {
  throw new Error(`block ${blockId} was never published`);
};

const publish = async (engine: Engine, { draw, secret }: DrawWorld, blocks: readonly BlockFacts[]) => {
  const { drawId: dropId, stationId, opensAt } = draw;
  const endsAt = Math.max(...blocks.map((block) => block.endsAt));
  const store = publishingStore(engine, engine.table, recordRetentionDays);
  await store.openDrop({ dropId, stationId, opensAt, digest: '', lot: '', endsAt, draw }, { draw, secret });
  await store.writeBlocks(blocks);
};
