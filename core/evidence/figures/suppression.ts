/** Keeps small numbers of people from being told by published figures: one cell alone, or by subtraction. */

/** Below it, and above zero, a number is not published: it would be about people who know each other. */
export const leastPublished = 10;

/** A cell that is the sum of others. No cell is in two sums: each can be looked at alone. */
export interface Sum {
  total: string;
  parts: readonly string[];
}

const isSmall = (value: number) => value > 0 && value < leastPublished;

/**
 * Whether a reader can compute what is hidden. Zeros are shown, so that a hidden number is at least 1: one alone is what
 * the others leave, and several are told when what is left is the least or the most that small numbers add up to.
 */
const isTold = (hidden: readonly number[]): boolean => {
  const left = hidden.reduce((sum, value) => sum + value, 0);
  return hidden.length === 1 || left === hidden.length || left === hidden.length * (leastPublished - 1);
};

/**
 * Every cell as it may be published: `null` where it may not. Where the parts that are shown would tell one that is not, the
 * total is hidden too, and no other part: which one was chosen would tell something about it.
 */
export const suppress = (
  values: ReadonlyMap<string, number>,
  sums: readonly Sum[],
): Map<string, number | null> => {
  const hidden = new Set([...values].filter(([, value]) => isSmall(value)).map(([name]) => name));
  for (const { total, parts } of sums) {
    const hiddenParts = parts.filter((name) => hidden.has(name)).map((name) => values.get(name) ?? 0);
    if (hiddenParts.length > 0 && isTold(hiddenParts)) hidden.add(total);
  }
  return new Map([...values].map(([name, value]) => [name, hidden.has(name) ? null : value]));
};
