/**
 * A model as it is stored and released: everything that a score, a p-value and their reasons are made from. Its name is
 * the SHA-256 of its canonical text, so that the same input gives the same name and a replay knows what it needs.
 */
export interface ModelFile {
  readonly format: 1;
  /** Names out of the feature catalogue, in the order of the trees' columns. */
  readonly features: readonly string[];
  /** Pay at the nine inner deciles of the training data: what is well paid. */
  readonly valueEdges: readonly number[];
  readonly trees: TreesFile;
  /** Of each family, small trees that see its columns alone: whether it would speak for a bot without the others. */
  readonly families: Readonly<Record<string, TreesFile>>;
  readonly novelty: NoveltyFile;
  readonly calibration: CalibrationFile;
  /** Of each column, how the people of the calibration are spread: what drift is told by. */
  readonly reference: readonly SpreadFile[];
  /** Counts of the training data and the settings, for the card. */
  readonly about: Readonly<Record<string, string | number>>;
}

/** Flat trees: node i of all trees together. A leaf has feature -1 and its value in `threshold`. */
export interface TreesFile {
  /** Log-odds before any tree. */
  readonly base: number;
  /** Index of each tree's first node. */
  readonly roots: readonly number[];
  readonly feature: readonly number[];
  /** Goes left when the value is at most this. */
  readonly threshold: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** 1: an absent value goes left. */
  readonly absentLeft: readonly number[];
  /** Expected value below each node, in log-odds: contributions are differences of it along the path. */
  readonly value: readonly number[];
}

/** Isolation trees over the same columns. */
export interface NoveltyFile {
  readonly sampleSize: number;
  readonly roots: readonly number[];
  readonly feature: readonly number[];
  readonly threshold: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** Of a leaf: how many training rows ended there. */
  readonly size: readonly number[];
}

/** Scores of verified people whom the trees never saw, each the largest over the looks of an account-month; ascending. */
export interface CalibrationFile {
  readonly alpha: number;
  /** `all`, and cohorts with people enough of their own. */
  readonly cohorts: Readonly<Record<string, readonly number[]>>;
  /** Raw score of each family's own trees that 1 % of these people exceed, log-odds. */
  readonly familyBounds: Readonly<Record<string, number>>;
  /** Novelty of these people, ascending. */
  readonly novelty: readonly number[];
}

/** How a feature is spread over people. */
export interface SpreadFile {
  /** Ascending; a value belongs to the first bin whose edge it does not exceed. */
  readonly edges: readonly number[];
  /** Share of each bin, one more than there are edges, and at the end of the absent. */
  readonly shares: readonly number[];
}
