import type { Engine } from './engine.ts';
import { runHistory } from './history.ts';
import { mutants } from './mutants.ts';
import { addTally, noTally, type Tally, tallyOf } from './tally.ts';

/** Histories that share an engine at a time: enough that it never waits for us, nor we for it. */
const atOnce = 4;

/** Runs the histories of these seeds against the product. */
export const runSeeds = async (engine: Engine, from: number, to: number): Promise<Tally> => {
  let tally = noTally();
  let next = from;
  const runSome = async () => {
    while (next <= to) {
      const seed = next;
      next += 1;
      const report = tallyOf(await runHistory(engine, seed));
      tally = addTally(tally, report);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runSome));
  return tally;
};

export interface Hunt {
  mutant: string;
  /** Seeds until the first violation; nothing if it got away. */
  caughtAfter?: number;
  violation?: string;
}

/** Runs a mutant seed by seed until a check notices it. */
export const huntMutant = async (engine: Engine, mutant: string, mostSeeds: number): Promise<Hunt> => {
  for (let from = 1; from <= mostSeeds; from += atOnce) {
    const seeds = Array.from({ length: Math.min(atOnce, mostSeeds - from + 1) }, (_, index) => from + index);
    const reports = await Promise.all(seeds.map((seed) => runHistory(engine, seed, mutants[mutant])));
    const caught = reports.find(({ violations }) => violations.length > 0);
    if (caught) return { mutant, caughtAfter: caught.seed, violation: caught.violations[0] ?? '' };
  }
  return { mutant };
};
