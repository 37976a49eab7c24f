import type { DrawRefusal } from '#contract/draw-record.ts';
import { type Block, blockTransitions } from '#core/offers/block.ts';
import { weekShares } from '#core/offers/calendar.ts';
import { calendarRefusal, isTooLong } from '#core/offers/calendar-refusal.ts';
import type { ClaimsStore, CommitAnswer } from '#core/offers/claims-store.ts';
import { sideBySide } from '#core/shared/side-by-side.ts';
import { pause, type Surroundings } from '#core/shared/tries.ts';
import type { Part } from './allot.ts';
import type { Draw, Entry } from './draw.ts';
import type { RollEntry } from './draws-store.ts';
import type { OfferingStore } from './offering-store.ts';
import { byDriver, type Standings, standings } from './standings.ts';
import type { WinsStore } from './wins-store.ts';

export interface WalkDeps extends Surroundings {
  draws: WinsStore;
  claims: Pick<ClaimsStore, 'commitClaim'>;
  /** Strongly consistent. */
  readBlocks: (ids: readonly string[]) => Promise<Block[]>;
  offering: Pick<OfferingStore, 'pass'>;
  maxWeeklyMinutes: number;
  /** So long a block is kept for a winner who is asked something. */
  confirmMs: number;
}

export interface WalkInput {
  draw: Draw;
  /** Of this run alone. */
  runName: string;
  /** In the order of the ranks. */
  list: readonly RollEntry[];
  /** Entries as they were read, by driver. What was decided since is met on the way. */
  known: ReadonlyMap<string, Entry>;
  blocks: readonly Block[];
  isRestricted: (driverId: string) => boolean;
}

export interface Walked {
  parts: Part<DrawRefusal>[];
  /** The latest time until which a block is kept for whoever has to confirm it. */
  heldUntil?: number;
}

/** Other writes of a driver come in between for moments; what goes on for longer is left to another run. */
const mostTries = 8;
const atOnce = 25;

/**
 * Works the list off. Nothing is decided in memory: an entry is done with a block when it has won it or when the reason
 * against it stands on the entry, and only then the next one asks for it. So a run that comes later, or goes side by
 * side with this one, finds what it did and can do nothing else.
 */
export const walk = async (deps: WalkDeps, input: WalkInput): Promise<Walked> => {
  const { draw, list, known } = input;
  const table = standings(draw, list);
  const learn = (entries: ReadonlyMap<string, Entry>) => {
    for (const [place, { driverId }] of list.entries()) table.learn(place, entries.get(driverId));
  };
  learn(known);
  const facts = new Map(input.blocks.map((block) => [block.blockId, block]));
  const context = { ...input, table };
  for (let turns = table.next(); turns.length > 0; turns = table.next()) {
    await sideBySide(atOnce, turns, (turn) => decide(deps, turnOf(context, facts, turn, deps.now())));
  }
  let parts = table.parts();
  if (!parts) {
    // Another run wrote while the entries were read: a win was seen, and not the refusal that came before it.
    learn(byDriver(await deps.draws.entries(draw.drawId)));
    parts = table.parts();
  }
  if (!parts) throw new Error(`draw ${draw.drawId} was decided in another order`);
  const heldUntil = table.heldUntil();
  return { parts, ...(heldUntil !== undefined && { heldUntil }) };
};

/** One entry that asks for one block. */
type Turn = ReturnType<typeof turnOf>;

const turnOf = (
  { draw, runName, list, known, table, isRestricted }: WalkInput & { table: Standings },
  facts: ReadonlyMap<string, Block>,
  { place, block }: { place: number; block: number },
  at: number,
) => {
  const { driverId, asked } = list[place] as RollEntry;
  const { blockId, version } = draw.blocks[block] as Draw['blocks'][number];
  const { startsAt = 0, endsAt = 0 } = facts.get(blockId) ?? {};
  const deviceId = known.get(driverId)?.deviceId;
  return {
    ...{ table, place, block, asked, startsAt, at, driverId, blockId, version },
    ...(deviceId !== undefined && { deviceId }),
    drawId: draw.drawId,
    requestId: `${draw.drawId}|${runName}`,
    weeks: weekShares(startsAt, endsAt),
    isRestricted: isRestricted(driverId),
  };
};

const decide = async (deps: WalkDeps, turn: Turn): Promise<void> => {
  const { table, place, block, blockId } = turn;
  for (let attempt = 1; !table.isDecided(place, block); attempt += 1) {
    if (attempt > mostTries) throw new Error(`a draw cannot decide about block ${blockId}`);
    if (attempt > 1) await pause(deps);
    await ask(deps, turn);
  }
};

const ask = async (deps: WalkDeps, turn: Turn): Promise<void> => {
  const { table, place, block, weeks } = turn;
  if (table.hasWon(place)) return look(deps, turn);
  if (turn.isRestricted) return refuse(deps, turn, 'account-restricted');
  if (isTooLong({ weeks }, deps.maxWeeklyMinutes)) return refuse(deps, turn, 'weekly-hours-exceeded');
  if (deps.now() >= turn.startsAt) {
    // It is taken out for good: a run whose clock is behind cannot give it any more.
    await deps.offering.pass(turn, deps.now());
    return look(deps, turn);
  }
  const until = turn.asked ? turn.at + deps.confirmMs : undefined;
  const answer =
    until === undefined
      ? await deps.claims.commitClaim({ ...turn, alongside: [deps.draws.win(turn)] }, deps.maxWeeklyMinutes)
      : await deps.draws.keep(turn, until, deps.maxWeeklyMinutes);
  if (answer.status === 'done') table.win(place, block, until);
  if (answer.status !== 'refused') return;
  const reason = calendarReason(answer, turn);
  return reason ? refuse(deps, turn, reason) : look(deps, turn);
};

/** Nothing when it is the block or the entry that stands in the way. */
const calendarReason = (
  { block, weeks }: Extract<CommitAnswer, { status: 'refused' }>,
  turn: Turn,
): DrawRefusal | undefined => {
  const [own, entry] = [weeks.slice(0, turn.weeks.length), weeks[turn.weeks.length]];
  return block || entry ? undefined : calendarRefusal(own, turn);
};

const refuse = async (deps: WalkDeps, turn: Turn, reason: DrawRefusal): Promise<void> => {
  const answer = await deps.draws.refuse(turn, reason);
  if (answer.status === 'done' || answer.status === 'refused') turn.table.learn(turn.place, answer.entry);
};

/**
 * What stands in the way. The block is read first: once it is not open in that version it never is again, and if this
 * entry has won it, the entry says so by then.
 */
const look = async (deps: WalkDeps, turn: Turn): Promise<void> => {
  const { table, place, block, blockId, version } = turn;
  const [asItIs] = await deps.readBlocks([blockId]);
  const entry = await deps.draws.entry(turn.drawId, turn.driverId);
  table.learn(place, entry);
  if (table.isDecided(place, block)) return;
  if (asItIs?.state !== blockTransitions.claim.from || asItIs.version !== version) {
    return table.withdraw(block, turn.startsAt <= deps.now() ? 'offer-expired' : 'block-withdrawn');
  }
  if (entry?.state !== 'in') await refuse(deps, turn, 'entry-withdrawn');
};
