import { clopperPearson } from '#core/detection/rules/precision.ts';

/** How many of how many, with the two-sided 95 % bounds of Clopper and Pearson. */
export interface Share {
  readonly hits: number;
  readonly of: number;
  /** Null of nothing. */
  readonly share: number | null;
  readonly lower: number;
  readonly upper: number;
}

export const shareOf = (hits: number, of: number): Share => {
  const { lower, upper } = of === 0 ? { lower: 0, upper: 1 } : clopperPearson(hits, of);
  return { hits, of, share: of === 0 ? null : hits / of, lower, upper };
};

const percent = (share: number): string => {
  const value = 100 * share;
  return `${value === 0 || value >= 10 ? value.toFixed(1) : Number(value.toPrecision(2))} %`;
};

/** `97.2 % (35/36; 85.5 % to 99.9 %)`. */
export const shareWords = ({ hits, of, share, lower, upper }: Share): string =>
  share === null ? 'none' : `${percent(share)} (${hits}/${of}; ${percent(lower)} to ${percent(upper)})`;
