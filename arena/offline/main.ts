import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { checkRealism, table } from './check.ts';
import { families } from './families/index.ts';
import { generate } from './generate.ts';
import { fieldGroups } from './log.ts';
import { type Plan, shardLimit, stationsOf } from './population.ts';
import { familiesOf } from './write-shard.ts';

const usage = `node arena/offline/main.ts --accounts N --out DIR [options]
  --days 30             length of the month
  --bots 0.3            part of the accounts
  --seed 1              the same seed gives the same bytes
  --families a,b        of ${families.map(({ name }) => name).join(', ')}
  --plugin FILE         a module that exports one more \`family\` (arena/offline/family.ts)
  --shards K            files; up to ${shardLimit} without it
  --workers W           threads; all cores without it
  --clock-ms 1          grain of all times
  --drop-groups a,b     leave out ${fieldGroups.join(', ')}
  --check               instead of files: simulated people beside the published figures`;

const fail = (message: string): never => {
  console.error(message);
  process.exit(1);
};

const readOptions = () => {
  try {
    return parseArgs({
      options: {
        accounts: { type: 'string' },
        days: { type: 'string', default: '30' },
        bots: { type: 'string', default: '0.3' },
        seed: { type: 'string', default: '1' },
        out: { type: 'string' },
        families: { type: 'string' },
        plugin: { type: 'string' },
        shards: { type: 'string' },
        workers: { type: 'string', default: `${availableParallelism()}` },
        'clock-ms': { type: 'string', default: '1' },
        'drop-groups': { type: 'string' },
        check: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail(`${(error as Error).message}\n${usage}`);
  }
};

const numberOf = (name: string, text: string, low: number, high: number, whole = true): number => {
  const value = Number(text);
  const fits = text.trim() !== '' && value >= low && value <= high && (!whole || Number.isInteger(value));
  return fits ? value : fail(`--${name} takes ${whole ? 'a whole' : 'a'} number from ${low} to ${high}`);
};

const values = readOptions();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const without = values['drop-groups']?.split(',') ?? [];
const strange = without.find((name) => !(fieldGroups as readonly string[]).includes(name));
if (strange !== undefined) fail(`no group is called ${strange}; there are ${fieldGroups.join(', ')}`);

const accounts = numberOf('accounts', values.accounts ?? (values.check ? '600' : ''), 1, 10_000_000);
const shards = values.shards ?? `${Math.min(shardLimit, stationsOf(accounts))}`;
const plan: Plan = {
  accounts,
  days: numberOf('days', values.days, 1, 366),
  bots: numberOf('bots', values.bots, 0, 1, false),
  seed: values.seed,
  shards: numberOf('shards', shards, 1, 999),
  clockMs: numberOf('clock-ms', values['clock-ms'], 1, 3_600_000),
  without,
  ...(values.families ? { families: values.families.split(',') } : {}),
  ...(values.plugin ? { plugin: pathToFileURL(resolve(values.plugin)).href } : {}),
};
const threads = numberOf('workers', values.workers, 1, 64);
await familiesOf(plan).catch((error: unknown) => fail((error as Error).message));

if (values.check) {
  const figures = checkRealism({ ...plan, bots: 0, days: Math.max(plan.days, 14) });
  console.log(table(figures));
  process.exit(figures.every(({ fits }) => fits) ? 0 : 1);
}

const folder = values.out ?? fail(`--out is missing\n${usage}`);
const began = performance.now();
let done = 0;
let told = 0;
/** A bar on a terminal, a line every ten seconds elsewhere. */
const progress = (more: number) => {
  done += more;
  const elapsed = (performance.now() - began) / 1_000;
  if (elapsed - told < (process.stderr.isTTY ? 0.2 : 10) && done < plan.accounts) return;
  told = elapsed;
  const left = (elapsed / done) * (plan.accounts - done);
  const filled = Math.round((30 * done) / plan.accounts);
  const bar = process.stderr.isTTY ? `\r[${'='.repeat(filled).padEnd(30)}] ` : '';
  process.stderr.write(
    `${bar}${done} of ${plan.accounts} accounts, ${Math.round(done / elapsed)} per second, ${Math.ceil(left)} s left${bar ? ' ' : '\n'}`,
  );
};
const { events, families: found } = await generate(plan, folder, threads, progress);
const elapsed = (performance.now() - began) / 1_000;
if (process.stderr.isTTY) process.stderr.write('\n');
for (const [name, facts] of Object.entries(found)) {
  const per = (count: number) => (count / facts.accounts).toFixed(1).padStart(8);
  console.log(
    `${name.padEnd(20)} ${facts.accounts} accounts; each: ${per(facts.events)} events ${per(facts.claims)} claims ${per(facts.won)} won ${per(facts.good)} good`,
  );
}
console.log(
  `${events} events of ${plan.accounts} accounts in ${elapsed.toFixed(1)} s (${Math.round(events / elapsed)} per second)`,
);
