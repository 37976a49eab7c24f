import type { BlockFacts } from '#core/offers/block.ts';
import { weekShares } from '#core/offers/calendar.ts';
import type { Chance } from './chance.ts';
import { type FaultKind, faultKinds } from './network.ts';

/** What a driver does next; which block it is about may depend on what he owns by then. */
export interface Step {
  kind: 'claim' | 'release';
  blockId: string;
  /** Claims with an offer of an earlier version, if there was one. */
  stale: boolean;
  /** Acts again before the answer is there: a second device, or a thumb that taps twice. */
  impatient: boolean;
}

/** Who and what one history is about; drawn from the seed alone. */
export interface World {
  drivers: { driverId: string; program: Step[] }[];
  blocks: BlockFacts[];
  warmFunctions: number;
  maxWeeklyMinutes: number;
  releaseLeadMinutes: number;
  faultRate: number;
  /** Only these happen: with fewer kinds at once each meets more of its consequences. */
  faults: readonly FaultKind[];
  startsAt: number;
}

const minute = 60_000;
const hour = 60 * minute;
const friday = Date.UTC(2026, 10, 20, 8);
const weekEnd = Date.UTC(2026, 10, 23);

/** Most blocks lie around one week end, so that they cross it, overlap, and add up in one week. */
const startOf = (chance: Chance, previous: BlockFacts | undefined) => {
  const offset = (15 * chance.below(12) + (chance.happens(0.2) ? 7 : 0)) * minute;
  const choice = chance.below(10);
  if (choice < 4 && previous) return previous.startsAt + offset / 2;
  if (choice < 6) return weekEnd - 3 * hour + offset;
  if (choice < 7) return friday + 30 * minute;
  return friday + 12 * hour + chance.below(4) * 16 * hour + offset;
};

/** Names are as in the trace; the caller makes them unique in the table. */
export const drawWorld = (chance: Chance): World => {
  const blocks: BlockFacts[] = [];
  for (let index = 2 + chance.below(3); index > 0; index -= 1) {
    const startsAt = startOf(chance, blocks.at(-1));
    blocks.push({
      blockId: `b${blocks.length}`,
      stationId: 'XBC1',
      dropId: 'drop',
      startsAt,
      endsAt: startsAt + (60 + 15 * chance.below(16)) * minute,
      amount: 9_000,
      currency: 'EUR',
      mode: chance.happens(0.4) ? 'gated' : 'direct',
      opensAt: friday,
    });
  }
  const minutes = blocks
    .flatMap(({ startsAt, endsAt }) => weekShares(startsAt, endsAt))
    .map((share) => share.minutes);
  const [most, all] = [Math.max(...minutes), minutes.reduce((sum, share) => sum + share, 0)];
  // Between the longest and all together: each block fits, not each combination does.
  const maxWeeklyMinutes = chance.happens(0.6) ? most + chance.below(all - most) : all;

  const faults = faultKinds.filter(() => chance.happens(0.6));
  // Mostly a rush; sometimes one driver is nearly alone, so that what he gives up stays open for his own late writes.
  const isRush = chance.happens(0.7);
  const drivers = Array.from({ length: 3 + chance.below(3) }, (_, index) => {
    const driverId = `d${index}`;
    const favourite = chance.pick(blocks).blockId;
    const program = Array.from(
      { length: isRush ? 3 + chance.below(3) : index === 0 ? 7 : 1 },
      (): Step => ({
        kind: chance.happens(0.6) ? 'claim' : 'release',
        blockId: chance.happens(0.6) ? favourite : chance.pick(blocks).blockId,
        stale: chance.happens(0.15),
        impatient: chance.happens(0.2),
      }),
    );
    return { driverId, program };
  });
  return {
    drivers,
    blocks,
    maxWeeklyMinutes,
    warmFunctions: 1 + chance.below(3),
    releaseLeadMinutes: 15,
    faultRate: 0.1 + chance.next() * 0.5,
    faults: faults.length > 0 ? faults : faultKinds,
    startsAt: friday,
  };
};
