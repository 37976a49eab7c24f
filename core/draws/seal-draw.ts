import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import type { Entry } from './draw.ts';
import type { DrawsStore, RollEntry, StoredDraw } from './draws-store.ts';
import { entrantOf, rollDigestOf } from './ranking.ts';
import { byDriver } from './standings.ts';

export interface SealDeps extends Surroundings {
  draws: DrawsStore;
  /** Who is drawn after everybody else. */
  behind: (now: number) => Promise<ReadonlySet<string>>;
}

/** With the name that the record calls it by. */
export type Entrant = RollEntry & { entrant: string };

export interface Sealed {
  roll: NonNullable<StoredDraw['roll']>;
  list: Entrant[];
  /** Entries by driver, as they were when they were read. */
  known: Map<string, Entry>;
}

const named = (drawId: string, list: readonly RollEntry[]): Entrant[] =>
  list.map((entry) => ({ ...entry, entrant: entrantOf(drawId, entry.driverId) }));

/** What the draw does not have is left out: whoever named nothing else takes part and gets nothing. */
const toRoll = (
  { draw }: StoredDraw,
  entries: readonly Entry[],
  behind: ReadonlySet<string>,
): RollEntry[] => {
  const places = new Map(draw.blocks.map(({ blockId }, place) => [blockId, place]));
  return entries
    .filter(({ state }) => state === 'in')
    .map(({ driverId, choices, asked }) => ({
      driverId,
      choices: choices.flatMap((blockId) => places.get(blockId) ?? []),
      behind: behind.has(driverId),
      asked,
    }));
};

/**
 * Fixes who takes part, once for ever: of several runs one seals, and all go on with its roll. Entries are read after the
 * write that closed the draw, so that whoever was told to be in is on the roll.
 */
export const sealDraw = async (deps: SealDeps, stored: StoredDraw, name: string): Promise<Sealed> => {
  if (stored.state !== 'open') return readRoll(deps, stored);
  const { drawId } = stored.draw;
  const [entries, behind] = await Promise.all([deps.draws.entries(drawId), deps.behind(deps.now())]);
  const list = named(drawId, toRoll(stored, entries, behind));
  const digest = rollDigestOf(list);
  const sealedAt = deps.now();
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const { status } = await deps.draws.seal(stored, { name, digest, entries: list, sealedAt });
    if (status === 'done')
      return { roll: { digest, entries: list.length, sealedAt }, list, known: byDriver(entries) };
    if (status === 'refused') {
      const asItIs = await deps.draws.read(drawId);
      if (asItIs) return readRoll(deps, asItIs);
    }
    await pause(deps);
  }
  throw new Error(`draw ${drawId} could not be sealed`);
};

const readRoll = async ({ draws }: SealDeps, { draw, roll }: StoredDraw): Promise<Sealed> => {
  const [rows, entries] = await Promise.all([draws.roll(draw.drawId), draws.entries(draw.drawId)]);
  const list = named(draw.drawId, rows);
  if (!roll || rollDigestOf(list) !== roll.digest)
    throw new Error(`the roll of draw ${draw.drawId} is not the one that was published`);
  return { roll, list, known: byDriver(entries) };
};
