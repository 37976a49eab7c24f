/** A source of chance in [0, 1). */
export type Chance = () => number;

/** One that repeats with its seed (mulberry32). */
export const seededChance = (seed: number): Chance => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const normal = (chance: Chance) => Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
export const logNormal = (chance: Chance, median: number, sigma: number): number =>
  median * Math.exp(sigma * normal(chance));
export const uniform = (chance: Chance, low: number, high: number): number => low + (high - low) * chance();
export const oneOf = <T>(chance: Chance, all: readonly T[]): T | undefined =>
  all[Math.floor(chance() * all.length)];
