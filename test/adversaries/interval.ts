/** ln(n!) by Stirling's series, good to 1e-9 from 10 on; exact below. */
const logFactorial = (n: number): number => {
  if (n < 10) {
    let product = 1;
    for (let k = 2; k <= n; k += 1) product *= k;
    return Math.log(product);
  }
  return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + 1 / (12 * n) - 1 / (360 * n ** 3);
};

/** Probability of at most `k` of `n` at a rate. */
const atMost = (k: number, n: number, rate: number): number => {
  let sum = 0;
  for (let i = 0; i <= k; i += 1)
    sum += Math.exp(
      logFactorial(n) -
        logFactorial(i) -
        logFactorial(n - i) +
        i * Math.log(rate) +
        (n - i) * Math.log1p(-rate),
    );
  return sum;
};

/** Where a falling or rising probability crosses a level, by halving. */
const solve = (isAbove: (rate: number) => boolean): number => {
  let [low, high] = [0, 1];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (isAbove(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};

/** Two-sided 95 % interval of a rate (Clopper and Pearson, Biometrika 1934). */
export const interval = (hits: number, n: number): [low: number, high: number] => {
  if (n === 0) return [0, 1];
  const low = hits === 0 ? 0 : solve((rate) => 1 - atMost(hits - 1, n, rate) < 0.025);
  const high = hits === n ? 1 : solve((rate) => atMost(hits, n, rate) > 0.025);
  return [low, high];
};
