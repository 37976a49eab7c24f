import type { Block } from '#core/offers/block.ts';
import { type CountLateDeps, countLateRelease } from '#core/offers/count-late-release.ts';
import type { Surroundings } from '#core/shared/tries.ts';
import type { Draw } from './draw.ts';
import type { Due, DueStore } from './due-store.ts';
import { type OfferAgainDeps, offerAgain } from './offer-again.ts';
import { type OfferReservedDeps, offerReserved } from './offer-reserved.ts';
import type { OfferingStore } from './offering-store.ts';
import { pauseUntil, type SetTimer, setTimers } from './timers.ts';

/**
 * The worker's use cases. Whatever waits for a time has a due item from the transaction that made it wait until it is
 * done, so that lost timers and stream records, and workers that die, only cost time: a release and a reserved offer have
 * one of their own, the leftovers of a draw have the draw's.
 */
export interface WorkOffDeps
  extends Surroundings,
    Omit<OfferAgainDeps, 'offering'>,
    Omit<OfferReservedDeps, 'offering'>,
    CountLateDeps {
  offering: OfferingStore;
  due: DueStore;
  setTimer: SetTimer;
  findDraw: (drawId: string) => Promise<{ draw: Pick<Draw, 'blocks'> } | undefined>;
  runDraw: (run: { drawId: string; runId: string }) => Promise<DrawRun>;
  /** Blocks that are kept for winners who did not confirm in time wait again. `later`: some are kept until then. */
  passUnconfirmed: (of: { drawId: string }) => Promise<{ status: 'done' } | { status: 'later'; at: number }>;
  newRunId: () => string;
}

export type DrawRun =
  | { status: 'drawn' | 'over' | 'unknown' | 'no-beacon' }
  | { status: 'early'; at: number }
  | { status: 'busy'; until: number };

/** `again`: a timer is set for it; `because` says why. */
export type DueOutcome =
  | { status: 'done'; as: string }
  | { status: 'again'; at: number; because: 'early' | 'busy' | 'no-beacon' | 'kept' | 'unknown' };

/** Who comes earlier comes again: a function that waits costs as much as one that works. */
const longestWaitMs = 5_000;
const beaconPauseMs = 2_000;
const busyPauseMs = 1_000;
/** A block may be published after its due item; a day's worth of retries would hide that it never was. */
const unknownForMs = 3_600_000;
const unknownPauseMs = 60_000;

/** Does what is due at its time, once it has come. `deadline`: until when the function runs. */
export const handleDue = async (deps: WorkOffDeps, due: Due, deadline: number): Promise<DueOutcome> => {
  const waitMs = due.at - deps.now();
  if (waitMs > Math.min(longestWaitMs, deadline - deps.now())) return again(deps, due, due.at, 'early');
  if (waitMs > 0) {
    // It is too early for a draw, which makes ready what it will need: nobody waits for that afterwards.
    if (due.kind === 'draw') await deps.runDraw({ drawId: due.id, runId: deps.newRunId() });
    await deps.sleep(Math.max(0, due.at - deps.now()));
  }
  if (due.kind === 'draw') return holdDraw(deps, due);
  if (due.kind === 'confirm') return endConfirmation(deps, due);
  return offerOne(deps, due);
};

const again = async (
  deps: WorkOffDeps,
  due: Due,
  at: number,
  because: Extract<DueOutcome, { status: 'again' }>['because'],
): Promise<DueOutcome> => {
  await deps.setTimer(due, pauseUntil(at, deps.now()));
  return { status: 'again', at, because };
};

/** Its item is another one: the timer comes with that. */
const postpone = async (deps: WorkOffDeps, due: Due, at: number): Promise<DueOutcome> => {
  if (at === due.at) return again(deps, due, at, 'kept');
  await deps.due.put({ ...due, at });
  return done(deps, due, 'kept');
};

const done = async (deps: WorkOffDeps, due: Due, as: string): Promise<DueOutcome> => {
  await deps.due.done(due);
  return { status: 'done', as };
};

