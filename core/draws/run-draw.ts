import type * as z from 'zod/mini';
import type { DrawRecord } from '#contract/draw-record.ts';
import type { drawDrawnDetail } from '#contract/events.ts';
import type { BeaconChain } from '#contract/sharing-policy.ts';
import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import { maxTries, pause } from '#core/shared/tries.ts';
import { warmUpBeacon } from './beacon.ts';
import type { FetchBeacon } from './beacon-gateway.ts';
import { timeOfRound } from './beacon-rounds.ts';
import { buildRecord } from './build-record.ts';
import type { DrawsStore, StoredDraw } from './draws-store.ts';
import type { OfferingStore } from './offering-store.ts';
import { inOrder, seedOf } from './ranking.ts';
import { type SealDeps, sealDraw } from './seal-draw.ts';
import { settleDraw } from './settle-draw.ts';
import { recordDigest } from './sign-record.ts';
import { type WalkDeps, walk } from './walk.ts';

export interface RunDrawDeps extends WalkDeps, SealDeps {
  draws: DrawsStore;
  offering: OfferingStore;
  isRestricted: () => Promise<(driverId: string) => boolean>;
  beacon: FetchBeacon;
  chain: BeaconChain;
  /** A compact JWS. */
  sign: (payload: { drawId: string; sha256: string }) => Promise<string>;
  tell: (detail: z.input<typeof drawDrawnDetail>) => Promise<void>;
}

/** Milliseconds of each step, and how late after the close the outcome could be read. */
export interface DrawTimes {
  seal: number;
  beacon: number;
  walk: number;
  publish: number;
  sinceClose: number;
}

export type DrawRun =
  | { status: 'drawn'; entries: number; given: number; ms: DrawTimes }
  | { status: 'over' }
  | { status: 'unknown' }
  | { status: 'early'; at: number }
  | { status: 'busy'; until: number }
  | { status: 'no-beacon' };

/** Entries that came in time are given so long to be written. */
const graceMs = 50;
/** Longer than any run that gets its answers; so long an outcome may be late when a run dies. */
const leaseMs = 10_000;
const beaconPauseMs = 100;
/** Longer than that a silent beacon is left to the next run. */
const beaconPatienceMs = 3_000;

const waitUntil = async ({ now, sleep }: Pick<RunDrawDeps, 'now' | 'sleep'>, at: number): Promise<void> => {
  const ms = at - now();
  if (ms > 0) await sleep(ms);
};

/**
 * Holds a draw that has closed, or goes on with one that another run left. Every step stands on a condition, so it may
 * end anywhere, be started again, and run beside another one: there is one roll, one outcome and one record. Throws when
 * the database gives no answer for long; it is not over then, and to be started again.
 */
export const runDraw = async (
  deps: RunDrawDeps,
  { drawId, runId }: { drawId: string; runId: string },
): Promise<DrawRun> => {
  const found = await deps.draws.read(drawId);
  if (!found) return { status: 'unknown' };
  if (found.state === 'drawn') return over(deps, found);
  const { closesAt } = found.draw;
  if (deps.now() < closesAt) {
    await warmUp(deps, drawId);
    return { status: 'early', at: closesAt };
  }
  await waitUntil(deps, closesAt + graceMs);
  const lease = await leaseOf(deps, drawId, runId);
  if (lease.status === 'busy') return lease;
  const stored = await deps.draws.read(drawId);
  if (!stored) return { status: 'unknown' };
  if (lease.status === 'over' || stored.state === 'drawn') return over(deps, stored);
  try {
    return await hold(deps, stored, `${runId}.${lease.fence}`);
  } finally {
    await deps.draws.endLease(drawId, lease.fence);
  }
};

/** What the first use of code and connections takes, before anybody waits for it. */
const warmUp = async ({ chain, draws }: RunDrawDeps, drawId: string): Promise<void> => {
  warmUpBeacon(chain);
  await answeredOrUnread(draws.entries(drawId));
};

const leaseOf = async (deps: RunDrawDeps, drawId: string, runId: string) => {
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const at = deps.now();
    const lease = await deps.draws.lease(drawId, { runId, at, until: at + leaseMs });
    if (lease.status !== 'unsure') return lease;
    await pause(deps);
  }
  throw new Error(`draw ${drawId} could not be begun`);
};

