import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import type { Extent } from './in-process.ts';
import { renderTally, Tally, type TallyRecord } from './tally.ts';
import { liftThroughSystem } from './through-system.ts';

const usage = `npm run liftings -- [--proofs 1000000] [--through-system 10000] [--seconds-at-most N] [--seed N] [--processes 2]

  --proofs N          liftings against the check of proofs itself, with a ledger in memory; 0 for none
  --through-system N  liftings over HTTP against the whole system, which enforces proofs; 0 for none
  --seconds-at-most N for each of the two`;

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      proofs: { type: 'string', default: '1000000' },
      'through-system': { type: 'string', default: '10000' },
      'seconds-at-most': { type: 'string', default: '3600' },
      seed: { type: 'string', default: '1' },
      processes: { type: 'string', default: '2' },
      help: { type: 'boolean', default: false },
    },
  });
  const whole = (name: Exclude<keyof typeof values, 'help'>) => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} must be a whole number`);
    return value;
  };
  return {
    help: values.help,
    proofs: whole('proofs'),
    throughSystem: whole('through-system'),
    secondsAtMost: whole('seconds-at-most'),
    seed: whole('seed'),
    processes: Math.min(Math.max(whole('processes'), 1), 16),
  };
};

const inAnotherProcess = (extent: Extent) =>
  new Promise<TallyRecord>((resolve, reject) => {
    const worker = fork(new URL('./worker.ts', import.meta.url), [JSON.stringify(extent)]);
    worker.once('error', reject);
    worker.once('message', (record) => resolve(record as TallyRecord));
    worker.once('exit', (code) => reject(new Error(`a process ended with ${code}`)));
  });

const timed = async (title: string, work: () => Promise<Tally>): Promise<boolean> => {
  const startedAt = performance.now();
  const tally = await work();
  console.log(renderTally(title, tally, (performance.now() - startedAt) / 1_000));
  return tally.escapes.length === 0 && tally.count > 0;
};

const main = async (): Promise<boolean> => {
  const { help, proofs, throughSystem, secondsAtMost, seed, processes } = readOptions();
  if (help) {
    console.log(usage);
    return true;
  }
  let isGood = true;
  if (proofs > 0)
    isGood = await timed('in process', async () => {
      const tally = new Tally();
      const shares = Array.from({ length: processes }, (_, index) => ({
        liftings: Math.floor(proofs / processes) + (index < proofs % processes ? 1 : 0),
        secondsAtMost,
        seed: seed * 100 + index,
      }));
      for (const record of await Promise.all(shares.map(inAnotherProcess))) tally.add(record);
      return tally;
    });
  if (throughSystem > 0)
    isGood =
      (await timed('through the system', async () => {
        const { tally, platforms } = await liftThroughSystem({
          liftings: throughSystem,
          secondsAtMost,
          seed,
        });
        console.log(`through the system: ${platforms.ios} iPhones and ${platforms.android} Android phones`);
        return tally;
      })) && isGood;
  return isGood;
};

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(`liftings: ${(error as Error).stack}`);
  process.exitCode = 1;
}
