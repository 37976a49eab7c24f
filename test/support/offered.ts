import type { Draw } from '#core/draws/draw.ts';
import { offeringStore } from '#core/draws/offering-store.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';

/** As the worker would do it: the block that waits in this version is open in a draw of its own. */
export const offerInDraw = async (
  database: Database,
  table: string,
  { blockId, version, at = 0 }: { blockId: string; version: number; at?: number },
): Promise<void> => {
  const draw: Draw = {
    drawId: `${blockId}.${version}`,
    stationId: 'DSE1',
    opensAt: at,
    closesAt: at + 60_000,
    commitment: 'commitment',
    beacon: { chainHash: 'chain', round: 1 },
    blocks: [{ blockId, version }],
  };
  const { status } = await offeringStore(database, table).openInDraw(draw, 'secret', at + 86_400_000);
  if (status !== 'done') throw new Error(`the block was not offered: ${status}`);
};
