import { type ChildProcess, fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { type Hunt, type Kind, kindOf, kinds, mutantsOf, runOne } from './campaign.ts';
import { startEngine } from './engine.ts';
import { renderReport } from './report.ts';
import { addTally, noTally, type Tally } from './tally.ts';
import type { Job } from './worker.ts';

const usage = `npm run faults -- [--kind both] [--seeds 10000] [--processes 2] [--mutant NAME] [--seed N]

  --kind KIND     histories of claims, draws, or both
  --seeds N       histories of each kind to run, seeds 1 to N; a mutant that is not caught within N (at most 3,000) is a failure
  --mutant NAME   hunt only this mutant
                  of claims: ${mutantsOf.claims.join(', ')}
                  of draws: ${mutantsOf.draws.join(', ')}
  --seed N        print the whole trace of one history, of the product or of --mutant; of claims, if --kind names no other
  --processes N   each with an engine of its own`;

/** Small enough that the processes end together, large enough that handing it out costs nothing. */
const stretch = 50;
const mostMutantSeeds = 3_000;

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      kind: { type: 'string', default: 'both' },
      seeds: { type: 'string', default: '10000' },
      processes: { type: 'string', default: '2' },
      seed: { type: 'string' },
      mutant: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const whole = (name: 'seeds' | 'processes' | 'seed') => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < 1)
      throw new Error(`--${name} must be a whole number above 0`);
    return value;
  };
  if (values.mutant !== undefined && !kindOf(values.mutant))
    throw new Error(`there is no mutant ${values.mutant}`);
  const wanted = kinds.filter((kind) => values.kind === 'both' || values.kind === kind);
  if (wanted.length === 0) throw new Error(`--kind must be ${kinds.join(', ')} or both`);
  return {
    help: values.help,
    wanted,
    seeds: whole('seeds'),
    processes: Math.min(whole('processes'), 16),
    ...(values.seed !== undefined && { seed: whole('seed') }),
    ...(values.mutant !== undefined && { mutant: values.mutant }),
  };
};

const jobsOf = (wanted: readonly Kind[], seeds: number, mutant: string | undefined): Job[] => {
  const hunts = (mutant ? [mutant] : wanted.flatMap((kind) => mutantsOf[kind])).map((name) => ({
    mutant: name,
    mostSeeds: Math.min(seeds, mostMutantSeeds),
  }));
  const stretches = (mutant ? [] : wanted).flatMap((kind) =>
    Array.from({ length: Math.ceil(seeds / stretch) }, (_, index) => ({
      kind,
      from: index * stretch + 1,
      to: Math.min(seeds, (index + 1) * stretch),
    })),
  );
  return [...stretches, ...hunts];
};

/** Hands the jobs out one by one. A process that dies ends the run. */
const runJobs = async (jobs: Job[], processes: number) => {
  const tallies: Record<Kind, Tally> = { claims: noTally(), draws: noTally() };
  const hunts: Hunt[] = [];
  const workers: ChildProcess[] = [];
  const left = [...jobs];
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const worker = fork(new URL('./worker.ts', import.meta.url));
      workers.push(worker);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`a process ended with ${code}`)));
      worker.on('message', (message: 'ready' | { kind: Kind; tally: Tally } | Hunt) => {
        if (message !== 'ready') {
          if ('mutant' in message) hunts.push(message);
          else tallies[message.kind] = addTally(tallies[message.kind], message.tally);
        }
        const job = left.shift();
        if (job) worker.send(job);
        else resolve();
      });
    });
  try {
    await Promise.all(Array.from({ length: Math.min(processes, jobs.length) }, work));
  } finally {
    // Each takes its engine with it when it is disconnected.
    for (const worker of workers) if (worker.connected) worker.disconnect();
  }
  return { tallies, hunts };
};

const printTrace = async (kind: Kind, seed: number, mutant: string | undefined) => {
  const engine = await startEngine();
  try {
    const { trace, violations } = await runOne(engine, kind, seed, mutant);
    console.log(trace.join('\n'));
    console.log(`faults: seed ${seed}${mutant ? ` of ${mutant}` : ''}, ${violations.length} violations`);
    return violations.length === 0;
  } finally {
    await engine.stop();
  }
};

const main = async () => {
  const { help, wanted, seed, mutant, seeds, processes } = readOptions();
  if (help) {
    console.log(usage);
    return true;
  }
  if (seed !== undefined)
    return printTrace((mutant && kindOf(mutant)) || (wanted[0] ?? 'claims'), seed, mutant);
  const startedAt = performance.now();
  const { tallies, hunts } = await runJobs(jobsOf(wanted, seeds, mutant), processes);
  console.log(renderReport(tallies, hunts, (performance.now() - startedAt) / 1000));
  const violating = kinds.some((kind) => tallies[kind].violating.length > 0);
  return !violating && hunts.every(({ caughtAfter }) => caughtAfter !== undefined);
};

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(`faults: ${(error as Error).message}`);
  process.exitCode = 1;
}
