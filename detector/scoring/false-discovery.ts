/**
 * Benjamini and Hochberg (1995): for each p-value the expected share of false findings among all that are at least as
 * strong. Input order is kept.
 */
export const falseDiscovery = (pValues: readonly number[]): number[] => {
  const order = pValues.map((_, at) => at).sort((a, b) => (pValues[b] as number) - (pValues[a] as number));
  const qValues = new Array<number>(pValues.length).fill(1);
  let least = 1;
  for (const [above, at] of order.entries()) {
    const rank = order.length - above;
    least = Math.min(least, ((pValues[at] as number) * order.length) / rank);
    qValues[at] = least;
  }
  return qValues;
};
