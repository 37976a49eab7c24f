import type { Block } from '#core/offers/block.ts';
import { readBlock } from '#core/offers/blocks-store.ts';
import { claimBlock } from '#core/offers/claim-block.ts';
import { claimsStore } from '#core/offers/claims-store.ts';
import { lateRelease } from '#core/offers/late-releases-store.ts';
import { signOffer } from '#core/offers/offer-token.ts';
import { publishingStore } from '#core/offers/publishing-store.ts';
import { releasableUntil, releaseBlock } from '#core/offers/release-block.ts';
import { settledOffers } from '#core/offers/settled-offers.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import { offerInDraw } from '#test/support/offered.ts';
import { type Chance, chance } from './chance.ts';
import type { Engine } from './engine.ts';
import { journal } from './journal.ts';
import type { Mutant } from './mutants.ts';
import { type FaultKind, type Invocation, network } from './network.ts';
import { brokenPromises, falsehood, type Outcome, type Request, witness } from './requests.ts';
import { contradictions } from './storage.ts';
import { drawWorld, type Step } from './world.ts';

export interface HistoryReport {
  seed: number;
  violations: string[];
  trace: string[];
  claims: number;
  releases: number;
  /** Of the allocator of a draw. */
  runs?: number;
  delivered: number;
  faults: Record<FaultKind, number>;
  /** Two requests about one block were under way at once. */
  contended: boolean;
}

const keys = { current: 'k1', keys: new Map([['k1', 'a key for histories only']]) };
const recordRetentionDays = 30;
/** Longer than any hold lasts. */
const quietMs = 10_000;
const firstVersion = 1;
/** Some releases are late, some are not. */
const lateHours = 24;

/** Whoever is told so makes room first, if he wants the block enough. */
const finalWeekRefusals: ReadonlySet<Outcome> = new Set(['schedule-overlap', 'weekly-hours-exceeded']);

let histories = 0;

