import { huntMutant, type Kind, runSeeds } from './campaign.ts';
import { startEngine } from './engine.ts';

/** Work that the parent hands out: a stretch of seeds, or one mutant. */
export type Job = { kind: Kind; from: number; to: number } | { mutant: string; mostSeeds: number };

const engine = await startEngine();
process.once('disconnect', () => process.exit());
process.on('message', async (job: Job) => {
  try {
    const result =
      'mutant' in job
        ? await huntMutant(engine, job.mutant, job.mostSeeds)
        : await runSeeds(engine, job.from, job.to, job.kind);
    process.send?.('kind' in job ? { kind: job.kind, tally: result } : result);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
});
process.send?.('ready');
