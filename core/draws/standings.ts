import type { DrawRefusal } from '#contract/draw-record.ts';
import { allot, type Part, turnsOf } from './allot.ts';
import type { Draw, Entry } from './draw.ts';
import type { RollEntry } from './draws-store.ts';

/** What a run knows of how far a draw is decided. It only ever learns what is written. */
export interface Standings {
  learn(place: number, entry: Entry | undefined): void;
  win(place: number, block: number, heldUntil?: number): void;
  /** The block is not in the draw any more: so everybody is told who asks for it. */
  withdraw(block: number, reason: DrawRefusal): void;
  isDecided(place: number, block: number): boolean;
  hasWon(place: number): boolean;
  /** What can be decided next, side by side; nothing when all is. */
  next(): { place: number; block: number }[];
  /** What it came to; nothing if that is not what the list comes to, as far as it is known here. */
  parts(): Part<DrawRefusal>[] | undefined;
  /** The latest time until which a block is kept for whoever has to confirm it. */
  heldUntil(): number | undefined;
}

export const byDriver = (entries: readonly Entry[]): Map<string, Entry> =>
  new Map(entries.map((entry) => [entry.driverId, entry]));

export const standings = ({ blocks }: Draw, list: readonly RollEntry[]): Standings => {
  const places = new Map(blocks.map(({ blockId }, place) => [blockId, place]));
  const choices = list.map((entry) => entry.choices);
  const wins = new Map<number, number>();
  const given = new Set<number>();
  const withdrawn = new Map<number, DrawRefusal>();
  const refusals = list.map(() => new Map<number, DrawRefusal>());
  let undecided = list.map((_, place) => place);
  let latest: number | undefined;

  const isRefused = (place: number, block: number) => refusals[place]?.has(block) === true;
  const progress = {
    won: (place: number) => wins.get(place),
    isGone: (block: number) => given.has(block) || withdrawn.has(block),
    isRefused,
  };
  const win: Standings['win'] = (place, block, heldUntil) => {
    wins.set(place, block);
    given.add(block);
    if (heldUntil !== undefined) latest = Math.max(heldUntil, latest ?? 0);
  };
  return {
    win,
    learn: (place, entry) => {
      const won = places.get(entry?.won ?? '');
      if (won !== undefined) win(place, won, entry?.heldUntil);
      for (const [blockId, reason] of Object.entries(entry?.refusals ?? {})) {
        const block = places.get(blockId);
        if (block !== undefined) refusals[place]?.set(block, reason as DrawRefusal);
      }
    },
    withdraw: (block, reason) => withdrawn.set(block, reason),
    isDecided: (place, block) => wins.get(place) === block || isRefused(place, block) || withdrawn.has(block),
    hasWon: (place) => wins.has(place),
    next: () => {
      const left = blocks.length - given.size - withdrawn.size;
      const next = turnsOf(choices, undecided, left, progress);
      undecided = next.undecided;
      return next.turns;
    },
    parts: () => {
      const parts = allot(choices, (place, block) => refusals[place]?.get(block) ?? withdrawn.get(block));
      return parts.every(({ won }, place) => won === wins.get(place)) ? parts : undefined;
    },
    heldUntil: () => latest,
  };
};
