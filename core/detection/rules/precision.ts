/** Lanczos (g = 7, nine terms): log of the gamma function for positive numbers, to about 15 digits. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
const logGamma = (z: number): number => {
  const [first = 0, ...terms] = lanczos;
  const sum = terms.reduce((total, term, index) => total + term / (z + index), first);
  const t = z + lanczos.length - 2.5;
  return 0.5 * Math.log(2 * Math.PI) + (z - 0.5) * Math.log(t) - t + Math.log(sum);
};

const mostTerms = 10_000;
const tiny = 1e-300;

/** Continued fraction of the incomplete beta function by Lentz's method (Abramowitz and Stegun 26.5.8). */
const betaFraction = (x: number, a: number, b: number): number => {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || tiny);
  let fraction = d;
  for (let m = 1; m < mostTerms; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const term of [even, odd]) {
      d = 1 / (1 + term * d || tiny);
      c = 1 + term / c || tiny;
      change = c * d;
      fraction *= change;
    }
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return fraction;
};

/** Regularised incomplete beta function I_x(a, b): the probability that a beta(a, b) variable is at most x. */
export const incompleteBeta = (x: number, a: number, b: number): number => {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on this side of the mean; the other side follows by symmetry.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  return (Math.exp(front) * betaFraction(x, a, b)) / a;
};

/** Where the beta distribution has this much below it: halved until two neighbouring numbers are left. */
const betaQuantile = (share: number, a: number, b: number): number => {
  let [low, high] = [0, 1];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (incompleteBeta(middle, a, b) < share) low = middle;
    else high = middle;
  }
};

export interface Interval {
  lower: number;
  upper: number;
}

/**
 * Exact bounds of a share after Clopper and Pearson (Biometrika 1934): `hits` of `trials`, with at most `tail` left out
 * on each side. 0.025 gives the two-sided 95 % interval; 0.05 gives one-sided 95 % bounds. Of nothing nothing is known.
 */
export const clopperPearson = (hits: number, trials: number, tail = 0.025): Interval => ({
  lower: hits === 0 ? 0 : betaQuantile(tail, hits, trials - hits + 1),
  upper: hits === trials ? 1 : betaQuantile(1 - tail, hits + 1, trials - hits),
});
