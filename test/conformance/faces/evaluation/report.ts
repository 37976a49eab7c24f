import type { AtFmr, ConditionRow, Figures, Rate } from './figures.ts';

/** Which photos were measured, by whom and with which settings. */
export interface Setting {
  /** Last part of the folder's name: paths are of this machine. */
  photos: string;
  engine: string;
  stage: string;
  seed: number;
}

const percent = (share: number) => (Number.isNaN(share) ? 'not measured' : `${(100 * share).toFixed(1)} %`);

const rateCells = ({ hits, of, rate, low, high }: Rate): string[] =>
  of === 0
    ? ['none to measure', '', '']
    : [`${hits} of ${of}`, percent(rate), `${percent(low)} to ${percent(high)}`];

const rateRows = (figures: Figures): string[][] => {
  const { one, best, notPassedAtOnce, derivedSame } = figures;
  return [
    ['FNMR, one reference', ...rateCells(one.fnmr)],
    ['FMR, one reference', ...rateCells(one.fmr)],
    ['FNMR, best of 2 or 3 references', ...rateCells(best.rates.fnmr)],
    ['FMR, best of 2 or 3 references', ...rateCells(best.rates.fmr)],
    ['not passed with the first photo, retakes counted', ...rateCells(notPassedAtOnce)],
    ['FNMR, one photo made from the other', ...rateCells(derivedSame)],
  ];
};

/** By the rule of three, strangers without a match that it takes to say so with 95 % confidence. */
const enoughFor = (wanted: number) => Math.ceil(3 / wanted);

const rocCells = ({ wanted, tar, threshold, isSupported }: AtFmr, strangers: number): string[] => [
  `${Number((100 * wanted).toPrecision(2))} %`,
  tar.of === 0 ? 'none to measure' : `${percent(tar.rate)} (${percent(tar.low)} to ${percent(tar.high)})`,
  `above ${threshold.toFixed(1)}`,
  strangers >= enoughFor(wanted)
    ? 'yes'
    : isSupported
      ? `barely: ${strangers} strangers, ${enoughFor(wanted)} would show it`
      : `no: none of ${strangers} passes there, ${enoughFor(wanted)} would show it`,
];

const conditionCells = ({
  condition,
  photos,
  match,
  inconclusive,
  retake,
  refused,
  reasons,
}: ConditionRow) => {
  const part = (count: number) => `${count} (${percent(count / photos)})`;
  return [
    condition,
    String(photos),
    part(match),
    part(inconclusive),
    part(retake),
    String(refused),
    reasons.join(', '),
  ];
};

const tablesOf = (figures: Figures) => ({
  rates: [['At the operating point', 'Errors', 'Rate', '95 % interval'], ...rateRows(figures)],
  roc: [
    ['Strangers that pass, at most', 'Genuine that pass', 'Similarity', 'Shown by this sample'],
    ...figures.roc.map((point) => rocCells(point, figures.scores.different.length)),
  ],
  conditions: [
    ['Condition', 'Photos', 'Match', 'Inconclusive', 'Retake', 'Refused', 'Why again'],
    ...figures.conditions.map(conditionCells),
  ],
});

const headOf = ({ photos, engine, stage, seed }: Setting, figures: Figures): string[] => {
  const { pairs, passAt, notFit, photos: count } = figures;
  return [
    `Photos: ${photos}; ${count} of people, of which the gate asks again for ${notFit}. Compared by ${engine}; gate and bands of stage \`${stage}\`, pass at ${passAt}; seed ${seed}.`,
    `Pairs: ${pairs.same} of one person, ${pairs.different} of two people, ${pairs.derived} of which one photo was made from the other (counted apart).`,
  ];
};

const equalErrorLine = ({ equalError }: Figures) =>
  `Equal error rate ${percent(equalError.rate)}, passing from anywhere above ${equalError.above.toFixed(1)} up to ${equalError.upTo.toFixed(1)} on.`;

const aligned = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** For a terminal. */
export const asTable = (setting: Setting, figures: Figures): string => {
  const { rates, roc, conditions } = tablesOf(figures);
  return [
    ...headOf(setting, figures),
    ...[rates, roc].map((rows) => `\n${aligned(rows)}`),
    equalErrorLine(figures),
    `\n${aligned(conditions)}`,
  ].join('\n');
};

const markdown = ([head = [], ...rows]: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** For docs/faces.md. */
export const asMarkdown = (setting: Setting, figures: Figures): string => {
  const { rates, roc, conditions } = tablesOf(figures);
  return [
    headOf(setting, figures).join('\n'),
    markdown(rates),
    markdown(roc),
    equalErrorLine(figures),
    '![Genuine pairs that pass against strangers that pass](pictures/faces-roc.svg)',
    markdown(conditions),
  ].join('\n\n');
};
