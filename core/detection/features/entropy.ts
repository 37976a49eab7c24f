/** Entropies of intervals, in bits, over bins of their logarithm (Gianvecchio and Wang 2011; Porta et al. 1998). */

const fineBins = 128;
const fineCounts = new Uint32Array(fineBins);
/** Octaves from 64 ms to over an hour: coarse, so that pairs and triples of them can repeat. */
const coarseBins = 16;
const coarse = new Uint8Array(1_024);
const pairs = new Uint16Array(coarseBins ** 2);
const triples = new Uint16Array(coarseBins ** 3);

/** Entropy of quarter octaves, with the correction of Miller and Madow for few observations. */
export const intervalEntropy = (logTwo: Float64Array, n: number): number => {
  fineCounts.fill(0);
  for (let index = 0; index < n; index += 1) {
    const bin = Math.max(0, Math.min(fineBins - 1, Math.floor(4 * (logTwo[index] as number))));
    fineCounts[bin] = (fineCounts[bin] as number) + 1;
  }
  const { bits, used } = entropyOf(fineCounts, n);
  return bits + (used - 1) / (2 * n * Math.LN2);
};

/** n log2 n. */
const weighted = Float64Array.from({ length: coarse.length + 1 }, (_, n) => (n === 0 ? 0 : n * Math.log2(n)));

interface Patterns {
  bits: number;
  /** How many different ones. */
  used: number;
  /** How many of them occur once. */
  single: number;
}

const entropyOf = (counts: Uint32Array | Uint16Array, n: number): Patterns => {
  let sum = 0;
  let used = 0;
  let single = 0;
  for (let bin = 0; bin < counts.length; bin += 1) {
    const count = counts[bin] as number;
    if (count === 0) continue;
    used += 1;
    if (count === 1) single += 1;
    else sum += weighted[count] as number;
  }
  return { bits: Math.log2(n) - sum / n, used, single };
};

const singles = new Uint16Array(coarseBins);

const countPatterns = (counts: Uint16Array, length: 1 | 2 | 3, n: number): Patterns => {
  counts.fill(0);
  let pattern = 0;
  for (let index = 0; index < n; index += 1) {
    pattern = (pattern * coarseBins + (coarse[index] as number)) % counts.length;
    if (index >= length - 1) counts[pattern] = (counts[pattern] as number) + 1;
  }
  return entropyOf(counts, n - length + 1);
};

/**
 * How much remains open about an interval when the one before is known (`ce`), and the least of it for one and two
 * before, each corrected for patterns that were seen only once (`cce`): without that, few data look regular.
 */
export const conditionalEntropy = (logTwo: Float64Array, n: number): { ce: number; cce: number } => {
  for (let index = 0; index < n; index += 1)
    coarse[index] = Math.max(0, Math.min(coarseBins - 1, Math.floor(logTwo[index] as number) - 6));
  const one = countPatterns(singles, 1, n);
  const two = countPatterns(pairs, 2, n);
  const three = countPatterns(triples, 3, n);
  const ce = two.bits - one.bits;
  const corrected = ce + (two.single / (n - 1)) * one.bits;
  return { ce, cce: Math.min(corrected, three.bits - two.bits + (three.single / (n - 2)) * one.bits) };
};
