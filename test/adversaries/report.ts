import type { Row } from './campaign.ts';
import { interval } from './interval.ts';

/** What an automatic adversary may pass. */
export const bound = 0.05;
/** What people must pass. */
const peoplePass = 0.97;

/** What answers cost on the market, in dollars for a thousand. */
const dollarsPerThousand = 1.45;

export const isAutomatic = ({ kind }: Row) => kind === 'solver' || kind === 'replay';

/** By the rate itself: the interval says how sure it is, and with few rounds it is wide. */
export const isWithinBound = (row: Row): boolean => {
  const rate = row.passes / row.challenges;
  if (isAutomatic(row)) return rate <= bound;
  return row.kind !== 'person' || rate >= peoplePass;
};

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

const cells = (row: Row): string[] => {
  const { name, kind, mode, method, challenges, passes, medianMs } = row;
  const [low, high] = interval(passes, challenges);
  const cost = kind === 'bought' && passes > 0 ? `$${((2 * dollarsPerThousand) / 1_000).toFixed(4)}` : '';
  return [
    name,
    mode,
    method,
    `${passes} of ${challenges}`,
    percent(passes / challenges),
    `${percent(low)} to ${percent(high)}`,
    medianMs === undefined ? '' : `${(medianMs / 1_000).toFixed(0)} s`,
    cost,
  ];
};

export const tableOf = (rows: readonly Row[]): string =>
  rows
    .map((row) => {
      const [name = '', mode = '', , passes = '', rate = '', range = '', time = '', cost = ''] = cells(row);
      return `${row.kind.padEnd(7)} ${name.padEnd(40)} ${mode.padEnd(8)} ${passes.padStart(14)} ${rate.padStart(8)}  ${range.padEnd(20)} ${time.padStart(5)} ${cost}`;
    })
    .join('\n');

const titles: Readonly<Record<Row['kind'], string>> = {
  solver: 'Programs that look at the task',
  aware: 'Written against our source: a known limit, not held to the bound',
  replay: 'Sessions of people sent again',
  bought: 'Answers that somebody bought: what the grading of the way is worth alone',
  person: 'Simulated people',
};

export const markdownOf = (rows: readonly Row[]): string =>
  (Object.keys(titles) as Row['kind'][])
    .map((kind) => {
      const body = rows.filter((row) => row.kind === kind).map((row) => `| ${cells(row).join(' | ')} |`);
      return [
        `**${titles[kind]}**`,
        '',
        '| Who | Mode | How | Passed | Rate | 95 % interval | Median time | Cost of answers |',
        '|---|---|---|---:|---:|---|---:|---:|',
        ...body,
        '',
      ].join('\n');
    })
    .join('\n');
