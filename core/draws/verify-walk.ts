import type { DrawnEntry, DrawRefusal } from '#contract/draw-record.ts';

export type WalkFault =
  /** A choice that is no block of the draw, or named twice. */
  | 'choices'
  /** It got nothing, or a later choice, though an earlier one was there and nothing is said against it. */
  | 'passed-over'
  /** It got what an entry before it has. */
  | 'block-twice'
  /** It got what it did not name, or what it is said to have been refused. */
  | 'not-chosen'
  /** It got what an entry before it was told to be out of the draw, or to have begun. */
  | 'withdrawn'
  /** A reason against what was not there any more, was not named, or was named behind what it got. */
  | 'refusal';

export interface Walk {
  /** The first entry at fault, from 1. */
  fault?: { code: WalkFault; rank: number };
  /** Blocks that somebody got. */
  given: number;
  /** Entries that did not get a block that was there, for reasons that the record cannot show. */
  onWord: number;
  refusals: Partial<Record<DrawRefusal, number>>;
}

/** Said of a block and not of an entry: it holds for everybody who comes after. */
const goneForGood: readonly DrawRefusal[] = ['block-withdrawn', 'offer-expired'];

/** What is over when a turn comes: written anew from the rule, and not what gave the blocks out. */
interface Table {
  given: Set<number>;
  withdrawn: Set<number>;
}

const faultOf = (entry: DrawnEntry, blocks: number, { given, withdrawn }: Table): WalkFault | undefined => {
  const { choices, won, refusals = [] } = entry;
  if (new Set(choices).size !== choices.length || choices.some((choice) => choice >= blocks))
    return 'choices';
  if (won !== undefined && given.has(won)) return 'block-twice';
  const refused = new Map(refusals);
  const there = choices.filter((choice) => !given.has(choice));
  const due = there.find((choice) => !refused.has(choice));
  if (won !== due) return due === undefined ? 'not-chosen' : 'passed-over';
  if (won !== undefined && withdrawn.has(won)) return 'withdrawn';
  const atItsTurn = won === undefined ? there : there.slice(0, there.indexOf(won));
  return atItsTurn.length === refusals.length && refused.size === refusals.length ? undefined : 'refusal';
};

/**
 * The rule, in the order of the entries: each gets the first of its choices that nobody before it got, unless there is
 * a reason against it; nobody gets more than one.
 */
export const walkAgain = (entries: readonly DrawnEntry[], blocks: number): Walk => {
  const table: Table = { given: new Set(), withdrawn: new Set() };
  const walk: Walk = { given: 0, onWord: 0, refusals: {} };
  for (const [index, entry] of entries.entries()) {
    const code = faultOf(entry, blocks, table);
    if (code) return { ...walk, fault: { code, rank: index + 1 } };
    for (const [block, reason] of entry.refusals ?? []) {
      walk.refusals[reason] = (walk.refusals[reason] ?? 0) + 1;
      if (goneForGood.includes(reason)) table.withdrawn.add(block);
    }
    if (entry.refusals?.length) walk.onWord += 1;
    if (entry.won !== undefined) table.given.add(entry.won);
    walk.given = table.given.size;
  }
  return walk;
};
