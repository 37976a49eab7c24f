import { resolve } from 'node:path';
import { liveFamilies } from './families/index.ts';
import type { LiveFamily } from './family.ts';
import { stopAll } from './live/children.ts';
import { liveOf, offlineNameOf } from './live/find-family.ts';
import { playAll } from './live/play-all.ts';
import { type MonthsPlan, playMonths } from './months/run.ts';
import { families as offlineFamilies } from './offline/families/index.ts';
import { help, Mistake, type Options, readOptions } from './options.ts';
import { describeGames, describeMonths } from './print.ts';
import { describeSpeed } from './speed/print.ts';
import { playSpeed } from './speed/run.ts';

const progress = (line: string) => process.stderr.write(`${line}\n`);

const hasMonths = (wanted: string) => offlineFamilies.some(({ name }) => name === wanted);

const chosen = async ({ families, plugin }: Options): Promise<readonly LiveFamily[]> => {
  const brought = plugin === undefined ? undefined : await liveOf(resolve(plugin));
  const all = [...liveFamilies, ...(brought ? [brought] : [])];
  if (families === 'all') return all;
  return families.flatMap((wanted) => {
    const found = all.find(({ name }) => name === wanted);
    if (!found && !hasMonths(wanted)) throw new Mistake(`there is no family "${wanted}"; --list names them`);
    return found ?? [];
  });
};

/** Families that play live only are left out, and so is a plugin without account-months. */
const monthsOf = async (options: Options): Promise<MonthsPlan | undefined> => {
  const { days, accounts, share, seed, prices, families } = options;
  if (days === undefined) return undefined;
  const plugin = options.plugin === undefined ? undefined : resolve(options.plugin);
  const brought = plugin && (await offlineNameOf(plugin));
  if (families !== 'all' && !brought && !families.some(hasMonths)) return undefined;
  return {
    ...{ accounts, days, bots: share, seed, prices },
    ...(families !== 'all' && { families: families.filter(hasMonths) }),
    ...(plugin && brought && { plugin }),
  };
};

const run = async (options: Options) => {
  const families = await chosen(options);
  const speed =
    options.draws === undefined ? undefined : playSpeed({ drops: options.draws, seed: options.seed });
  if (speed && !options.json) console.log(`${describeSpeed(speed)}\n`);
  const games =
    options.seconds === undefined ? [] : await playAll(options, families, options.seconds, progress);
  if (games.length > 0 && !options.json) console.log(`${describeGames(games, options.each)}\n`);
  const plan = await monthsOf(options);
  const months = plan && (await playMonths(plan, progress));
  if (months && !options.json) console.log(describeMonths(months));
  if (options.json)
    console.log(
      JSON.stringify({ seed: options.seed, ...(speed && { speed }), games, ...(months && { months }) }),
    );
  if (speed?.ok === false) process.exitCode = 1;
  if (games.some(({ doubleWins }) => doubleWins > 0)) throw new Error('a block was won twice');
};

/** What waits for a child is told by its end, and cleans up; the second time nothing is waited for. */
let isEnding = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (isEnding) process.exit(130);
    isEnding = true;
    void stopAll();
  });

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(help);
  else if (options === 'list')
    for (const { name, about } of liveFamilies) console.log(`${name.padEnd(20)} ${about}`);
  else await run(options);
} catch (error) {
  if (!isEnding) console.error(error instanceof Mistake ? `arena: ${error.message}` : error);
  process.exitCode = isEnding ? 130 : 1;
} finally {
  await stopAll();
}
