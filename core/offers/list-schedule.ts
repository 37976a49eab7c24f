import type { ClaimedBlock } from '#contract/claims.ts';
import { foreignCursor, pageOf } from '#core/shared/page.ts';
import { toClaimedBlock } from './block-view.ts';
import type { ScheduleStore } from './schedule-store.ts';

const pageSize = 50;

export interface ScheduleDeps {
  store: ScheduleStore;
  releaseLeadMinutes: number;
  now: () => number;
}

export type ScheduleOutcome =
  | { status: 'listed'; body: { blocks: ClaimedBlock[]; cursor?: string } }
  | typeof foreignCursor;

/** The driver's blocks that have not ended, soonest first. */
export const listSchedule = async (
  { store, releaseLeadMinutes, now }: ScheduleDeps,
  { driverId, cursor }: { driverId: string; cursor?: string | undefined },
): Promise<ScheduleOutcome> => {
  const blocks = (await store.blocksFrom(driverId, now())).filter(({ endsAt }) => endsAt > now());
  const page = pageOf(blocks, cursor, pageSize);
  if (!page) return foreignCursor;
  const listed = page.items.map((block) => toClaimedBlock(block, releaseLeadMinutes));
  return { status: 'listed', body: { blocks: listed, ...(page.cursor && { cursor: page.cursor }) } };
};
