import { parseArgs } from 'node:util';

export const help = `People and bots compete for blocks, as clients of the public API with software phones.

  --families A,B   families that play, or "all" (the default); --list names them
  --each           every family alone against people, one game after the other (default: all of them together)
  --humans N       people in a game (42; with --each 21)
  --bots SHARE     share of bot accounts among all accounts, 0 to 0.9 (0.3)
  --mode MODE      direct, gated, draw, both (direct and gated) or all (the default; with --each direct)
  --defence D      off, on or both (the default): off asks for a login alone, on enforces proofs of the phone and
                   challenges. Without --api a local system is started for each.
  --api URL        play against a running system instead, as it is configured
  --seconds S      length of a game (75; with --each 30), in real time
  --days D         length of the account-months (30), in event time
  --draws N        drops that people and a bot of 1 ms compete for, where nothing counts but speed (10,000)
  --only PART      speed, live or months
  --accounts N     accounts of the account-months (6,800: a quarter of their people calibrate, and warnings at 0.1 %
                   need 999 of those; 17,200 leave 3,000 people to count false warnings of)
  --phone-price N, --account-price N
                   US dollars of an attacker's outlay, assumptions (80, 100)
  --plugin FILE    a module with a family of your own: arena/family.ts, arena/offline
  --seed N         1
  --json           one object instead of tables
  --list, --help

There are three parts. The live part runs in real time: people need seconds from a list to a tap, and a clock that ran
faster would shorten their reaction and not the network's. What takes weeks to see (false warnings, days until a
warning) is played in event time: a generator writes account-months as event files, and the detector reads
nothing else. What speed alone is worth is counted over simulated drops with the service's own ranks; it ends with 1 when
a bot has more than 1.1 times an account's fair share of the blocks that are drawn. --seconds, --days or --draws alone
play that part only.`;

export type Mode = 'direct' | 'gated' | 'draw';

export interface Options {
  families: readonly string[] | 'all';
  each: boolean;
  humans: number;
  share: number;
  modes: readonly Mode[];
  defences: readonly ('off' | 'on')[];
  api?: string;
  /** Left out: no live part. */
  seconds?: number;
  /** Left out: no account-months. */
  days?: number;
  /** Left out: no drops of speed alone. */
  draws?: number;
  accounts: number;
  prices: { phone: number; account: number };
  plugin?: string;
  seed: number;
  json: boolean;
}

/** What somebody typed and can mend. */
export class Mistake extends Error {}

const number = (name: string, text: string, least: number, most: number): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most))
    throw new Mistake(`--${name} takes a number from ${least} to ${most}, not "${text}"`);
  return value;
};
const whole = (name: string, text: string, least: number, most: number): number => {
  const value = number(name, text, least, most);
  if (!Number.isInteger(value)) throw new Mistake(`--${name} takes a whole number, not "${text}"`);
  return value;
};
/** One of them, or some under a name of their own. */
const some = <T extends string>(
  name: string,
  text: string,
  all: readonly T[],
  named: Record<string, readonly T[]>,
): readonly T[] => {
  const one = all.find((known) => known === text);
  const chosen = one ? [one] : named[text];
  if (chosen) return chosen;
  const [last, ...others] = [...all, ...Object.keys(named)].reverse();
  throw new Mistake(`--${name} takes ${others.reverse().join(', ')} or ${last}, not "${text}"`);
};

const parts = ['speed', 'live', 'months'] as const;
type Part = (typeof parts)[number];

/** What is named, or has a length; else everything. */
const partsOf = (only: string | undefined, lengths: Record<Part, unknown>): readonly Part[] => {
  if (only !== undefined) return some('only', only, parts, {});
  const given = parts.filter((part) => lengths[part] !== undefined);
  return given.length > 0 ? given : parts;
};

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        families: { type: 'string', default: 'all' },
        each: { type: 'boolean', default: false },
        humans: { type: 'string' },
        bots: { type: 'string', default: '0.3' },
        mode: { type: 'string' },
        defence: { type: 'string', default: 'both' },
        api: { type: 'string' },
        seconds: { type: 'string' },
        days: { type: 'string' },
        draws: { type: 'string' },
        only: { type: 'string' },
        accounts: { type: 'string', default: '6800' },
        'phone-price': { type: 'string', default: '80' },
        'account-price': { type: 'string', default: '100' },
        plugin: { type: 'string' },
        seed: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new Mistake(`${(error as Error).message.split('. ')[0]}; see --help`);
  }
};

/** Rejects with a `Mistake`. */
export const readOptions = (args: readonly string[]): Options | 'help' | 'list' => {
  const given = parse(args);
  if (given.help) return 'help';
  if (given.list) return 'list';
  const { each, api, plugin, seconds, days, draws, json } = given;
  const played = partsOf(given.only, { live: seconds, months: days, speed: draws });
  const usual = each
    ? { humans: '21', mode: 'direct', seconds: '30' }
    : { humans: '42', mode: 'all', seconds: '75' };
  return {
    families: given.families === 'all' ? 'all' : given.families.split(','),
    each,
    humans: whole('humans', given.humans ?? usual.humans, 1, 400),
    share: number('bots', given.bots, 0, 0.9),
    modes: some('mode', given.mode ?? usual.mode, ['direct', 'gated', 'draw'], {
      both: ['direct', 'gated'],
      all: ['direct', 'gated', 'draw'],
    }),
    defences: some('defence', given.defence, ['off', 'on'], { both: ['off', 'on'] }),
    ...(api !== undefined && { api }),
    ...(played.includes('live') && {
      seconds: whole('seconds', seconds ?? usual.seconds, 15, 3_600),
    }),
    ...(played.includes('months') && { days: whole('days', days ?? '30', 7, 365) }),
    ...(played.includes('speed') && { draws: whole('draws', draws ?? '10000', 100, 1_000_000) }),
    accounts: whole('accounts', given.accounts, 100, 1_000_000),
    prices: {
      phone: number('phone-price', given['phone-price'], 0, 1e6),
      account: number('account-price', given['account-price'], 0, 1e6),
    },
    ...(plugin !== undefined && { plugin }),
    seed: whole('seed', given.seed, 0, 1_000_000),
    json,
  };
};
