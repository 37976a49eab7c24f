import { readFileSync, writeFileSync } from 'node:fs';
import { catalogue, type Metric } from './metric.ts';

export interface Report {
  machine: string;
  commit: string;
  metrics: readonly Metric[];
}

const verdict = ({ ok }: Metric) => (ok === null ? '' : ok ? 'yes' : 'NO');
const target = ({ target }: Metric) => (target === null ? '' : `<= ${target}`);

/** For a terminal. */
export const asTable = ({ machine, commit, metrics }: Report): string => {
  const rows = [
    ['metric', 'value', 'unit', 'target', 'ok', 'samples', ''],
    ...metrics.map((metric) => [
      metric.name,
      String(metric.value),
      metric.unit,
      target(metric),
      verdict(metric),
      String(metric.samples),
      catalogue[metric.name].about,
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [`${machine}; commit ${commit}`, ...lines].join('\n');
};

/** For docs/performance.md. */
export const asMarkdown = ({ machine, commit, metrics }: Report): string =>
  [
    `Measured on ${machine}; commit ${commit}.`,
    '',
    '| Metric | Value | Unit | Target | Met | Samples | What it is |',
    '|---|---:|---|---:|---|---:|---|',
    ...metrics.map(
      (metric) =>
        `| \`${metric.name}\` | ${metric.value} | ${metric.unit} | ${target(metric)} | ${verdict(metric)} | ${metric.samples} | ${catalogue[metric.name].about} |`,
    ),
  ].join('\n');

const document = new URL('../../docs/performance.md', import.meta.url);
const [begin, end] = ['<!-- measured: begin -->', '<!-- measured: end -->'];

/** Puts the table between its markers. */
export const writeDocument = (report: Report): void => {
  const text = readFileSync(document, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md lacks the lines ${begin} and ${end}`);
  const before = text.slice(0, from + begin.length);
  writeFileSync(document, `${before}\n${asMarkdown(report)}\n${text.slice(to)}`);
};
