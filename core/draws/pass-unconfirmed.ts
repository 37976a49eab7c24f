import { type Block, blockTransitions } from '#core/offers/block.ts';
import type { Surroundings } from '#core/shared/tries.ts';
import type { DrawsStore } from './draws-store.ts';
import type { OfferingStore } from './offering-store.ts';
import { passOn } from './settle-draw.ts';

export interface PassUnconfirmedDeps extends Surroundings {
  draws: Pick<DrawsStore, 'read'>;
  /** Strongly consistent. */
  readBlocks: (ids: readonly string[]) => Promise<Block[]>;
  offering: Pick<OfferingStore, 'pass'>;
}

/**
 * Blocks of a draw that winners did not confirm in time wait again, whether they are kept still or a failed puzzle has ended
 * that. `later`: some are kept until then, as solving a puzzle moves the end. Doing it again is harmless.
 */
export const passUnconfirmed = async (
  deps: PassUnconfirmedDeps,
  { drawId }: { drawId: string },
): Promise<{ status: 'done' } | { status: 'later'; at: number }> => {
  const stored = await deps.draws.read(drawId);
  if (!stored) return { status: 'done' };
  const versions = new Map(stored.draw.blocks.map(({ blockId, version }) => [blockId, version]));
  const kept = (await deps.readBlocks([...versions.keys()])).filter(
    ({ blockId, state, version }) =>
      state === blockTransitions.pass.from && version === versions.get(blockId),
  );
  const at = deps.now();
  const isOver = ({ heldUntil = 0 }: Block) => heldUntil < at;
  for (const block of kept.filter(isOver)) await passOn(deps, block);
  const ends = kept.filter((block) => !isOver(block)).map(({ heldUntil = 0 }) => heldUntil + 1);
  return ends.length > 0 ? { status: 'later', at: Math.max(...ends) } : { status: 'done' };
};
