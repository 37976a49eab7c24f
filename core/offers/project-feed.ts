import type { Block } from './block.ts';
import type { FeedStore, OpenBlock } from './feed-store.ts';

export interface ProjectionDeps {
  feed: FeedStore;
  /** Strongly consistent reads of blocks by id. */
  readBlocks: (blockIds: readonly string[]) => Promise<Block[]>;
  now: () => number;
}

const maxTries = 10;

/**
 * Brings the snapshots of the stations up to date with these blocks. The stream only says which blocks
 * changed; what they are now is read from the table, so that late, repeated and reordered records are harmless.
 */
export const projectFeed = async (deps: ProjectionDeps, changed: ReadonlySet<string>): Promise<void> => {
  if (changed.size === 0) return;
  const stations = new Set((await deps.readBlocks([...changed])).map(({ stationId }) => stationId));
  await Promise.all([...stations].map((stationId) => projectStation(deps, stationId, changed)));
};

const projectStation = async (
  { feed, readBlocks, now }: ProjectionDeps,
  stationId: string,
  changed: ReadonlySet<string>,
): Promise<void> => {
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    // The snapshot first: a block read after it is at least as new as what the snapshot was made from.
    const snapshot = await feed.read(stationId);
    const current = (await readBlocks([...changed])).filter((block) => block.stationId === stationId);
    const kept = snapshot.blocks.filter(({ blockId }) => !changed.has(blockId));
    const blocks = openBlocks([...kept, ...current.filter(isOpen)], now());
    if (same(blocks, snapshot.blocks)) return;
    const written = await feed.write({ stationId, seq: snapshot.seq + 1, blocks });
    if (written === 'written') return;
  }
  throw new Error(`the feed of ${stationId} was overtaken ${maxTries} times`);
};

const isOpen = ({ state }: Block) => state === 'open';

/** In order of start; what has started is no offer any more. */
const openBlocks = (blocks: readonly (OpenBlock | Block)[], now: number): OpenBlock[] =>
  blocks
    .filter(({ startsAt }) => startsAt > now)
    .sort((a, b) => a.startsAt - b.startsAt || (a.blockId < b.blockId ? -1 : 1));

const same = (a: readonly OpenBlock[], b: readonly OpenBlock[]) =>
  a.length === b.length &&
  a.every((block, index) => block.blockId === b[index]?.blockId && block.version === b[index]?.version);

/** Replaces every station's snapshot by what the table holds: the repair after lost stream records. */
export const rebuildFeed = async ({
  feed,
  scanOpenBlocks,
  stations,
  now,
}: Pick<ProjectionDeps, 'feed' | 'now'> & {
  scanOpenBlocks: () => Promise<Block[]>;
  stations: readonly string[];
}): Promise<void> => {
  for (const stationId of stations) {
    for (let attempt = 1; attempt <= maxTries; attempt += 1) {
      // The scan must be newer than the snapshot that it replaces, so it is repeated with it.
      const snapshot = await feed.read(stationId);
      const open = (await scanOpenBlocks()).filter((block) => block.stationId === stationId);
      const blocks = openBlocks(open, now());
      if (same(blocks, snapshot.blocks)) break;
      if ((await feed.write({ stationId, seq: snapshot.seq + 1, blocks })) === 'written') break;
      if (attempt === maxTries) throw new Error(`the feed of ${stationId} was overtaken ${maxTries} times`);
    }
  }
};
