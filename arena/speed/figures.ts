import { type ChiSquare, chiSquare } from './chi-square.ts';
import { type Counted, type Played, playDrops, type SpeedPlan } from './drops.ts';

/** Of the blocks that were won, and by what would be fair: an equal part for each account. */
export interface Part {
  share: number;
  fair: number;
  ofFair: number;
}

interface Tests {
  /** The bot against people. */
  bot: ChiSquare;
  /** Every account against every other. */
  everybody: ChiSquare;
}

interface WindowRow {
  seconds: number;
  /** People's reactions that come too late. */
  late: number;
  /** Expected from the reactions alone, without the chance of the draw. */
  botOfFair: number;
  slowestFifthOfFair: number;
}

export interface SpeedFigures {
  seed: number;
  drops: number;
  humans: number;
  blocks: number;
  windowSeconds: number;
  late: number;
  direct: { bot: Part; humans: Part; amongAll: Tests };
  draw: {
    bot: Part;
    humans: Part;
    /** Two-sided 95 % of what the bot has of its fair share. */
    interval: readonly [number, number];
    /** What the bot has of its fair share among those who had entered. */
    botOfFairEntered: number;
    amongEntered: Tests;
    amongAll: Tests;
  };
  windows: readonly WindowRow[];
  breadth: readonly { people: number; bot: number; botOfFairEntered: number }[];
  ok: boolean;
}

/** The issue's: so much more than fair may speed be worth. */
export const mostOfFair = 1.1;
/** Draws in which chance alone explains less than this are not what they should be: one sound run in 10,000 looks so. */
export const leastP = 1e-4;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const last = (values: readonly number[]) => values.at(-1) ?? 0;
const people = (values: readonly number[]) => values.slice(0, -1);

const partOf = (won: number, all: readonly number[], accounts: number): Part => {
  const [share, fair] = [won / sum(all), accounts / all.length];
  return { share, fair, ofFair: share / fair };
};

const partsOf = (won: readonly number[]) => ({
  bot: partOf(last(won), won, 1),
  humans: partOf(sum(people(won)), won, won.length - 1),
});

/**
 * Who wins one block of a drop wins no other of it, so counts vary less than those of dice: the variance is given.
 * That all blocks of a drop go to somebody ties the counts together and takes one degree of freedom.
 */
export const testsOf = ({ won, expected, variance }: Counted): Tests => {
  const deviations = won.map((count, account) => (count - (expected[account] ?? 0)) ** 2);
  const accounts = won.length;
  const scaled = deviations.map((deviation, account) => deviation / (variance[account] ?? 0));
  return {
    bot: chiSquare(last(scaled), 1),
    everybody: chiSquare((sum(scaled) * (accounts - 1)) / accounts, accounts - 1),
  };
};

/** As if everybody took part in every drop and speed were worth nothing. */
const equalAmongAll = (won: number[], { drops }: SpeedPlan): Counted => {
  const each = sum(won) / won.length / drops;
  return {
    won,
    expected: won.map(() => each * drops),
    variance: won.map(() => each * (1 - each) * drops),
  };
};

const windowRow = ({ paces, reactions }: Played, seconds: number): WindowRow => {
  const accounts = paces.length + 1;
  const slow = Math.ceil(paces.length / 5);
  const slowFrom = [...paces].sort((a, b) => b - a)[slow - 1] ?? 0;
  let [late, bot, slowest] = [0, 0, 0];
  for (const after of reactions) {
    const inTime = after.map((ms) => (ms < seconds * 1_000 ? 1 : 0));
    const entered = inTime.reduce((count, one) => count + one, 1);
    late += accounts - entered;
    bot += 1 / entered;
    slowest +=
      inTime.reduce((count, one, at) => count + ((paces[at] ?? 0) >= slowFrom ? one : 0), 0) / entered;
  }
  const drops = reactions.length;
  return {
    seconds,
    late: late / drops / paces.length,
    botOfFair: (bot / drops) * accounts,
    slowestFifthOfFair: (slowest / drops / slow) * accounts,
  };
};

const windowsShown = [6, 8, 10, 12, 15, 20] as const;

/** What naming fewer blocks than the bot costs people: nothing that a draw can take away, and no matter of speed. */
const breadthOf = (plan: SpeedPlan) =>
  [1, 3, plan.choices.bot].map((named) => {
    const choices = { people: named, bot: plan.choices.bot };
    const { draw } = playDrops({ ...plan, drops: Math.max(200, Math.round(plan.drops / 10)), choices });
    return { ...choices, botOfFairEntered: last(draw.won) / last(draw.expected) };
  });

export const speedFigures = (plan: SpeedPlan): SpeedFigures => {
  const played = playDrops(plan);
  const { won, expected, variance } = played.draw;
  const draw = partsOf(won);
  const spread = (1.96 * Math.sqrt(last(variance)) * won.length) / sum(won);
  const amongEntered = testsOf(played.draw);
  const windowSeconds = plan.windowMs / 1_000;
  const seconds = [...new Set([...windowsShown, windowSeconds])].sort((a, b) => a - b);
  const windows = seconds.map((of) => windowRow(played, of));
  return {
    seed: plan.seed,
    drops: plan.drops,
    humans: plan.humans,
    blocks: plan.blocks,
    windowSeconds,
    late: windowRow(played, windowSeconds).late,
    direct: {
      ...partsOf(played.direct),
      amongAll: testsOf(equalAmongAll([...played.direct], plan)),
    },
    draw: {
      ...draw,
      interval: [draw.bot.ofFair - spread, draw.bot.ofFair + spread],
      botOfFairEntered: last(won) / last(expected),
      amongEntered,
      amongAll: testsOf(equalAmongAll(won, plan)),
    },
    windows,
    breadth: breadthOf(plan),
    ok: draw.bot.ofFair <= mostOfFair && amongEntered.everybody.p >= leastP,
  };
};
