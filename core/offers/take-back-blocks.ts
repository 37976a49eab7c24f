import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import { type Block, blockTransitions } from './block.ts';
import { weekShares } from './calendar.ts';
import type { ClaimsStore } from './claims-store.ts';
import type { ScheduleStore } from './schedule-store.ts';

/** A block that is taken back from a driver, as it was. Times in milliseconds since the epoch, money in minor units. */
export interface ReleasedBlock {
  blockId: string;
  /** The version that the driver had. */
  version: number;
  /** The phone that claimed it. */
  deviceId?: string;
  stationId: string;
  startsAt: number;
  endsAt: number;
  amount: number;
  currency: string;
}

export interface TakeBackDeps extends Surroundings {
  store: ClaimsStore;
}

interface TakeBack {
  driverId: string;
  block: ReleasedBlock;
  /** Of the step. */
  requestId: string;
}

/** Tries of one run are one to DynamoDB; another run has another time in its writes, and so is another request. */
const requestOf = (requestId: string, at: number) => `${requestId}|${at}`;

const isTaken = ({ state }: Block) => state === blockTransitions.release.from;

const asItWas = ({ blockId, version, claimedOn, ...block }: Block): ReleasedBlock => ({
  blockId,
  version,
  ...(claimedOn !== undefined && { deviceId: claimedOn }),
  stationId: block.stationId,
  startsAt: block.startsAt,
  endsAt: block.endsAt,
  amount: block.amount,
  currency: block.currency,
});

/**
 * The driver's blocks that start after a time and are not checked in, soonest first. Whoever takes them back writes them
 * down before: afterwards nothing tells them from what the driver released.
 */
export const blocksToTakeBack = async (
  { schedule }: { schedule: ScheduleStore },
  { driverId, after }: { driverId: string; after: number },
): Promise<ReleasedBlock[]> =>
  (await schedule.blocksFrom(driverId, after))
    .filter((block) => isTaken(block) && block.startsAt > after)
    .sort((a, b) => a.startsAt - b.startsAt)
    .map(asItWas);

/**
 * Takes a block from the driver, however soon it starts: it waits to be offered again. A version that is over counts as
 * released: only its owner ends one that is taken, so it was this, or the driver. It is no release of the driver's.
 * `gone`: it is not the driver's to take, or it is checked in.
 */
export const takeBackBlock = async (
  deps: TakeBackDeps,
  { driverId, block: { blockId, version, startsAt, endsAt }, requestId }: TakeBack,
): Promise<'released' | 'gone' | 'try-again'> => {
  const at = deps.now();
  const weeks = weekShares(startsAt, endsAt);
  const release = { requestId: requestOf(requestId, at), driverId, blockId, version, at, weeks };
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const block = await answeredOrUnread(deps.store.read(blockId));
    if (block === 'unread') break;
    if (!block) return 'gone';
    if (block.version > version) return 'released';
    if (block.owner !== driverId || !isTaken(block)) return 'gone';
    if ((await deps.store.commitRelease(release)).status === 'done') return 'released';
    if (attempt < maxTries) await pause(deps);
  }
  return 'try-again';
};

/** Nothing but overlaps stands in the way of what was the driver's: a whole week has room. */
const minutesOfWeek = 7 * 24 * 60;

/**
 * Gives a block that was taken back to its driver again, if nobody has it, it has not begun, is kept for nobody else and
 * the schedule has room; the weekly limit does not count. It is `restored` as well when the driver has it already.
 */
export const giveBackBlock = async (
  deps: TakeBackDeps,
  { driverId, block: { blockId, deviceId }, requestId }: TakeBack,
): Promise<'restored' | 'gone' | 'try-again'> => {
  const at = deps.now();
  let isRefused = false;
  let isSure = true;
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const block = await answeredOrUnread(deps.store.read(blockId));
    if (block === 'unread') return 'try-again';
    if (!block) return 'gone';
    if (block.owner === driverId) return 'restored';
    const restores = block.state === blockTransitions.restore.from;
    const isFree = restores || block.state === blockTransitions.claim.from;
    if (!isFree || block.startsAt <= at) return 'gone';
    const weeks = weekShares(block.startsAt, block.endsAt);
    const who = { driverId, ...(deviceId !== undefined && { deviceId }) };
    const which = { blockId, version: block.version, weeks, restores };
    // Its state may change between two tries: they would be one to DynamoDB, and are not the same.
    const claim = { requestId: requestOf(`${requestId}|${block.state}`, at), ...who, ...which, at };
    const { status } = await deps.store.commitClaim(claim, minutesOfWeek);
    if (status === 'done') return 'restored';
    isRefused = status === 'refused';
    // It may have been written, or may be yet: no later refusal is the last word.
    if (status === 'unanswered') isSure = false;
    if (attempt < maxTries) await pause(deps);
  }
  return isRefused && isSure ? 'gone' : 'try-again';
};

/** When the block ends that the driver drives now or begins within so long; the last one, where they follow closely. */
export const runningUntil = async (
  schedule: ScheduleStore,
  driverId: string,
  now: number,
  leadMs: number,
): Promise<number | undefined> => {
  const ends = (await schedule.blocksFrom(driverId, now))
    .filter(({ startsAt, endsAt }) => startsAt <= now + leadMs && endsAt > now)
    .map(({ endsAt }) => endsAt);
  return ends.length > 0 ? Math.max(...ends) : undefined;
};
