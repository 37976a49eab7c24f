/** Present values are kept within these, so that every threshold is a number that JSON knows. */
export const largest = 1e308;

export const isAbsent = (value: number): boolean => Number.isNaN(value);

export const within = (value: number): number => Math.max(-largest, Math.min(largest, value));

export interface Binned {
  /** Of each column and row: 0 absent, else 1 + index of its bin. */
  readonly codes: readonly Uint8Array[];
  /** The same, four columns in a word: one look at a row's place in memory gives four codes. */
  readonly words: readonly Int32Array[];
  /** Of each column: the largest value of each bin but the last; ascending. */
  readonly edges: readonly (readonly number[])[];
}

/** The number of the fewest digits in [low, high): it divides the same rows, and the file is short. */
const shortestBetween = (low: number, high: number): number => {
  const middle = low / 2 + high / 2;
  for (let digits = 1; digits <= 17; digits += 1) {
    const candidate = Number(middle.toPrecision(digits));
    if (candidate >= low && candidate < high) return candidate;
  }
  return low;
};

const countDistinct = (sorted: Float64Array): number => {
  let count = sorted.length > 0 ? 1 : 0;
  for (let at = 1; at < sorted.length; at += 1) if (sorted[at] !== sorted[at - 1]) count += 1;
  return count;
};

/**
 * A bin for each distinct value where there are few, else bins of about the same number of rows: a bin closes when it
 * has its share of the rows that remain, so that one frequent value does not cost the others theirs.
 */
const placeEdges = (sorted: Float64Array, most: number): number[] => {
  const isLossless = countDistinct(sorted) <= most;
  const edges: number[] = [];
  for (let at = 0, began = 0; at + 1 < sorted.length && edges.length + 1 < most; at += 1) {
    const [value, next] = [sorted[at] as number, sorted[at + 1] as number];
    if (value === next) continue;
    const share = (sorted.length - began) / (most - edges.length);
    if (!isLossless && at + 1 - began < share) continue;
    edges.push(shortestBetween(value, next));
    began = at + 1;
  }
  return edges;
};

/** The first bin whose largest value is at least this one. */
const binOf = (edges: Float64Array, value: number): number => {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= (edges[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
};

const encode = (column: Float64Array, edges: Float64Array): Uint8Array => {
  const codes = new Uint8Array(column.length);
  for (let row = 0; row < column.length; row += 1) {
    const value = column[row] as number;
    codes[row] = isAbsent(value) ? 0 : 1 + binOf(edges, value);
  }
  return codes;
};

const pack = (codes: readonly Uint8Array[]): Int32Array => {
  const words = new Int32Array(codes[0]?.length ?? 0);
  for (const [place, own] of codes.entries())
    for (let row = 0; row < own.length; row += 1)
      words[row] = (words[row] as number) | ((own[row] as number) << (8 * place));
  return words;
};

/** `bins` at most 255: with the code for absent values they fill a byte. */
export const binColumns = (columns: readonly Float64Array[], bins: number): Binned => {
  const edges = columns.map((column) =>
    placeEdges(
      column
        .filter((value) => !isAbsent(value))
        .map(within)
        .sort(),
      bins,
    ),
  );
  const codes = columns.map((column, index) => encode(column, Float64Array.from(edges[index] ?? [])));
  const words = Array.from({ length: Math.ceil(columns.length / 4) }, (_, at) =>
    pack(codes.slice(4 * at, 4 * at + 4)),
  );
  return { codes, words, edges };
};