/** A run may have ended between the outcome and what follows from it. */
const over = async (deps: RunDrawDeps, { draw, isSettled }: StoredDraw): Promise<DrawRun> => {
  if (!isSettled) {
    const published = await deps.draws.record(draw.drawId);
    if (!published) throw new Error(`draw ${draw.drawId} is over and has no record`);
    await settleDraw(deps, draw, published.record);
  }
  return { status: 'over' };
};

const hold = async (deps: RunDrawDeps, stored: StoredDraw, runName: string): Promise<DrawRun> => {
  const { draw } = stored;
  const began = deps.now();
  const sealed = await sealDraw(deps, stored, runName);
  const sealedAt = deps.now();
  // What the outcome does not follow from is read before the beacon speaks.
  const [beaconSignature, secret, blocks, isRestricted] = await Promise.all([
    beaconValue(deps, stored),
    deps.draws.secret(draw.drawId),
    deps.readBlocks(draw.blocks.map(({ blockId }) => blockId)),
    deps.isRestricted(),
  ]);
  if (beaconSignature === undefined) return { status: 'no-beacon' };
  const knownAt = deps.now();
  const seed = seedOf(secret, { drawId: draw.drawId, ...draw.beacon, signature: beaconSignature });
  const list = inOrder(sealed.list, seed, draw.drawId);
  const { known, roll } = sealed;
  const { parts, heldUntil } = await walk(deps, { draw, runName, list, known, blocks, isRestricted });
  const drawnAt = deps.now();
  const { chain } = deps;
  const record = buildRecord({ draw, chain, beaconSignature, secret, roll, drawnAt, list, parts });
  if (!(await publish(deps, stored, { name: runName, record, drawnAt, heldUntil }))) {
    const asItIs = await deps.draws.read(draw.drawId);
    return asItIs ? over(deps, asItIs) : { status: 'unknown' };
  }
  const publishedAt = deps.now();
  await settleDraw(deps, draw, record);
  return {
    status: 'drawn',
    entries: list.length,
    given: parts.filter(({ won }) => won !== undefined).length,
    ms: {
      seal: sealedAt - began,
      beacon: knownAt - sealedAt,
      walk: drawnAt - knownAt,
      publish: publishedAt - drawnAt,
      sinceClose: publishedAt - draw.closesAt,
    },
  };
};

/**
 * The value that was named when the draw was announced, verified. Nothing takes its place if it does not come: whoever
 * could choose between two values could choose between two outcomes. The draw waits for it, however long that takes.
 */
const beaconValue = async (deps: RunDrawDeps, { draw }: StoredDraw): Promise<string | undefined> => {
  const { chain } = deps;
  const { chainHash, round } = draw.beacon;
  // Another chain was configured since: its value of that round is not the one that was named.
  if (chain.chainHash !== chainHash) return undefined;
  await waitUntil(deps, timeOfRound(chain, round));
  for (const until = deps.now() + beaconPatienceMs; ; ) {
    const answer = await deps.beacon(round);
    if (answer.status === 'known') return answer.signature;
    if (deps.now() >= until) return undefined;
    await deps.sleep(beaconPauseMs);
  }
};

/** Whether this run's record is the published one, as far as it knows. */
const publish = async (
  deps: RunDrawDeps,
  stored: StoredDraw,
  { name, record, drawnAt, heldUntil }: DrawOutcome,
): Promise<boolean> => {
  const { drawId } = stored.draw;
  const signature = await deps.sign({ drawId, sha256: recordDigest(record) });
  const outcome = {
    ...{ name, published: { record, signature }, beaconSignature: record.beacon.signature, drawnAt },
    // A hold counts until its last millisecond.
    ...(heldUntil !== undefined && { confirmBy: heldUntil + 1 }),
  };
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const { status } = await deps.draws.publish(stored, outcome);
    if (status === 'done') return true;
    if (status === 'refused') return false;
    await pause(deps);
  }
  throw new Error(`draw ${drawId} could not be published`);
};

interface DrawOutcome {
  name: string;
  record: DrawRecord;
  drawnAt: number;
  heldUntil: number | undefined;
}
