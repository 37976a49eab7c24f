/** What a look of one release at one account came to, as far as its batch has to know. */
export interface Result {
  release: string;
  accountKey: string;
  /** Of a model; none of a rule and of the blind sample. */
  pValue?: number;
  evidenceId?: string;
}

/** What a message of a batch came to. */
export interface Part {
  /** How many accounts each model judged. */
  tests: Record<string, number>;
  /** Only what may matter to the batch: findings, and p-values that are not above its share of false ones. */
  results: Result[];
}

/** A group of looks that is decided about together. */
export interface Batch {
  batchId: string;
  openedAt: number;
  /** Names of its messages. */
  parts: readonly string[];
}

/** Sorts as text: the same results give the same part, in whatever order they came. */
const name = ({ release, accountKey }: Result) => `${release}|${accountKey}`;

/** One result for each release and account: the later one, with the finding of either. */
export const mergeResults = (earlier: readonly Result[], later: readonly Result[]): Result[] => {
  const merged = new Map(earlier.map((result) => [name(result), result]));
  for (const result of later) merged.set(name(result), { ...merged.get(name(result)), ...result });
  return [...merged.values()];
};

/** A part out of the results of its accounts. */
export const partOf = (results: readonly Result[], fdr: number): Part => {
  const tests: Record<string, number> = {};
  for (const { release, pValue } of results)
    if (pValue !== undefined) tests[release] = (tests[release] ?? 0) + 1;
  return {
    tests,
    results: results
      .filter(({ pValue, evidenceId }) => evidenceId !== undefined || (pValue ?? 1) <= fdr)
      .sort((one, other) => (name(one) < name(other) ? -1 : 1)),
  };
};
