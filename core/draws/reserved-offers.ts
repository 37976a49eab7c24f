import { type Block, blockTransitions } from '#core/offers/block.ts';
import type { RotationStore } from './rotation-store.ts';

export interface ReservedOffersDeps {
  rotation: Pick<RotationStore, 'askedFor'>;
  /** Strongly consistent. */
  readBlocks: (blockIds: readonly string[]) => Promise<Block[]>;
  now: () => number;
}

/** Blocks that are kept for the driver now, soonest start first. */
export const reservedOffers = async (
  { rotation, readBlocks, now }: ReservedOffersDeps,
  driverId: string,
): Promise<Block[]> => {
  const asked = new Map(
    (await rotation.askedFor(driverId)).map(({ blockId, version }) => [blockId, version]),
  );
  const blocks = await readBlocks([...asked.keys()]);
  const at = now();
  return blocks
    .filter(
      ({ blockId, version, state, mode, closesAt = 0 }) =>
        state === blockTransitions.claim.from &&
        mode === 'reserved' &&
        version === asked.get(blockId) &&
        closesAt > at,
    )
    .sort((a, b) => a.startsAt - b.startsAt);
};
