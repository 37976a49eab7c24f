import { lowerBound, quantile, upperBound } from './interval.ts';
import type { GameResult, PublishedBlock } from './live/game.ts';
import type { Tally } from './live/tally.ts';

/** US dollars for a thousand puzzles that people solve for bots: the price that solving services publish. */
export const dollarsPerThousandPuzzles = 1.45;

/** What a family got in one game. */
export interface FamilyRow {
  family: string;
  accounts: number;
  attempts: number;
  blocks: number;
  /** Of the good blocks that anybody won. */
  goodShare: number;
  /** Share of accounts. */
  fairShare: number;
  /** Draws that its accounts took part in, and those in which one won and had to show that a person claims. */
  draws: number;
  asked: number;
  challenged: number;
  /** Of its claims; of its looks when it never came to a claim. */
  stopped: number;
  puzzles: number;
  /** Puzzles alone; undefined without a block. */
  dollarsPerBlock?: number;
}

export interface GameRow {
  mode: GameResult['mode'];
  defence: GameResult['defence'];
  /** Bots that played. */
  against: readonly string[];
  blocks: number;
  good: number;
  goodUnclaimed: number;
  /** Share of the won good blocks that people have, by their share of accounts; 1 is fair. */
  humansOfFairShare: number;
  /** Two-sided 90 %, from the number of good blocks alone. */
  humansInterval: readonly [number, number];
  /** The same of blocks that opened in the second half: a game begins without anything that a defence could look back on. */
  humansOfFairShareLate: number;
  genuine: { claims: number; challenged: number; rate: number; upperBound: number; met: Tally['met'] };
  /** How long a claim's answer took, median and 95th percentile in ms: a machine that is busy otherwise slows bots most. */
  answerMs: readonly [median: number, p95: number];
  /** Blocks that two accounts were told they have: 0, or the service is broken. */
  doubleWins: number;
  families: readonly FamilyRow[];
}

const sum = (tallies: readonly Tally[], of: (tally: Tally) => number) =>
  tallies.reduce((total, tally) => total + of(tally), 0);
const share = (part: number, whole: number) => (whole > 0 ? part / whole : 0);

const stoppedShare = (members: readonly Tally[]) => {
  const attempts = sum(members, ({ attempts }) => attempts);
  if (attempts > 0)
    return share(
      sum(members, ({ stopped }) => stopped),
      attempts,
    );
  return share(
    sum(members, ({ looksRefused }) => looksRefused),
    sum(members, ({ looks }) => looks),
  );
};

const familyRow = (
  family: string,
  members: readonly Tally[],
  { accounts, goodWon, good }: { accounts: number; goodWon: number; good: ReadonlySet<string> },
): FamilyRow => {
  const blocks = sum(members, ({ won }) => won.length);
  const puzzles = sum(members, (tally) => tally.puzzles);
  return {
    family,
    accounts: members.length,
    attempts: sum(members, ({ attempts }) => attempts),
    blocks,
    goodShare: share(
      sum(members, ({ won }) => won.filter((id) => good.has(id)).length),
      goodWon,
    ),
    fairShare: share(members.length, accounts),
    draws: sum(members, ({ draws }) => draws),
    asked: sum(members, ({ asked }) => asked),
    challenged: sum(members, ({ challenged }) => challenged),
    stopped: stoppedShare(members),
    puzzles,
    ...(blocks > 0 && { dollarsPerBlock: (puzzles * dollarsPerThousandPuzzles) / 1_000 / blocks }),
  };
};

/** What a bot is hired for: the best-paid quarter. */
export const bestQuarter = (blocks: readonly PublishedBlock[]): PublishedBlock[] =>
  [...blocks].sort((one, other) => other.amount - one.amount).slice(0, Math.ceil(blocks.length / 4));

const peopleOfFairShare = (tallies: readonly Tally[], good: readonly PublishedBlock[]) => {
  const ids = new Set(good.map(({ blockId }) => blockId));
  const won = (members: readonly Tally[]) =>
    sum(members, (tally) => tally.won.filter((id) => ids.has(id)).length);
  const people = tallies.filter(isPerson);
  const fair = share(people.length, tallies.length);
  const [theirs, all] = [won(people), won(tallies)];
  return {
    ratio: share(share(theirs, all), fair),
    interval: [share(lowerBound(theirs, all), fair), share(upperBound(theirs, all), fair)] as const,
  };
};

const isPerson = ({ family }: { family: string }) => family === 'person';

/** One game as figures. Pure. */
export const gameRow = ({ mode, defence, blocks, tallies }: GameResult): GameRow => {
  const good = bestQuarter(blocks);
  const goodIds = new Set(good.map(({ blockId }) => blockId));
  const winners = tallies.flatMap(({ won }) => won);
  const goodWon = new Set(winners.filter((id) => goodIds.has(id))).size;
  const facts = { accounts: tallies.length, goodWon, good: goodIds };
  const families = [...Map.groupBy(tallies, ({ family }) => family)].map(([family, members]) =>
    familyRow(family, members, facts),
  );
  const people = tallies.filter(isPerson);
  const claims = sum(people, ({ attempts }) => attempts);
  const challenged = sum(people, (tally) => tally.challenged);
  const ofFair = peopleOfFairShare(tallies, good);
  const answers = tallies.flatMap(({ answerMs }) => answerMs);
  return {
    mode,
    defence,
    against: families.filter((row) => !isPerson(row)).map(({ family }) => family),
    blocks: blocks.length,
    good: good.length,
    goodUnclaimed: good.length - goodWon,
    humansOfFairShare: ofFair.ratio,
    humansInterval: ofFair.interval,
    humansOfFairShareLate: peopleOfFairShare(
      tallies,
      good.filter(({ isLate }) => isLate),
    ).ratio,
    genuine: {
      claims,
      challenged,
      rate: share(challenged, claims),
      upperBound: upperBound(challenged, claims),
      met: people.flatMap(({ met }) => met),
    },
    answerMs: [quantile(answers, 0.5) ?? 0, quantile(answers, 0.95) ?? 0],
    doubleWins: winners.length - new Set(winners).size,
    families,
  };
};
