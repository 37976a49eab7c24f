import { huntMutant, runSeeds } from './campaign.ts';
import { startEngine } from './engine.ts';

/** Work that the parent hands out: a stretch of seeds, or one mutant. */
export type Job = { from: number; to: number } | { mutant: string; mostSeeds: number };

const engine = await startEngine();
process.once('disconnect', () => process.exit());
process.on('message', async (job: Job) => {
  try {
    const result =
      'mutant' in job
        ? await huntMutant(engine, job.mutant, job.mostSeeds)
        : await runSeeds(engine, job.from, job.to);
    process.send?.(result);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
});
process.send?.('ready');
