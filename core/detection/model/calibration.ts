import type { CalibrationFile } from './model-file.ts';

/** People that a cohort of its own needs: with fewer its smallest p-value is above one in a thousand. */
export const leastCohort = 999;
/** Where an account with little evidence ends and one with much begins, in events of 30 days. */
export const manyEvents = 500;

export const cohortOf = ({ events }: { events: number }): 'few' | 'many' =>
  events < manyEvents ? 'few' : 'many';

/** How many of the ascending numbers are at least `value`. */
export const countAtLeast = (ascending: readonly number[], value: number): number => {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return ascending.length - low;
};

/** Split-conformal: (1 + people whose score is at least this one) / (people + 1). */
export const conformalP = (people: readonly number[], score: number): number =>
  (1 + countAtLeast(people, score)) / (people.length + 1);

/** The larger of everybody's and the own cohort's p-value, where that cohort has people enough. */
export const pValueOf = (
  { cohorts }: CalibrationFile,
  cohort: string,
  pathScore: number,
): { pValue: number; cohort: string } => {
  const own = cohorts[cohort];
  const pooled = conformalP(cohorts.all ?? [], pathScore);
  return own === undefined
    ? { pValue: pooled, cohort: 'all' }
    : { pValue: Math.max(pooled, conformalP(own, pathScore)), cohort };
};

/** Share of the people whose value is at most this one: 0 nothing unusual, 1 beyond all of them. */
export const shareAtMost = (people: readonly number[], value: number): number => {
  if (people.length === 0) return 0;
  const above = countAtLeast(people, value);
  let same = 0;
  while (people[people.length - above + same] === value) same += 1;
  return (people.length - above + same) / people.length;
};
