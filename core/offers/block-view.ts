import type { ClaimedBlock } from '#contract/claims.ts';
import type { BlockFacts } from './block.ts';
import { releasableUntil } from './release-block.ts';

type Shown = Pick<BlockFacts, 'blockId' | 'stationId' | 'startsAt' | 'endsAt' | 'amount' | 'currency'>;

export const iso = (at: number) => new Date(at).toISOString();

/** What everybody is shown of a block, in the terms of the contract. */
export const toBlockView = (block: Shown) => ({
  blockId: block.blockId,
  stationId: block.stationId,
  startAt: iso(block.startsAt),
  endAt: iso(block.endsAt),
  pay: { amount: block.amount, currency: block.currency },
});

/** A block as the driver sees it who has it. */
export const toClaimedBlock = (block: Shown, releaseLeadMinutes: number): ClaimedBlock => ({
  ...toBlockView(block),
  releasableUntil: iso(releasableUntil(block.startsAt, releaseLeadMinutes)),
});

/** A block as its publisher sees it. */
export const toPublishedBlock = (block: BlockFacts) => ({
  ...toBlockView(block),
  mode: block.mode,
  opensAt: iso(block.opensAt),
});
