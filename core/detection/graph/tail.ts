/**
 * Probability that at least `hits` of independent trials succeed, each with its own probability (Poisson-binomial).
 * Exact: every step only adds products, so that the smallest tails keep their digits; trials times hits steps.
 */
export const atLeast = (hits: number, trials: readonly number[]): number => {
  if (hits <= 0) return 1;
  if (hits > trials.length) return 0;
  const reached = new Float64Array(hits + 1);
  reached[0] = 1;
  for (const chance of trials) {
    reached[hits] = (reached[hits] as number) + (reached[hits - 1] as number) * chance;
    for (let count = hits - 1; count > 0; count -= 1) {
      reached[count] = (reached[count] as number) * (1 - chance) + (reached[count - 1] as number) * chance;
    }
    reached[0] = (reached[0] as number) * (1 - chance);
  }
  return Math.min(1, reached[hits] as number);
};
