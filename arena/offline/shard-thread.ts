import { parentPort, workerData } from 'node:worker_threads';
import type { Plan } from './population.ts';
import { writeShard } from './write-shard.ts';

const { plan, folder } = workerData as { plan: Plan; folder: string };

parentPort?.on('message', (shard: number) => {
  const done = (accounts: number) => parentPort?.postMessage({ accounts });
  writeShard(plan, folder, shard, done).then(
    (facts) => parentPort?.postMessage({ shard, facts }),
    (error: unknown) => {
      throw error;
    },
  );
});
