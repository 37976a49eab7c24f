import type * as z from 'zod/mini';
import type { DrawRecord } from '#contract/draw-record.ts';
import type { drawDrawnDetail } from '#contract/events.ts';
import type { Block } from '#core/offers/block.ts';
import { sideBySide } from '#core/shared/side-by-side.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import type { Draw } from './draw.ts';
import type { DrawsStore } from './draws-store.ts';
import type { OfferingStore } from './offering-store.ts';

export interface SettleDeps extends Surroundings {
  draws: Pick<DrawsStore, 'settled'>;
  offering: Pick<OfferingStore, 'pass'>;
  tell: (detail: z.input<typeof drawDrawnDetail>) => Promise<void>;
}

const atOnce = 25;

/** Throws when it is not known whether the block waits: whoever comes next does it again. */
export const passOn = async (
  deps: Surroundings & Pick<SettleDeps, 'offering'>,
  block: Pick<Block, 'blockId' | 'version'>,
): Promise<void> => {
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const { status } = await deps.offering.pass(block, deps.now());
    // Refused: it waits already, or somebody has it.
    if (status === 'done' || status === 'refused') return;
    await pause(deps);
  }
  throw new Error(`block ${block.blockId} could not be passed on`);
};

/**
 * What follows from an outcome: its entrants are told to look, and what nobody won waits to be offered again. All of it
 * may be done twice. The draw stays due until whoever runs it has done this, so that no end in between loses a block.
 */
export const settleDraw = async (deps: SettleDeps, draw: Draw, record: DrawRecord): Promise<void> => {
  const won = new Set(record.entries.flatMap((entry) => entry.won ?? []));
  const left = draw.blocks.filter((_, place) => !won.has(place));
  const { drawId, stationId, closesAt, drawnAt } = record;
  const told = deps.tell({
    ...{ drawId, stationId, entries: record.entries.length, given: won.size },
    ...{ closedAt: closesAt, drawnAt },
  });
  const ended = await Promise.allSettled([told, sideBySide(atOnce, left, (block) => passOn(deps, block))]);
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
  await deps.draws.settled(drawId, deps.now());
};
