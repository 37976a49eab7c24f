import { countAtLeast } from '#core/detection/model/calibration.ts';

/**
 * A p-value for tests of uniformity alone: people with the very same score count by lot, in [0, 1), instead of all. Trees
 * give many people one score, and without the lot their p-values would pile up at 1.
 */
export const smoothP = (people: readonly number[], score: number, lot: number): number => {
  const atLeast = countAtLeast(people, score);
  let same = 0;
  while (same < atLeast && people[people.length - atLeast + same] === score) same += 1;
  return (atLeast - same + lot * (same + 1)) / (people.length + 1);
};
