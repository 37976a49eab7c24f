import type { BlockFacts } from './block.ts';

const iso = (at: number) => new Date(at).toISOString();

/** A block as its publisher sees it. */
export const toPublishedBlock = (block: BlockFacts) => ({
  blockId: block.blockId,
  stationId: block.stationId,
  startAt: iso(block.startsAt),
  endAt: iso(block.endsAt),
  pay: { amount: block.amount, currency: block.currency },
  mode: block.mode,
  opensAt: iso(block.opensAt),
});
