import { parentPort, workerData } from 'node:worker_threads';
import type { Market } from './replay.ts';
import { type Job, runJob } from './replay-job.ts';

const { market } = workerData as { market: Market };

parentPort?.on('message', ({ ticket, job }: { ticket: number; job: Job }) => {
  const looks = runJob(job, market);
  parentPort?.postMessage({ ticket, looks }, [looks.heads.buffer, looks.rows.buffer, looks.counts.buffer]);
});
