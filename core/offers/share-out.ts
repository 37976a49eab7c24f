import { createHash } from 'node:crypto';
import type { OfferMode } from '#contract/primitives.ts';
import type { Shares } from '#contract/sharing-policy.ts';

const modes = ['draw', 'reserved', 'gated', 'direct'] as const satisfies readonly (OfferMode &
  keyof Shares)[];

/** So many of each, by the largest remainders, the earlier way first where they are equal. */
const countsOf = (shares: Shares, blocks: number): number[] => {
  const exact = modes.map((mode) => (shares[mode] * blocks) / 100);
  const counts = exact.map(Math.floor);
  const rest = blocks - counts.reduce((sum, count) => sum + count, 0);
  const byRemainder = modes
    .map((_, index) => index)
    .sort((a, b) => ((exact[b] ?? 0) % 1) - ((exact[a] ?? 0) % 1) || a - b);
  for (const index of byRemainder.slice(0, rest)) counts[index] = (counts[index] ?? 0) + 1;
  return counts;
};

/**
 * Which of so many blocks is shared out how. The blocks follow from a key that nobody chooses, so that nobody picks the
 * good ones for one way; the same key gives the same again.
 */
export const shareOut = (shares: Shares, key: string, blocks: number): OfferMode[] => {
  const lot = (index: number) => createHash('sha256').update(`${key}|${index}`).digest('hex');
  const order = Array.from({ length: blocks }, (_, index) => index).sort((a, b) =>
    lot(a) < lot(b) ? -1 : 1,
  );
  const ways = countsOf(shares, blocks).flatMap((count, index) =>
    Array.from({ length: count }, () => modes[index] ?? 'direct'),
  );
  const modeOf = new Map(order.map((block, place) => [block, ways[place] ?? 'direct']));
  return Array.from({ length: blocks }, (_, index) => modeOf.get(index) ?? 'direct');
};
