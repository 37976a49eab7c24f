import type { Months } from './months/run.ts';
import type { MonthsRow } from './months/summary.ts';
import { dollarsPerThousandPuzzles, type FamilyRow, type GameRow } from './table.ts';
import { percent, textTable } from './table-text.ts';

const beside = (games: readonly GameRow[], of: (game: GameRow) => string | undefined): string =>
  games.map((game) => of(game) ?? '-').join(' | ');

const familiesOf = (games: readonly GameRow[]) => [
  ...new Set(games.flatMap(({ families }) => families.map(({ family }) => family))),
];

const columns: readonly (readonly [string, (row: FamilyRow) => string])[] = [
  ['claims', ({ attempts }) => String(attempts)],
  ['blocks', ({ blocks }) => String(blocks)],
  ['good blocks', ({ goodShare }) => percent(goodShare)],
  ['challenged', ({ challenged }) => String(challenged)],
  ['stopped', ({ stopped }) => percent(stopped)],
  [
    '$ per block',
    ({ dollarsPerBlock, family }) =>
      dollarsPerBlock === undefined || family === 'person' ? '-' : dollarsPerBlock.toFixed(4),
  ],
];

/** Where blocks are drawn, a claim is an entry. */
const drawColumns: typeof columns = [
  ['draws', ({ draws }) => String(draws)],
  ['asked', ({ asked }) => String(asked)],
];
const columnsOf = (games: readonly GameRow[]): typeof columns =>
  games.some(({ mode }) => mode === 'draw') ? [...drawColumns, ...columns] : columns;

/** Games that differ by their defence only, side by side. */
const mixedTable = (games: readonly GameRow[]): string => {
  const rowOf = (game: GameRow, family: string) => game.families.find((row) => row.family === family);
  const shown = columnsOf(games);
  const head = ['', 'accounts', 'fair share', ...shown.map(([name]) => name)];
  const rows = familiesOf(games).map((family) => {
    const some = games.map((game) => rowOf(game, family)).find((row) => row !== undefined);
    return [
      family,
      String(some?.accounts ?? 0),
      percent(some?.fairShare ?? 0),
      ...shown.map(([, of]) =>
        beside(games, (game) => {
          const row = rowOf(game, family);
          return row && of(row);
        }),
      ),
    ];
  });
  return textTable([head, ...rows]);
};

const genuineWords = ({ genuine: { claims, challenged, upperBound } }: GameRow) =>
  `${challenged} of ${claims} (95 %: at most ${percent(upperBound, 1)})`;

const facts = (games: readonly GameRow[]): string =>
  textTable([
    ['', ...games.map(({ defence }) => `defence ${defence}`)],
    ["people's share of good blocks, fair is 100 %", ...games.map((game) => percent(game.humansOfFairShare))],
    [
      'between, with the chance of so few blocks (90 %)',
      ...games.map(({ humansInterval }) => humansInterval.map((end) => percent(end)).join(' and ')),
    ],
    ['the same, second half of the game', ...games.map((game) => percent(game.humansOfFairShareLate))],
    ['claims by people that were challenged', ...games.map(genuineWords)],
    [
      'blocks; good ones; good ones that nobody took',
      ...games.map((g) => `${g.blocks}; ${g.good}; ${g.goodUnclaimed}`),
    ],
    [
      'answer to a claim, median and p95',
      ...games.map(({ answerMs: [median, p95] }) => `${median} and ${p95} ms`),
    ],
    ['blocks that two accounts have', ...games.map(({ doubleWins }) => String(doubleWins))],
  ]);

/** Every person who was challenged is one too many. */
const metWords = (games: readonly GameRow[]): string =>
  games
    .flatMap(({ defence, genuine: { met } }) =>
      met.map(
        ({ rung, claimsInMinute, misses }) =>
          `defence ${defence}: a person met "${rung}" after ${claimsInMinute} claims within a minute, ${misses} of taken blocks in all\n`,
      ),
    )
    .join('');

