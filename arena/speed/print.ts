import { percent, textTable } from '../table-text.ts';
import type { ChiSquare } from './chi-square.ts';
import { botMs } from './drops.ts';
import { leastP, mostOfFair, type Part, type SpeedFigures } from './figures.ts';
import { medianMs, sigmaOfAll } from './people.ts';

const times = (value: number) => value.toFixed(2);
const chance = (p: number) => (p >= 0.001 ? p.toFixed(3) : p > 0 ? p.toExponential(0) : 'under 1e-300');
const test = ({ statistic, degrees, p }: ChiSquare) =>
  `${statistic.toFixed(statistic < 1_000 ? 1 : 0)}, ${degrees} degrees, p ${chance(p)}`;

const verdict = ({ ok, draw: { bot, amongEntered } }: SpeedFigures) => {
  const ratio = `the bot has ${times(bot.ofFair)} of an account's fair share, at most ${mostOfFair} is wanted`;
  const sound = `whoever had entered was drawn evenly (p ${chance(amongEntered.everybody.p)}, at least ${leastP} is wanted)`;
  return `${ok ? 'Met' : 'MISSED'}: ${ratio}; ${sound}.`;
};

/** For people. */
export const describeSpeed = (figures: SpeedFigures): string => {
  const { seed, drops, humans, blocks, windowSeconds, late, direct, draw, windows, breadth } = figures;
  const both = (name: string, of: (mode: { bot: Part; humans: Part }) => string) => [
    name,
    of(direct),
    of(draw),
  ];
  const sides = textTable([
    ['', 'direct', 'draw'],
    both("the bot's share of the blocks", ({ bot }) => percent(bot.share, 2)),
    both('an equal share of all accounts', ({ bot }) => percent(bot.fair, 2)),
    both('the bot has of that', ({ bot }) => times(bot.ofFair)),
    both('people have of theirs', ({ humans: all }) => times(all.ofFair)),
    ['the bot of an equal share of those who had entered', '-', times(draw.botOfFairEntered)],
  ]);
  const tests = textTable([
    ['chi-square', 'the bot against people', 'everybody against everybody'],
    ['direct, all accounts equal', test(direct.amongAll.bot), test(direct.amongAll.everybody)],
    ['draw, all accounts equal', test(draw.amongAll.bot), test(draw.amongAll.everybody)],
    ['draw, those who had entered equal', test(draw.amongEntered.bot), test(draw.amongEntered.everybody)],
  ]);
  const closes = textTable([
    ['a draw that is open for', ...windows.map(({ seconds }) => `${seconds} s`)],
    ['reactions of people that are too late', ...windows.map((row) => percent(row.late, 1))],
    ['the bot has of a fair share', ...windows.map(({ botOfFair }) => times(botOfFair))],
    [
      'the slowest fifth of people has of theirs',
      ...windows.map(({ slowestFifthOfFair }) => times(slowestFifthOfFair)),
    ],
  ]);
  return [
    `Speed alone: ${drops} drops of ${blocks} good blocks, ${humans} people (log-normal around ${medianMs / 1_000} s, sigma ${sigmaOfAll.toFixed(2)}) and a bot of ${botMs} ms; seed ${seed}`,
    `${sides}\n\nA draw is open for ${windowSeconds} s: ${percent(late, 1)} of people's reactions are too late. 95 % of what the bot has of a fair share: ${draw.interval.map(times).join(' to ')}.`,
    tests,
    `Of these reactions, without the chance of the draw:\n\n${closes}`,
    `People who name ${breadth.map(({ people }) => people).join(', ')} blocks, the bot ${breadth[0]?.bot}: it has ${breadth.map((row) => times(row.botOfFairEntered)).join(', ')} of an equal share of those who had entered.
That is no matter of speed: who would take more blocks has better odds of one, by hand as by program.`,
    verdict(figures),
  ].join('\n\n');
};
