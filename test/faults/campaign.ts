import { runDrawHistory } from './draw-history.ts';
import { drawMutants } from './draw-mutants.ts';
import type { Engine } from './engine.ts';
import { type HistoryReport, runHistory } from './history.ts';
import { mutants } from './mutants.ts';
import { addTally, noTally, type Tally, tallyOf } from './tally.ts';

export const kinds = ['claims', 'draws'] as const;
export type Kind = (typeof kinds)[number];

/** Histories that share an engine at a time: enough that it never waits for us, nor we for it. */
const atOnce = 4;

/** The names of mutants of all kinds differ. */
export const mutantsOf: Record<Kind, readonly string[]> = {
  claims: Object.keys(mutants),
  draws: Object.keys(drawMutants),
};
export const kindOf = (mutant: string): Kind | undefined =>
  kinds.find((kind) => mutantsOf[kind].includes(mutant));

/** One history of the product, or of a mutant. */
export const runOne = (engine: Engine, kind: Kind, seed: number, mutant = ''): Promise<HistoryReport> =>
  kind === 'claims'
    ? runHistory(engine, seed, mutants[mutant])
    : runDrawHistory(engine, seed, drawMutants[mutant]);

/** Runs the histories of these seeds against the product. */
export const runSeeds = async (
  engine: Engine,
  from: number,
  to: number,
  kind: Kind = 'claims',
): Promise<Tally> => {
  let tally = noTally();
  let next = from;
  const runSome = async () => {
    while (next <= to) {
      const seed = next;
      next += 1;
      const report = tallyOf(await runOne(engine, kind, seed));
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
  const kind = kindOf(mutant);
  if (!kind) throw new Error(`there is no mutant ${mutant}`);
  for (let from = 1; from <= mostSeeds; from += atOnce) {
    const seeds = Array.from({ length: Math.min(atOnce, mostSeeds - from + 1) }, (_, index) => from + index);
    const reports = await Promise.all(seeds.map((seed) => runOne(engine, kind, seed, mutant)));
    const caught = reports.find(({ violations }) => violations.length > 0);
    if (caught) return { mutant, caughtAfter: caught.seed, violation: caught.violations[0] ?? '' };
  }
  return { mutant };
};
