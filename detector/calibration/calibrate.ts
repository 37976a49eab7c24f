import { cohortOf, leastCohort, poorer } from '#core/detection/model/calibration.ts';
import { columnsOf, compileModel, type Model } from '#core/detection/model/judge.ts';
import type { CalibrationFile, ModelFile } from '#core/detection/model/model-file.ts';
import type { AccountLook } from '../accounts/looks.ts';
import { type Month, monthsOf } from '../scoring/months.ts';
import { ascending, quantileOf } from '../statistics/order.ts';

/** Share of people that a family's bound leaves above it. */
const familyShare = 0.01;
/** Points that novelty is kept by: it decides nothing. */
const noveltyPoints = 201;

const peakOf = (month: Month): AccountLook => (month.looks[month.peak] as Month['looks'][number]).look;

/**
 * Up, to a thousandth of what is left to 0 or to 1: a person's score that seems higher makes no p-value smaller, and
 * scores of people that nearly reach 1 still differ.
 */
const roundedUp = (score: number): number => {
  const left = Math.min(score, 1 - score);
  if (left <= 0) return score;
  const digits = Math.min(15, 3 + Math.ceil(-Math.log10(left)));
  return Number((Math.ceil(score * 10 ** digits) / 10 ** digits).toFixed(digits));
};

const scoresOf = (some: readonly Month[]) => ascending(some.map(({ pathScore }) => roundedUp(pathScore)));

/** Months of poorer logs count where they are enough for the smallest p-values, or all that there are. */
const poorerOf = (months: readonly Month[], all: readonly Month[]): Record<string, readonly number[]> =>
  months.length > 0 && months.length >= Math.min(leastCohort, all.length)
    ? { [poorer]: scoresOf(months) }
    : {};

const cohortsOf = (months: readonly Month[]): Record<string, readonly number[]> => {
  const lastOf = ({ looks }: Month) => (looks.at(-1) as Month['looks'][number]).look.evidence;
  const own = [...Map.groupBy(months, (month) => cohortOf(lastOf(month)))]
    .filter(([, some]) => some.length >= leastCohort)
    .map(([cohort, some]) => [cohort, scoresOf(some)] as const);
  return { all: scoresOf(months), ...Object.fromEntries(own) };
};

const familyBoundsOf = (
  { families, columns }: Model,
  peaks: readonly AccountLook[],
): Record<string, number> => {
  const rows = peaks.map(({ row }) => columnsOf({ columns }, row));
  return Object.fromEntries(
    families
      .map(({ family, trees }) => {
        const scores = ascending(rows.map((row) => trees.rawScore(row)));
        return [family, quantileOf(scores, 1 - familyShare)] as const;
      })
      .filter(([, bound]) => Number.isFinite(bound)),
  );
};

const thinned = (sorted: readonly number[]): readonly number[] =>
  sorted.length <= noveltyPoints
    ? sorted
    : Array.from({ length: noveltyPoints }, (_, at) => quantileOf(sorted, at / (noveltyPoints - 1)));

const noCalibration: CalibrationFile = { alpha: 0, cohorts: {}, familyBounds: {}, novelty: [] };

/** A model that scores and cannot judge yet. */
export const uncalibrated = (parts: Pick<ModelFile, 'features' | 'trees' | 'families' | 'novelty'>): Model =>
  compileModel({ format: 1, valueEdges: [], about: {}, reference: [], ...parts, calibration: noCalibration });

/**
 * Counts people's account-months by their largest score over all eligible looks, exactly as an account is judged.
 * `people` are the looks of each person whom the trees never saw, `copies` the same people's in poorer logs.
 */
export const calibrate = (
  model: Model,
  people: readonly (readonly AccountLook[])[],
  alpha: number,
  copies: readonly (readonly AccountLook[])[] = [],
): CalibrationFile => {
  const months = people.flatMap((looks) => monthsOf(model, looks));
  const peaks = months.map(peakOf);
  return {
    alpha,
    cohorts: {
      ...cohortsOf(months),
      ...poorerOf(
        copies.flatMap((looks) => monthsOf(model, looks)),
        months,
      ),
    },
    familyBounds: familyBoundsOf(model, peaks),
    novelty: thinned(ascending(peaks.map(({ row }) => model.isolation.novelty(columnsOf(model, row))))),
  };
};
