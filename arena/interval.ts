/** ln(n!), summed: the arena counts some ten thousand at most. */
const logFactorials: number[] = [0];
const logFactorial = (n: number): number => {
  for (let k = logFactorials.length; k <= n; k += 1)
    logFactorials.push((logFactorials[k - 1] ?? 0) + Math.log(k));
  return logFactorials[n] ?? 0;
};

/** Probability of at most `hits` of `n` at a rate strictly between 0 and 1. */
const atMost = (hits: number, n: number, rate: number): number => {
  let sum = 0;
  for (let k = 0; k <= hits; k += 1) {
    const ways = logFactorial(n) - logFactorial(k) - logFactorial(n - k);
    sum += Math.exp(ways + k * Math.log(rate) + (n - k) * Math.log1p(-rate));
  }
  return sum;
};

/** Where a condition that holds from 0 on ends, by halving. */
const lastWhere = (holds: (rate: number) => boolean): number => {
  let [low, high] = [0, 1];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};

/**
 * One-sided 95 % upper bound of a rate (Clopper and Pearson, Biometrika 1934): with no hit of `n` it is 1 - .05^(1/n),
 * so 300 clean ones certify 1 %, and 3,000 certify 0.1 %. Nothing seen certifies nothing.
 */
export const upperBound = (hits: number, n: number): number =>
  hits >= n ? 1 : lastWhere((rate) => atMost(hits, n, rate) > 0.05);

/** One-sided 95 % lower bound of a rate. */
export const lowerBound = (hits: number, n: number): number =>
  hits === 0 ? 0 : lastWhere((rate) => 1 - atMost(hits - 1, n, rate) < 0.05);

/** The smallest of the values that at least so large a share of them does not exceed. */
export const quantile = (values: readonly number[], share: number): number | undefined =>
  [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)];
