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

/** People of the calibration as poorer logs would have them, that lack some groups of fields. */
export const poorer = 'poorer';

/**
 * The largest of everybody's p-value, the own cohort's, and the one among poorer logs for an account that `lacks` what
 * people's logs have: of the cohorts that there are.
 */
export const pValueOf = (
  { cohorts }: CalibrationFile,
  { cohort, lacks }: { cohort: string; lacks: boolean },
  pathScore: number,
): { pValue: number; cohort: string } => {
  const compared = ['all', cohort, ...(lacks ? [poorer] : [])].filter((name) => cohorts[name] !== undefined);
  const pValues = compared.map((name) => conformalP(cohorts[name] ?? [], pathScore));
  return {
    pValue: Math.max(conformalP(cohorts.all ?? [], pathScore), ...pValues),
    cohort: compared.at(-1) ?? 'all',
  };
};

/** Share of the people whose value is at most this one: 0 nothing unusual, 1 beyond all of them. */
export const shareAtMost = (people: readonly number[], value: number): number => {
  if (people.length === 0) return 0;
  const above = countAtLeast(people, value);
  let same = 0;
  while (people[people.length - above + same] === value) same += 1;
  return (people.length - above + same) / people.length;
};
