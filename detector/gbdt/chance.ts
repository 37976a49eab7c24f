import { chanceOf } from '#detector/traces/chance.ts';

/** So many of the numbers below `of`, in ascending order, each set as likely as any other (Knuth's algorithm S). */
export type Choose = (count: number, of: number) => Int32Array;

/** At least one, at most all. */
export const countOf = (share: number, of: number): number =>
  Math.max(1, Math.min(of, Math.round(share * of)));

export const chooseWith = (next: () => number): Choose => {
  return (count, of) => {
    const chosen = new Int32Array(count);
    for (let at = 0, found = 0; found < count; at += 1) {
      // Where all that remain are needed nothing is left to chance.
      const needed = count - found;
      if (needed === of - at || next() * (of - at) < needed) {
        chosen[found] = at;
        found += 1;
      }
    }
    return chosen;
  };
};

/** The same seed gives the same choices; streams of different names have nothing in common. */
export const seeded = (stream: string, seed: number): (() => number) => chanceOf(`${stream} ${seed}`).next;
