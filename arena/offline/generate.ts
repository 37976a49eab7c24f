import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Plan, person, populationOf, shardsOf } from './population.ts';
import { Tally } from './tally.ts';
import { familiesOf, type ShardFacts, writeShard } from './write-shard.ts';

export interface Generated {
  events: number;
  families: Tally['families'];
  goodBlocks: number[];
}

type Progress = (accounts: number) => void;
type Message = { accounts: number } | { shard: number; facts: ShardFacts };

/** Threads take the next shard when they are done with one: what is in a shard never depends on who wrote it. */
const inThreads = (
  plan: Plan,
  folder: string,
  threads: number,
  progress: Progress,
): Promise<ShardFacts[]> => {
  const shards = shardsOf(plan);
  const facts: ShardFacts[] = [];
  let next = 0;
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const thread = new Worker(new URL('./shard-thread.ts', import.meta.url), {
        workerData: { plan, folder },
      });
      const give = () => {
        if (next >= shards) return void thread.terminate();
        thread.postMessage(next);
        next += 1;
      };
      thread.on('message', (message: Message) => {
        if ('accounts' in message) return progress(message.accounts);
        facts[message.shard] = message.facts;
        give();
      });
      thread.on('error', reject);
      thread.on('exit', () => resolve());
      give();
    });
  return Promise.all(Array.from({ length: Math.min(threads, shards) }, work)).then(() => facts);
};

const inPlace = async (plan: Plan, folder: string, progress: Progress): Promise<ShardFacts[]> => {
  const facts: ShardFacts[] = [];
  for (let shard = 0; shard < shardsOf(plan); shard += 1)
    facts.push(await writeShard(plan, folder, shard, progress));
  return facts;
};

const writeTables = async (plan: Plan, folder: string) => {
  const members = populationOf(plan, await familiesOf(plan))
    .flat()
    .flatMap((unit) => unit.members)
    .sort((one, other) => (one.accountId < other.accountId ? -1 : 1));
  const labels = members.map(
    ({ accountId, family, split }) => `${accountId},${family === person ? 'human' : 'bot'},${split}`,
  );
  const accounts = members.map(
    ({ accountId, family, cohorts }) => `${accountId},${family},${cohorts.join(';')}`,
  );
  await writeFile(join(folder, 'labels.csv'), `${['accountId,label,split', ...labels].join('\n')}\n`);
  await writeFile(join(folder, 'accounts.csv'), `${['accountId,family,cohorts', ...accounts].join('\n')}\n`);
  const people = members.filter(({ family }) => family === person).length;
  return { people, bots: members.length - people };
};

/** Writes events, labels, families and facts into a folder. */
export const generate = async (
  plan: Plan,
  folder: string,
  threads: number,
  progress: Progress = () => {},
): Promise<Generated> => {
  await mkdir(folder, { recursive: true });
  const counts = await writeTables(plan, folder);
  const shards = await (threads > 1
    ? inThreads(plan, folder, threads, progress)
    : inPlace(plan, folder, progress));
  const tally = new Tally(plan.days);
  const goodBlocks = Array<number>(plan.days).fill(0);
  for (const { families, good } of shards) {
    tally.add(families);
    for (const [today, count] of good.entries()) goodBlocks[today] = (goodBlocks[today] ?? 0) + count;
  }
  const events = shards.reduce((sum, shard) => sum + shard.events, 0);
  const { plugin: _, ...made } = plan;
  const facts = { ...made, ...counts, events, goodBlocks, families: tally.families };
  await writeFile(join(folder, 'facts.json'), `${JSON.stringify(facts, null, 1)}\n`);
  return { events, families: tally.families, goodBlocks };
};
