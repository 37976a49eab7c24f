/** One place of the list, as far as it is decided. Blocks are named by their places in the draw. */
export interface Part<R> {
  /** Best first. */
  choices: readonly number[];
  won?: number;
  /** Why it did not get blocks that were there when its turn came, in the order in which it asked for them. */
  refused: readonly (readonly [block: number, reason: R])[];
}

/**
 * What a list in the order of its ranks comes to: each in turn gets the first of its choices that nobody before it has,
 * unless there is a reason against that one. Nobody gets more than one.
 */
export const allot = <R>(
  list: readonly (readonly number[])[],
  reasonAgainst: (place: number, block: number) => R | undefined,
): Part<R>[] => {
  const taken = new Set<number>();
  return list.map((choices, place) => {
    const refused: [number, R][] = [];
    for (const block of choices) {
      if (taken.has(block)) continue;
      const reason = reasonAgainst(place, block);
      if (reason === undefined) {
        taken.add(block);
        return { choices, won: block, refused };
      }
      refused.push([block, reason]);
    }
    return { choices, refused };
  });
};

/** What is known of a list that is worked off. */
export interface Progress {
  won: (place: number) => number | undefined;
  /** Nobody can get it any more. */
  isGone: (block: number) => boolean;
  isRefused: (place: number, block: number) => boolean;
}

/**
 * Of the places that are not decided (in their order): those whose turn it is, each with the block that it asks for. Any
 * number of them may be decided side by side and in any order, because nobody before them can still ask for that block:
 * the outcome is that of one after the other.
 */
export const turnsOf = (
  list: readonly (readonly number[])[],
  undecided: readonly number[],
  blocksLeft: number,
  { won, isGone, isRefused }: Progress,
): { turns: { place: number; block: number }[]; undecided: number[] } => {
  const wanted = new Set<number>();
  const turns: { place: number; block: number }[] = [];
  const rest: number[] = [];
  for (const [index, place] of undecided.entries()) {
    // Every block is asked for by somebody before: nobody behind has a turn.
    if (wanted.size === blocksLeft) return { turns, undecided: [...rest, ...undecided.slice(index)] };
    const choices = list[place] ?? [];
    const has = won(place);
    // What it would have liked better than what it has was withdrawn. Nothing says so but the block.
    const open = has === undefined ? choices : choices.slice(0, choices.indexOf(has));
    const left = open.filter((block) => !isGone(block) && !isRefused(place, block));
    const [block] = left;
    if (block === undefined) continue;
    rest.push(place);
    if (!wanted.has(block)) turns.push({ place, block });
    for (const wish of left) wanted.add(wish);
  }
  return { turns, undecided: rest };
};
