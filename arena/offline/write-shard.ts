import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { families as own } from './families/index.ts';
import type { OfflineFamily } from './family.ts';
import { type FieldGroup, fieldGroups, Log } from './log.ts';
import { type Plan, populationOf, shardsOf } from './population.ts';
import { simulate } from './simulate.ts';
import { type FamilyFacts, Tally } from './tally.ts';

export interface ShardFacts {
  events: number;
  families: Record<string, FamilyFacts>;
  good: number[];
}

/** The families of a plan: those asked for, and always the one brought along. */
export const familiesOf = async ({ families, plugin }: Plan): Promise<OfflineFamily[]> => {
  const brought = plugin ? ((await import(plugin)) as { family?: OfflineFamily }).family : undefined;
  if (plugin && (!brought || typeof brought.act !== 'function'))
    throw new Error(`${plugin} exports no \`family\` with a name and an act`);
  const known = own.filter(({ name }) => name !== brought?.name);
  const unknown = families?.find((name) => name !== brought?.name && !known.some((one) => one.name === name));
  if (unknown !== undefined)
    throw new Error(`no family is called ${unknown}; there are ${known.map(({ name }) => name).join(', ')}`);
  const chosen = families ? known.filter(({ name }) => families.includes(name)) : known;
  return brought ? [...chosen, brought] : chosen;
};

const isFieldGroup = (name: string): name is FieldGroup => (fieldGroups as readonly string[]).includes(name);

/** The lines of some of the stations, in pieces; `done` is told about each station. */
export function* linesOf(
  plan: Plan,
  families: readonly OfflineFamily[],
  shard: number,
  facts: ShardFacts,
  done: (accounts: number) => void,
): Generator<string, void, void> {
  const stations = populationOf(plan, families);
  const shards = shardsOf(plan);
  const byName = new Map(families.map((family) => [family.name, family]));
  const log = new Log(new Set(plan.without.filter(isFieldGroup)), plan.clockMs);
  const tally = new Tally(plan.days);
  for (const [number, units] of stations.entries()) {
    if (Math.floor((number * shards) / stations.length) !== shard) continue;
    const good = yield* simulate(plan, number, units, byName, log, tally);
    for (const [today, count] of good.entries()) facts.good[today] = (facts.good[today] ?? 0) + count;
    done(units.reduce((sum, { members }) => sum + members.length, 0));
  }
  facts.events = log.events;
  Object.assign(facts.families, tally.families);
}

/** One compressed file; it has its name only when it is whole. */
export const writeShard = async (
  plan: Plan,
  folder: string,
  shard: number,
  done: (accounts: number) => void,
): Promise<ShardFacts> => {
  const facts: ShardFacts = { events: 0, families: {}, good: [] };
  const path = join(folder, `events-${shard.toString().padStart(3, '0')}.jsonl.gz`);
  const lines = linesOf(plan, await familiesOf(plan), shard, facts, done);
  function* bytes() {
    for (const text of lines) yield Buffer.from(text, 'latin1');
  }
  await pipeline(
    Readable.from(bytes(), { highWaterMark: 4 }),
    createGzip({ level: 1, chunkSize: 1 << 18 }),
    createWriteStream(`${path}.part`),
  );
  await rename(`${path}.part`, path);
  return facts;
};
