import type { Coverage } from './coverage.ts';
import type { Hunt } from './hunt.ts';
import type { Weight } from './weigh.ts';

const row = (cells: readonly (string | number)[], widths: readonly number[]) =>
  cells
    .map((cell, index) => {
      const text = typeof cell === 'number' ? cell.toLocaleString('en-GB') : cell;
      return index === 0 ? text.padEnd(widths[index] ?? 0) : text.padStart(widths[index] ?? 0);
    })
    .join('  ');

const widths = [31, 10, 8, 8, 6, 8, 7, 6, 9, 8, 8];
const titles = [
  'parser',
  'inputs',
  'per s',
  'refused',
  'same',
  'allowed',
  'reasons',
  'kept',
  'slowest',
  'heavy',
  'findings',
];

const ranges = (lines: readonly number[]): string => {
  const found: string[] = [];
  for (let from = 0; from < lines.length; ) {
    let to = from;
    while (lines[to + 1] === (lines[to] as number) + 1) to += 1;
    found.push(from === to ? `${lines[from]}` : `${lines[from]}-${lines[to]}`);
    from = to + 1;
  }
  return found.join(', ');
};

const coverageText = (coverage: Coverage): string[] => {
  const files = coverage.missed();
  const lines = files.reduce((sum, { of }) => sum + of, 0);
  const missed = files.reduce((sum, file) => sum + file.lines.length, 0);
  return [
    `blocks reached: ${coverage.blocks()}; lines of the parsers reached: ${lines - missed} of ${lines}, not reached:`,
    ...files.filter((file) => file.lines.length > 0).map((file) => `  ${file.path}: ${ranges(file.lines)}`),
  ];
};

export const renderReport = (
  hunts: readonly Hunt[],
  weights: ReadonlyMap<string, Weight>,
  coverage: Coverage | undefined,
  { seed, seconds }: { seed: number; seconds: number },
): string => {
  const sum = (pick: (hunt: Hunt) => number) => hunts.reduce((total, hunt) => total + pick(hunt), 0);
  const total = sum(({ tally }) => tally.executions);
  return [
    row(titles, widths),
    ...hunts.map(({ target, tally, findings }) => {
      const weight = weights.get(target.name);
      return row(
        [
          target.name,
          tally.executions,
          Math.round((1_000 * tally.executions) / Math.max(1, tally.milliseconds)),
          tally.refused,
          tally.same,
          tally.allowed,
          tally.reasons.size,
          tally.kept,
          `${Math.max(tally.slowest, weight?.slowestMs ?? 0).toFixed(1)} ms`,
          weight ? `${weight.heaviestMb.toFixed(1)} MB` : '',
          findings.length,
        ],
        widths,
      );
    }),
    '',
    ...(coverage ? coverageText(coverage) : []),
    `fuzz: ${total.toLocaleString('en-GB')} inputs in ${seconds.toFixed(1)} s with seed ${seed}, ${sum(({ findings }) => findings.length)} findings`,
  ].join('\n');
};