/** Runs one history from its seed: the same seed gives the same trace, whatever else shares the engine. */
export const runHistory = async (
  engine: Engine,
  seed: number,
  mutant: Mutant = {},
): Promise<HistoryReport> => {
  const trace: string[] = [];
  const violations: string[] = [];
  histories += 1;
  const prefix = `h${histories}-`;
  const log = (line: string) => trace.push(line.replaceAll(prefix, ''));
  const violated = (what: string) => {
    violations.push(what.replaceAll(prefix, ''));
    log(`VIOLATION  ${what}`);
  };

  const chances: Chance = chance(seed);
  const world = drawWorld(chances);
  const { maxWeeklyMinutes, releaseLeadMinutes } = world;
  const blocks = world.blocks.map((block) => ({ ...block, blockId: prefix + block.blockId }));
  await publishingStore(engine, engine.table, recordRetentionDays).writeBlocks(blocks);
  const truth = journal(
    blocks.map((block): Block => ({ ...block, state: 'open', version: firstVersion })),
    maxWeeklyMinutes,
  );

  const requests: Request[] = [];
  const running = new Map<Invocation, Request>();
  const senders = new Map<Invocation, Request>();
  let contended = false;

  const landed = async (invocation: Invocation, command: { input: object }) => {
    const blockId = blockIdOf(command.input);
    const block = blockId && (await readBlock(engine, engine.table, blockId));
    if (!block) return;
    const effect = truth.note(block, net.now());
    if (typeof effect === 'string') violated(`${invocation.label}: ${block.blockId} ${effect}`);
    else if (effect) senders.get(invocation)?.effects.push(effect);
    if (typeof effect === 'object' && effect.kind === 'release') net.later(() => offerAgain(block));
    for (const request of running.values()) witness(request, truth);
  };
  /** What the worker does with a block that came back, so that histories go on. */
  const offerAgain = async ({ blockId, version }: Block) => {
    const known = truth.block(blockId);
    if (known.state !== 'waiting' || known.version !== version) return;
    await offerInDraw(engine, engine.table, { blockId, version, at: net.now() });
    const block = await readBlock(engine, engine.table, blockId);
    if (!block) throw new Error(`${blockId} is gone`);
    truth.offered(block);
    log(`${blockId}@${version} is offered again`);
  };
  const net = network({
    engine,
    chance: chances,
    faultRate: world.faultRate,
    faults: world.faults,
    startsAt: world.startsAt,
    landed,
    log,
  });

  const settled = () => (mutant.settled ?? ((cache) => cache))(settledOffers());
  const functions = Array.from({ length: world.warmFunctions }, () => ({ settled: settled() }));

  const send = async (kind: 'claim' | 'release', driverId: string, blockId: string, version: number) => {
    const label = `#${requests.length + 1} ${driverId} ${kind} ${blockId}${kind === 'claim' ? `@${version}` : ''}`;
    const requestId = `${prefix}r${requests.length + 1}`;
    const warm = chances.pick(functions);
    // However it is offered again, its token is one that claims as the first did.
    const { mode } = blocks.find((one) => one.blockId === blockId) ?? truth.block(blockId);
    const { drawId: _, closesAt: __, ...block } = truth.block(blockId);
    const request: Request = {
      label,
      kind,
      driverId,
      blockId,
      version,
      gated: mode === 'gated',
      sends: 0,
      effects: [],
      effectsAtEnd: 0,
      saw: { mine: false, free: false, newer: false, waiting: false, overlap: false, hours: false },
    };
    contended ||= [...running.values()].some((other) => other.blockId === blockId);
    requests.push(request);
    const { promise: died, resolve: die } = Promise.withResolvers<Outcome>();
    const invocation: Invocation = {
      label,
      sends: 0,
      crash: () => {
        warm.settled = settled();
        die('crashed');
      },
    };
    senders.set(invocation, request);
    running.set(invocation, request);
    witness(request, truth);
    log(`${label} starts`);

    const database = (mutant.database ?? ((same: Database) => same))(net.database(invocation));
    const store = claimsStore(database, engine.table, recordRetentionDays);
    const deps = {
      store: (mutant.store ?? ((same) => same))(store),
      settled: warm.settled,
      keys,
      maxWeeklyMinutes,
      releaseLeadMinutes,
      lateHours,
      noteLate: (release: Parameters<typeof lateRelease>[1]) => lateRelease(engine.table, release, 14),
      now: net.now,
      random: chances.next,
      sleep: net.sleep,
    };
    const answer =
      kind === 'claim'
        ? claimBlock(deps, { requestId, driverId, offerToken: signOffer(keys, { ...block, mode, version }) })
        : (mutant.release ?? releaseBlock)(deps, { requestId, driverId, blockId });
    request.outcome = await Promise.race([
      died,
      answer.then(
        (outcome): Outcome => (outcome.status === 'refused' ? outcome.code : outcome.status),
        (error: Error): Outcome => `threw ${error.name}: ${error.message}`,
      ),
    ]);
    request.sends = invocation.sends;
    request.effectsAtEnd = request.effects.length;
    log(`${label} ends: ${request.outcome}`);
    const lie = falsehood(request, { journal: truth, now: net.now(), releaseLeadMinutes, requests });
    if (lie) violated(`${label}, answered ${request.outcome}: ${lie}`);
    running.delete(invocation);
    return request.outcome;
  };

  /** As a client would: the same token again after no answer, and sometimes without need. */
  const perform = async (driverId: string, step: Step) => {
    const owned = blocks.filter((block) => truth.block(block.blockId).owner === driverId);
    const isOwner = step.kind === 'release' && owned.length > 0;
    const blockId = isOwner ? chances.pick(owned).blockId : prefix + step.blockId;
    const current = truth.block(blockId).version;
    const version = step.kind === 'claim' && step.stale ? 1 + chances.below(current) : current;
    // Who gives a block back often wants it again, at times before the answer is there: late writes of the
    // first round meet the second.
    const claimAgain = async () => {
      await net.turn();
      await send('claim', driverId, blockId, truth.block(blockId).version);
    };
    const wantsAgain = step.kind === 'release' && chances.happens(0.5);
    const meanwhile = wantsAgain && step.impatient ? claimAgain() : undefined;
    let outcome: Outcome = 'try-again';
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      outcome = await send(step.kind, driverId, blockId, version);
      const isUnsure = outcome === 'try-again' || outcome === 'crashed';
      if (!chances.happens(isUnsure ? 0.6 : 0.1)) break;
      await net.turn();
    }
    await meanwhile;
    if (wantsAgain && !step.impatient) await claimAgain();
    if (finalWeekRefusals.has(outcome) && chances.happens(0.8)) {
      await net.turn();
      const inTheWay = blocks.filter((block) => truth.block(block.blockId).owner === driverId);
      if (inTheWay.length > 0) await send('release', driverId, chances.pick(inTheWay).blockId, 0);
    }
  };
  const drive = async (driverId: string, program: readonly Step[]) => {
    for (const step of program) {
      await net.turn();
      const performed = perform(driverId, step);
      if (!step.impatient) await performed;
    }
  };

  /** With all quiet each answer is certain, also for holds that ran out and for tokens used before. */
  const expect = async (kind: 'claim' | 'release', driverId: string, blockId: string, due: Outcome) => {
    const answered = send(kind, driverId, blockId, truth.block(blockId).version);
    await net.drain();
    const outcome = await answered;
    if (outcome !== due)
      violated(`${kind} of ${blockId} by ${driverId} was answered ${outcome} instead of ${due}`);
  };
  const dueOf = (driverId: string, blockId: string): Outcome => {
    const block = truth.block(blockId);
    if (block.owner) return block.owner === driverId ? 'repeated' : 'block-taken';
    const { overlap, hours } = truth.obstacles(driverId, block);
    return overlap ? 'schedule-overlap' : hours ? 'weekly-hours-exceeded' : 'claimed';
  };
  const probe = async (blockId: string) => {
    if (net.now() >= truth.block(blockId).startsAt) return;
    const { owner, startsAt } = truth.block(blockId);
    const driverId = prefix + chances.pick(world.drivers).driverId;
    await expect('claim', driverId, blockId, dueOf(driverId, blockId));
    if (!owner || net.now() > releasableUntil(startsAt, releaseLeadMinutes)) return;
    await expect('claim', owner, blockId, 'repeated');
    await expect('release', owner, blockId, 'released');
    const again = chances.happens(0.5) ? owner : driverId;
    await expect('claim', again, blockId, dueOf(again, blockId));
  };

  const driven = Promise.all(world.drivers.map(({ driverId, program }) => drive(prefix + driverId, program)));
  await net.drain();
  await driven;
  net.calm(quietMs);
  log('all quiet: the last late request has landed');
  for (const { blockId } of blocks.slice(0, 2)) await probe(blockId);
  for (const broken of brokenPromises(requests, truth)) violated(broken);
  const drivers = world.drivers.map(({ driverId }) => ({ driverId: prefix + driverId }));
  const asked = { database: engine, table: engine.table, journal: truth, blocks, drivers, maxWeeklyMinutes };
  for (const contradiction of await contradictions(asked)) violated(contradiction);

  const claims = requests.filter(({ kind }) => kind === 'claim').length;
  return { seed, violations, trace, claims, releases: requests.length - claims, contended, ...net.counts };
};

interface Target {
  Key?: { pk?: { S?: string } };
}

/** The block that a write is about, if any. */
const blockIdOf = (input: Target & { TransactItems?: Record<string, Target>[] }) => {
  const targets = [input, ...(input.TransactItems ?? []).flatMap((item) => Object.values(item))];
  return targets
    .map(({ Key }) => Key?.pk?.S)
    .find((pk) => pk?.startsWith('B#'))
    ?.slice(2);
};
