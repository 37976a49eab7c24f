/** Figures of the first `n` cells of a buffer; NaN where there are too few to say anything. */

/** Below so many intervals, or claims, a figure would be noise. */
export const leastIntervals = 8;
export const leastClaims = 5;

/** A share that few observations cannot make extreme: `prior` is what as many as `weight` observations would say. */
export const smoothedShare = (count: number, of: number, prior: number, weight: number): number =>
  (count + prior * weight) / (of + weight);

/** Of ascending values, between the nearest two (type 7 of Hyndman and Fan). */
export const quantile = (sorted: Float64Array, n: number, share: number): number => {
  if (n === 0) return Number.NaN;
  const position = (n - 1) * share;
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, n - 1)] as number;
  return low + (high - low) * (position - below);
};

export const mean = (values: Float64Array, n: number): number => {
  let sum = 0;
  for (let index = 0; index < n; index += 1) sum += values[index] as number;
  return sum / n;
};

/** Sum of powers of the deviations from the mean, divided by n. */
const moment = (values: Float64Array, n: number, power: 2 | 3): number => {
  const centre = mean(values, n);
  let sum = 0;
  for (let index = 0; index < n; index += 1) {
    const deviation = (values[index] as number) - centre;
    sum += power === 2 ? deviation * deviation : deviation * deviation * deviation;
  }
  return sum / n;
};

export const standardDeviation = (values: Float64Array, n: number): number =>
  n < 2 ? Number.NaN : Math.sqrt((moment(values, n, 2) * n) / (n - 1));

/** 0 when all are equal. */
export const skewness = (values: Float64Array, n: number): number => {
  const variance = moment(values, n, 2);
  return variance <= 0 ? 0 : moment(values, n, 3) / (variance * Math.sqrt(variance));
};

/** Correlation of each value with the next; 0 when all are equal. */
export const lagOne = (values: Float64Array, n: number): number => {
  if (n < 3) return Number.NaN;
  const first = mean(values, n - 1);
  const second = mean(values.subarray(1), n - 1);
  let [product, before, after] = [0, 0, 0];
  for (let index = 0; index + 1 < n; index += 1) {
    const a = (values[index] as number) - first;
    const b = (values[index + 1] as number) - second;
    product += a * b;
    before += a * a;
    after += b * b;
  }
  const scale = Math.sqrt(before * after);
  return scale === 0 ? 0 : product / scale;
};

const dayMs = 86_400_000;
const days = 30;
const daySum = new Float64Array(days);
const dayCount = new Uint32Array(days);
const dayMean = new Float64Array(days);

/**
 * How much the days differ: standard deviation of the daily means, of days of 24 h back from the look with at least
 * `least` values; people have good and bad days. NaN below three such days.
 */
export const daySpread = (ageMs: Float64Array, values: Float64Array, n: number, least: number): number => {
  daySum.fill(0);
  dayCount.fill(0);
  for (let index = 0; index < n; index += 1) {
    const day = Math.min(days - 1, Math.floor((ageMs[index] as number) / dayMs));
    daySum[day] = (daySum[day] as number) + (values[index] as number);
    dayCount[day] = (dayCount[day] as number) + 1;
  }
  let counted = 0;
  for (let day = 0; day < days; day += 1) {
    const count = dayCount[day] as number;
    if (count < least) continue;
    dayMean[counted] = (daySum[day] as number) / count;
    counted += 1;
  }
  return counted < 3 ? Number.NaN : standardDeviation(dayMean, counted);
};
