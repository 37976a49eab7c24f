import type { SharingPolicy } from '#contract/sharing-policy.ts';
import { type Block, blockTransitions } from '#core/offers/block.ts';
import { weekShares } from '#core/offers/calendar.ts';
import type { WeeksStore } from '#core/offers/weeks-store.ts';
import { pause, type Surroundings } from '#core/shared/tries.ts';
import type { OfferingStore } from './offering-store.ts';
import type { Place, RotationStore } from './rotation-store.ts';

export interface OfferReservedDeps extends Surroundings {
  /** Strongly consistent. */
  readBlocks: (blockIds: readonly string[]) => Promise<Block[]>;
  offering: Pick<OfferingStore, 'reserve' | 'pass'>;
  rotation: Pick<RotationStore, 'inOrder' | 'wasAsked' | 'turn'>;
  weeks: WeeksStore;
  reserved: SharingPolicy['reserved'];
  maxWeeklyMinutes: number;
  isRestricted: () => Promise<(driverId: string) => boolean>;
}

export type ReservedOutcome =
  | { status: 'offered'; driverId: string; until: number }
  /** Nothing is to be done before. */
  | { status: 'later'; at: number }
  /** It waits, and is for a draw. */
  | { status: 'draw'; block: Block }
  /** Somebody has it, or it has begun. */
  | { status: 'over' }
  | { status: 'unknown' };

type Step =
  | Exclude<ReservedOutcome, { status: 'offered' } | { status: 'unknown' }>
  | { status: 'ask' }
  | { status: 'pass' };

/** What a reserved block needs at a time. */
export const nextStep = (block: Block, { minutes, turns }: SharingPolicy['reserved'], now: number): Step => {
  const { state, mode, opensAt, startsAt, passes = 0, closesAt = 0, heldUntil = 0 } = block;
  if (state === blockTransitions.offer.from) {
    if (startsAt <= now) return { status: 'over' };
    if (mode !== 'reserved') return { status: 'draw', block };
    if (opensAt > now) return { status: 'later', at: opensAt };
    const isLate = now + minutes * 60_000 >= startsAt;
    return passes >= turns || isLate ? { status: 'draw', block } : { status: 'ask' };
  }
  if (state !== blockTransitions.pass.from || mode !== 'reserved') return { status: 'over' };
  // A puzzle may keep it for longer than the offer.
  const keptUntil = Math.max(closesAt, heldUntil);
  return keptUntil > now ? { status: 'later', at: keptUntil } : { status: 'pass' };
};

/** Others may be asked for other blocks of the station at the same time. */
const mostTries = 10;
const atOnce = 10;

/**
 * Takes a reserved block one step on: it is kept for the next driver of the rotation who can take it, or passed on when
 * that time is over. However many workers do so at once, one driver is asked at a time, and each at most once.
 */
export const offerReserved = async (deps: OfferReservedDeps, blockId: string): Promise<ReservedOutcome> => {
  for (let attempt = 1; attempt <= mostTries; attempt += 1) {
    const [block] = await deps.readBlocks([blockId]);
    if (!block) return { status: 'unknown' };
    const now = deps.now();
    const step = nextStep(block, deps.reserved, now);
    if (step.status === 'pass') {
      const { status } = await deps.offering.pass(block, now, block.holder);
      if (status !== 'done') await pause(deps);
    } else if (step.status === 'ask') {
      const answer = await ask(deps, block, now);
      if (answer === 'nobody') return { status: 'draw', block };
      if (answer !== 'overtaken') return { status: 'offered', ...answer };
      await pause(deps);
    } else {
      return step;
    }
  }
  throw new Error('a reserved block was overtaken too often');
};

const ask = async (
  deps: OfferReservedDeps,
  block: Block,
  at: number,
): Promise<{ driverId: string; until: number } | 'nobody' | 'overtaken'> => {
  const place = await nextWhoCan(deps, block);
  if (!place) return 'nobody';
  const { blockId, version, stationId, endsAt } = block;
  const { driverId } = place;
  const until = at + deps.reserved.minutes * 60_000;
  const moved = deps.rotation.turn({ stationId, place, blockId, version, at, expiresAt: endsAt });
  const { status } = await deps.offering.reserve(block, { driverId, until, at }, moved);
  return status === 'done' ? { driverId, until } : 'overtaken';
};

/** Whoever cannot take the block is passed over, and keeps the place. */
const nextWhoCan = async (deps: OfferReservedDeps, block: Block): Promise<Place | undefined> => {
  const isRestricted = await deps.isRestricted();
  const shares = weekShares(block.startsAt, block.endsAt);
  const places = (await deps.rotation.inOrder(block.stationId)).filter(
    ({ driverId }) => !isRestricted(driverId),
  );
  for (let from = 0; from < places.length; from += atOnce) {
    const some = places.slice(from, from + atOnce);
    const can = await Promise.all(
      some.map(
        async ({ driverId }) =>
          (await deps.weeks.hasRoom(driverId, shares, deps.maxWeeklyMinutes)) &&
          !(await deps.rotation.wasAsked(driverId, block.blockId)),
      ),
    );
    const next = some.find((_, index) => can[index]);
    if (next) return next;
  }
  return undefined;
};
