import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { blanksIdentity, type GroupSet, withoutGroups } from '#core/detection/activity/groups.ts';
import type { GraphFacts } from '#core/detection/graph/graph-facts.ts';
import type { Accounts } from '../events/read-accounts.ts';
import type { Progress } from '../progress.ts';
import { type AccountLook, looksOfJob } from './looks.ts';
import type { Market, Which } from './replay.ts';
import { type Job, type JobLooks, packEvents, runJob } from './replay-job.ts';

/** An account to be replayed, as it would be in a log that lacks some groups. */
export interface Wanted {
  readonly account: number;
  readonly which: Which;
  readonly without: GroupSet;
}

export interface ReplayOptions {
  readonly market: Market;
  /** Of each account by its index. */
  readonly graph: readonly (GraphFacts | undefined)[];
  readonly startProgress: (what: string, total: number) => Progress;
  /** 0 replays on this thread; so many as there are cores unless given. */
  readonly threads?: number;
}

/** Accounts of a job: some 10 MB of events. */
const jobSize = 64;
/** Below this a thread takes longer to start than the work. */
const leastForThreads = 400;

const jobOf = (accounts: Accounts, wanted: readonly Wanted[], options: ReplayOptions): Job => {
  const lists = wanted.map(({ account, without }) => withoutGroups(accounts.eventsOf(account), without));
  const graph = wanted.flatMap(({ account, without }) => {
    const facts = blanksIdentity(without) ? undefined : options.graph[account];
    return facts ? [facts.component, facts.synchrony] : [Number.NaN, Number.NaN];
  });
  return {
    which: wanted.map(({ which }) => which),
    lengths: lists.map(({ length }) => length),
    numbers: packEvents(lists),
    graph: Float64Array.from(graph),
  };
};

interface Pool {
  run: (job: Job) => Promise<JobLooks>;
  stop: () => Promise<void>;
}

const inline = (market: Market): Pool => ({
  run: async (job) => runJob(job, market),
  stop: async () => {},
});

const threaded = (threads: number, market: Market): Pool => {
  const waiting = new Map<number, { resolve: (looks: JobLooks) => void; reject: (error: Error) => void }>();
  let tickets = 0;
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL('./replay-thread.ts', import.meta.url), { workerData: { market } });
    worker.on('message', ({ ticket, looks }: { ticket: number; looks: JobLooks }) => {
      waiting.get(ticket)?.resolve(looks);
      waiting.delete(ticket);
    });
    worker.on('error', (error) => {
      for (const { reject } of waiting.values()) reject(error as Error);
    });
    return worker;
  });
  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        const ticket = tickets;
        tickets += 1;
        waiting.set(ticket, { resolve, reject });
        workers[ticket % threads]?.postMessage({ ticket, job }, [job.numbers.buffer, job.graph.buffer]);
      }),
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
};

/** Replays accounts and gives the looks of each, in the order asked for, whatever the number of threads. */
export async function* replayAccounts(
  accounts: Accounts,
  wanted: readonly Wanted[],
  options: ReplayOptions,
): AsyncGenerator<readonly AccountLook[]> {
  const threads = options.threads ?? (wanted.length < leastForThreads ? 0 : availableParallelism());
  const pool = threads === 0 ? inline(options.market) : threaded(threads, options.market);
  const progress = options.startProgress('accounts', wanted.length);
  const running: { first: number; looks: Promise<JobLooks> }[] = [];
  let next = 0;
  const start = () => {
    const job = jobOf(accounts, wanted.slice(next, next + jobSize), options);
    const looks = pool.run(job);
    // Whoever waits for it hears of a failure; the ones behind it are not waited for any more.
    looks.catch(() => {});
    running.push({ first: next, looks });
    next += jobSize;
  };
  try {
    while (next < wanted.length || running.length > 0) {
      while (next < wanted.length && running.length <= 2 * threads) start();
      const head = running.shift();
      if (head) yield* looksOfJob(head.first, await head.looks);
      progress.at(Math.min(wanted.length, (head?.first ?? 0) + jobSize));
    }
  } finally {
    progress.end();
    await pool.stop();
  }
}