/** A row for each game, for runs in which every family plays alone. */
const eachTable = (games: readonly GameRow[]): string => {
  const against = [...new Set(games.map((game) => game.against.join(', ')))];
  const shown = columnsOf(games);
  const head = [
    'bots',
    "people's good blocks of fair",
    'second half',
    ...shown.map(([name]) => `bots' ${name}`),
    'people challenged',
  ];
  const rows = against.map((name) => {
    const these = games.filter((game) => game.against.join(', ') === name);
    return [
      name || 'none',
      beside(these, (game) => percent(game.humansOfFairShare)),
      beside(these, (game) => percent(game.humansOfFairShareLate)),
      ...shown.map(([, of]) =>
        beside(these, (game) => {
          const row = game.families.find(({ family }) => family !== 'person');
          return row && of(row);
        }),
      ),
      beside(these, ({ genuine: { challenged, claims } }) => `${challenged} of ${claims}`),
    ];
  });
  return textTable([head, ...rows]);
};

const notes = `Good blocks are the best-paid quarter; fair is the share of accounts. Stopped: claims refused with 401, 403 or 429, or challenged and
never passed (a family that is refused the list: its looks). $ per block: puzzles solved for it at $${dollarsPerThousandPuzzles} a thousand,
two for a challenge; phones and accounts are below, with the account-months. Draws: those that its accounts took part in; asked: those
in which one won and had to show that a person claims.
Answers that take half a second and more mean that the machine does other work: bots lose most by it, and the figures flatter.
300 clean claims show a rate below 1 %, 3,000 one below 0.1 %.`;

/** The live part, for people. */
export const describeGames = (games: readonly GameRow[], isEach: boolean): string => {
  const parts = [...Map.groupBy(games, ({ mode }) => mode)].map(([mode, these]) => {
    const sides = [...new Set(these.map(({ defence }) => defence))].join(' | ');
    const table = isEach ? eachTable(these) : `${mixedTable(these)}\n\n${facts(these)}`;
    return `Mode ${mode}; defence ${sides}\n\n${table}\n${metWords(these)}`;
  });
  return `${parts.join('\n')}\n${notes}`;
};

const days = (value: number | undefined) => (value === undefined ? '-' : value.toFixed(1));
const money = (value: number | undefined) => (value === undefined ? '-' : value.toFixed(2));

const monthsColumns: readonly (readonly [string, (row: MonthsRow) => string])[] = [
  ['accounts', ({ accounts }) => String(accounts)],
  ['warned', ({ recall, recallAtLeast }) => `${percent(recall)} (at least ${percent(recallAtLeast)})`],
  ['days until then', ({ delayMedian, delayP90 }) => `${days(delayMedian)}, p90 ${days(delayP90)}`],
  [
    'blocks off | on',
    ({ blocks, blocksUntilWarning }) => `${blocks.toFixed(1)} | ${blocksUntilWarning.toFixed(1)}`,
  ],
  [
    '$ per block off | on',
    ({ dollarsPerBlock, dollarsPerBlockWarned }) =>
      `${money(dollarsPerBlock)} | ${money(dollarsPerBlockWarned)}`,
  ],
];

/** The account-months, for people. */
export const describeMonths = ({ days: length, prices, falseWarnings, families }: Months): string => {
  const { accountMonths, warned, abstained, rate, upperBound, whom } = falseWarnings;
  const rows = families.map((row) => [row.family, ...monthsColumns.map(([, of]) => of(row))]);
  return [
    `Account-months in event time: ${length} days, accounts that the detector was not fitted to`,
    textTable([['', ...monthsColumns.map(([name]) => name)], ...rows]),
    `People warned: ${warned} in ${accountMonths} account-months, ${percent(rate, 2)} (95 %: at most ${percent(upperBound, 2)}); of ${abstained} there was too little to say.`,
    ...whom
      .slice(0, 20)
      .map(
        ({ accountId, cohorts, reasons }) =>
          `  ${accountId} (${cohorts.join(', ') || 'no cohort'}): ${reasons.join('; ')}`,
      ),
    `Blocks are an account's mean, whoever claimed them: in the whole time, and until its first warning. $ per block: $${prices.phone} for a phone
and $${prices.account} for an account, which serve a year unless they are found and are lost then, and puzzles as above.`,
  ].join('\n\n');
};
