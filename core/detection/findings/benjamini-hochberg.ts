/**
 * Of each p-value the expected share of false findings among those at least as small (Benjamini and Hochberg,
 * J. R. Statist. Soc. B 57, 1995, as adjusted p-values). `tests` counts all that were made: values that are left out
 * must be above the share that findings are compared with, which none of them could be below.
 */
export const falseShares = (pValues: readonly number[], tests = pValues.length): number[] => {
  const order = pValues
    .map((pValue, index) => ({ pValue, index }))
    .sort((one, other) => one.pValue - other.pValue);
  const shares = new Array<number>(pValues.length).fill(1);
  let least = 1;
  for (const [back, { pValue, index }] of order.toReversed().entries()) {
    const rank = order.length - back;
    least = Math.min(least, (pValue * tests) / rank);
    shares[index] = least;
  }
  return shares;
};
