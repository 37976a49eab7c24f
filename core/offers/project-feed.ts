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

/** What is kept for one driver is in nobody's list but that driver's own. */
const isOpen = ({ state, mode }: Block) => state === 'open' && mode !== 'reserved';

/** A snapshot must fit one item of 400 KB: about 40 bytes a block. The rest follows when these are gone. */
const mostBlocks = 5_000;

/** In order of start; what has started is no offer any more. */
const openBlocks = (blocks: readonly (OpenBlock | Block)[], now: number): OpenBlock[] =>
  blocks
    .filter(({ startsAt }) => startsAt > now)
    .sort((a, b) => a.startsAt - b.startsAt || (a.blockId < b.blockId ? -1 : 1))
    .slice(0, mostBlocks);

const same = (a: readonly OpenBlock[], b: readonly OpenBlock[]) =>
  a.length === b.length &&
  a.every((block, index) => block.blockId === b[index]?.blockId && block.version === b[index]?.version);

export interface RebuildDeps extends ProjectionDeps {
  stations: readonly string[];
  /** Every block that is open and has not begun, perhaps some moments old. */
  scanOpenBlocks: (now: number) => Promise<Pick<Block, 'blockId' | 'stationId'>[]>;
}

/**
 * Compares every station's snapshot with the table: the repair after lost stream records. The scan only says
 * which blocks to look at, as the stream does, so that claims during the scan do not matter.
 */
export const rebuildFeed = async (deps: RebuildDeps): Promise<void> => {
  const open = await deps.scanOpenBlocks(deps.now());
  for (const stationId of deps.stations) {
    const ofStation = open.filter((block) => block.stationId === stationId);
    const { blocks } = await deps.feed.read(stationId);
    await projectStation(deps, stationId, new Set([...ofStation, ...blocks].map(({ blockId }) => blockId)));
  }
};
