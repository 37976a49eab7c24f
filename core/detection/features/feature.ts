/** Kinds of evidence. A warning needs two of them: no single one can be enough. */
export const families = [
  'reaction',
  'polling',
  'endurance',
  'selectivity',
  'integrity',
  'network',
  'challenge',
  'graph',
  'canary',
] as const;
export type Family = (typeof families)[number];

export interface Feature {
  /** Stable: `family.what` or `family.what.window`. Models name their features by it. */
  readonly name: string;
  readonly family: Family;
  /** 1: more of it never lowers the score; -1: less of it never does; 0: free. */
  readonly monotone: -1 | 0 | 1;
  /** In plain words for people who review and for the driver, as "<words>: <value>". */
  readonly words: string;
}
