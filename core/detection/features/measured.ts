import type { Family, Feature } from './feature.ts';
import type { Look } from './look.ts';

/** The features of a family and how they are measured. */
export interface Measured {
  readonly features: readonly Feature[];
  /** Writes into the row from `start` on; what is not written stays NaN: the log says nothing. */
  measure(look: Look, row: Float64Array, start: number): void;
}

/** Direction (see `Feature`) and words of each feature, by its name without the family. */
export type Described<N extends string> = Readonly<
  Record<N, readonly [monotone: Feature['monotone'], words: string]>
>;

/** A family from the description of its features and one function that puts their values by name. */
export const measured = <N extends string>(
  family: Family,
  described: Described<N>,
  measure: (look: Look, put: (name: N, value: number) => void) => void,
): Measured => {
  const names = Object.keys(described) as N[];
  const position = Object.fromEntries(names.map((name, index) => [name, index])) as Record<N, number>;
  return {
    features: names.map((name) => {
      const [monotone, words] = described[name];
      return { name: `${family}.${name}`, family, monotone, words };
    }),
    measure: (look, row, start) => {
      measure(look, (name, value) => {
        row[start + position[name]] = value;
      });
    },
  };
};