const holdDraw = async (deps: WorkOffDeps, due: Due): Promise<DueOutcome> => {
  const run = await deps.runDraw({ drawId: due.id, runId: deps.newRunId() });
  if (run.status === 'no-beacon') return again(deps, due, deps.now() + beaconPauseMs, 'no-beacon');
  if (run.status === 'busy') {
    return again(deps, due, Math.max(run.until, deps.now() + busyPauseMs), 'busy');
  }
  if (run.status === 'early') return again(deps, due, run.at, 'early');
  await offerLeftovers(deps, due.id);
  return done(deps, due, run.status);
};

const endConfirmation = async (deps: WorkOffDeps, due: Due): Promise<DueOutcome> => {
  const passed = await deps.passUnconfirmed({ drawId: due.id });
  await offerLeftovers(deps, due.id);
  return passed.status === 'later' ? postpone(deps, due, passed.at) : done(deps, due, 'confirmed');
};

/** What nobody won, or nobody confirmed: all of it together, in one draw. */
const offerLeftovers = async (deps: WorkOffDeps, drawId: string): Promise<void> => {
  const found = await deps.findDraw(drawId);
  const blocks = await deps.readBlocks((found?.draw.blocks ?? []).map(({ blockId }) => blockId));
  await offerAgain(deps, blocks.filter(isForDraw));
};

const isForDraw = ({ state, mode }: Block) => state === 'waiting' && mode === 'draw';

const offerOne = async (deps: WorkOffDeps, due: Due): Promise<DueOutcome> => {
  const outcome = await offerReserved(deps, due.id);
  if (outcome.status === 'unknown' && deps.now() < due.at + unknownForMs) {
    return again(deps, due, deps.now() + unknownPauseMs, 'unknown');
  }
  if (outcome.status === 'draw') await offerAgain(deps, [outcome.block]);
  if (outcome.status === 'later') return postpone(deps, due, outcome.at);
  return done(deps, due, outcome.status);
};

export interface Changes {
  /** Due items that are new. */
  due: readonly Due[];
  /** Blocks that wait. */
  waiting: readonly string[];
  /** Releases that are new and late. */
  late: readonly { driverId: string }[];
}

/** What the stream tells. All of it is tried, then the first failure is thrown: doing it again is harmless. */
export const handleChanges = async (deps: WorkOffDeps, { due, waiting, late }: Changes): Promise<void> => {
  const now = deps.now();
  const isNow = ({ at, kind }: Due) => kind === 'offer' && at <= now;
  const atOnce = due.filter(isNow);
  const ended = await Promise.allSettled([
    setTimers(
      deps,
      due.filter((one) => !isNow(one)),
    ),
    offerWaiting(deps, new Set([...waiting, ...atOnce.map(({ id }) => id)])).then(async () => {
      for (const one of atOnce) await offerOne(deps, one);
    }),
    countAll(deps, new Set(late.map(({ driverId }) => driverId))),
  ]);
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
};

const offerWaiting = async (deps: WorkOffDeps, blockIds: ReadonlySet<string>): Promise<void> => {
  const waiting = (await deps.readBlocks([...blockIds])).filter(({ state }) => state === 'waiting');
  const drawn = waiting.filter((block) => isForDraw(block) && !isLeftover(block));
  for (const { blockId } of waiting.filter(({ mode }) => mode === 'reserved')) {
    const outcome = await offerReserved(deps, blockId);
    if (outcome.status === 'draw') drawn.push(outcome.block);
  }
  await offerAgain(deps, drawn);
};

/** Whoever holds its draw offers it with the others that nobody won. */
const isLeftover = ({ mode, passes = 0 }: Block) => mode === 'draw' && passes > 0;

const countAll = async (deps: WorkOffDeps, driverIds: ReadonlySet<string>): Promise<void> => {
  for (const driverId of driverIds) await countLateRelease(deps, driverId);
};

/** Timers reach this far at least, whatever became of those that were set before. */
const aheadMs = 120_000;
/** What is due for less is being worked on. */
const overdueMs = 5_000;

/** Every minute: timers for what comes next and for what nobody did in its time. Two for one are harmless. */
export const tick = async (deps: WorkOffDeps): Promise<{ timers: number; overdue: number }> => {
  const now = deps.now();
  const due = (await deps.due.until(now + aheadMs)).filter(({ at }) => at > now || at < now - overdueMs);
  await setTimers(deps, due);
  return { timers: due.length, overdue: due.filter(({ at }) => at <= now).length };
};
