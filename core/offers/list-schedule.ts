import type { ClaimedBlock } from '#contract/offers.ts';
import type { Block, BlockFacts } from './block.ts';
import { releasableUntil } from './release-block.ts';
import type { ScheduleStore } from './schedule-store.ts';

const iso = (at: number) => new Date(at).toISOString();

export const toClaimedBlock = (
  block: Pick<BlockFacts, 'blockId' | 'stationId' | 'startsAt' | 'endsAt' | 'amount' | 'currency'>,
  releaseLeadMinutes: number,
): ClaimedBlock => ({
  blockId: block.blockId,
  stationId: block.stationId,
  startAt: iso(block.startsAt),
  endAt: iso(block.endsAt),
  pay: { amount: block.amount, currency: block.currency },
  releasableUntil: iso(releasableUntil(block.startsAt, releaseLeadMinutes)),
});

const pageSize = 50;
/** Sorts by start, then by id, as text: the cursor of a page is the position of its last block. */
const position = ({ startsAt, blockId }: Pick<Block, 'startsAt' | 'blockId'>) =>
  `${String(startsAt).padStart(15, '0')}~${blockId}`;

/** One page in order of start; a cursor is opaque to clients and stays valid while blocks come and go. */
export const pageOf = <T extends Pick<Block, 'startsAt' | 'blockId'>>(
  items: readonly T[],
  cursor: string | undefined,
  size = pageSize,
): { items: T[]; cursor?: string } => {
  const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString();
  const rest = items
    .map((item) => ({ item, at: position(item) }))
    .filter(({ at }) => at > after)
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  const page = rest.slice(0, size);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    ...(rest.length > size && last && { cursor: Buffer.from(last.at).toString('base64url') }),
  };
};

export interface ScheduleDeps {
  store: ScheduleStore;
  releaseLeadMinutes: number;
  now: () => number;
}

/** The driver's blocks that have not ended, soonest first. */
export const listSchedule = async (
  { store, releaseLeadMinutes, now }: ScheduleDeps,
  { driverId, cursor }: { driverId: string; cursor?: string | undefined },
) => {
  const blocks = (await store.blocksFrom(driverId, now())).filter(({ endsAt }) => endsAt > now());
  const page = pageOf(blocks, cursor);
  return {
    blocks: page.items.map((block) => toClaimedBlock(block, releaseLeadMinutes)),
    ...(page.cursor && { cursor: page.cursor }),
  };
};
