export const ascending = (values: Iterable<number>): number[] => [...Float64Array.from(values).sort()];

/** Of ascending values, the smallest that at least this share of them does not exceed; NaN of none. */
export const quantileOf = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;

/** Area under the ROC curve by ranks, ties counted half; NaN when a class is empty. */
export const areaUnderCurve = (scores: readonly number[], isPositive: readonly boolean[]): number => {
  const order = scores.map((_, at) => at).sort((a, b) => (scores[a] as number) - (scores[b] as number));
  let [rankSum, positives] = [0, 0];
  for (let at = 0; at < order.length; ) {
    let until = at;
    while (until < order.length && scores[order[until] as number] === scores[order[at] as number]) until += 1;
    const rank = (at + until + 1) / 2;
    for (; at < until; at += 1)
      if (isPositive[order[at] as number]) {
        rankSum += rank;
        positives += 1;
      }
  }
  const negatives = order.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
};

/** Kolmogorov and Smirnov against the uniform distribution on [0, 1]: the distance and its asymptotic p-value. */
export const againstUniform = (values: readonly number[]): { distance: number; pValue: number } => {
  const sorted = ascending(values);
  const n = sorted.length;
  let distance = 0;
  for (const [at, value] of sorted.entries())
    distance = Math.max(distance, value - at / n, (at + 1) / n - value);
  const scaled = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * distance;
  let tail = 0;
  for (let k = 1; k <= 100; k += 1) tail += 2 * (-1) ** (k - 1) * Math.exp(-2 * k * k * scaled * scaled);
  return { distance, pValue: n === 0 || scaled < 0.2 ? 1 : Math.min(1, Math.max(0, tail)) };
};
