/** Of Lanczos' approximation with g = 7: right to 15 digits. */
const lanczos = [
  0.999_999_999_999_809_9, 676.520_368_121_885_1, -1_259.139_216_722_402_8, 771.323_428_777_653_1,
  -176.615_029_162_140_6, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_572e-6,
  1.505_632_735_149_311_6e-7,
] as const;

/** ln Γ(a) for a > 0. */
export const logGamma = (a: number): number => {
  // Γ(a) Γ(1 - a) = π / sin πa
  if (a < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * a)) - logGamma(1 - a);
  const [first, ...rest] = lanczos;
  const sum = rest.reduce<number>((total, factor, index) => total + factor / (a + index), first);
  const base = a + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (a - 0.5) * Math.log(base) - base + Math.log(sum);
};

const enough = 1e-15;

/** The lower incomplete gamma function as a share of the whole, by its series: quick for x < a + 1. */
const lowerBySeries = (a: number, x: number): number => {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * enough; n += 1) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * Math.exp(a * Math.log(x) - x - logGamma(a));
};

/** The upper one by its continued fraction (Lentz): quick for x > a + 1. */
const upperByFraction = (a: number, x: number): number => {
  let b = x + 1 - a;
  let c = Number.POSITIVE_INFINITY;
  let d = 1 / b;
  let product = d;
  for (let n = 1, step = 0; Math.abs(step - 1) > enough && n < 100_000; n += 1) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    step = c * d;
    product *= step;
  }
  return product * Math.exp(a * Math.log(x) - x - logGamma(a));
};

/** How likely a chi-square of so many degrees of freedom is so large or larger. */
export const chiSquareTail = (statistic: number, degrees: number): number => {
  const [a, x] = [degrees / 2, statistic / 2];
  if (x <= 0) return 1;
  return x < a + 1 ? 1 - lowerBySeries(a, x) : upperByFraction(a, x);
};

export interface ChiSquare {
  statistic: number;
  degrees: number;
  /** How likely this or more is by chance. */
  p: number;
}

export const chiSquare = (statistic: number, degrees: number): ChiSquare => ({
  statistic,
  degrees,
  p: chiSquareTail(statistic, degrees),
});

/** Counts against what is expected of each, whose sums are the same (Pearson). */
export const goodnessOfFit = (observed: readonly number[], expected: (index: number) => number): ChiSquare =>
  chiSquare(
    observed.reduce((sum, count, index) => sum + (count - expected(index)) ** 2 / expected(index), 0),
    observed.length - 1,
  );
