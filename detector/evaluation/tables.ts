import { type Share, shareWords } from '../statistics/share.ts';
import type { Evaluation, Named } from './evaluation.ts';
import type { Figures } from './figures.ts';

export const tableOf = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const rateWords = (share: Share | null | undefined) => (share ? shareWords(share) : 'too few people to say');
const days = (value: number | null) => (value === null ? 'none' : `${value.toFixed(1)} d`);

const recallHead = ['accounts', 'never judged', 'p <= .001', 'p <= .01', 'warned', 'delay median', 'p90'];
const recallCells = ({ accounts, abstained, atRates, warned, delayMedian, delayP90 }: Figures) => [
  accounts,
  abstained,
  rateWords(atRates[0]),
  rateWords(atRates[1]),
  shareWords(warned),
  days(delayMedian),
  days(delayP90),
];

export const familyTable = (families: readonly Named[]): string =>
  tableOf(
    ['family', ...recallHead],
    families.map(({ name, figures }) => [name, ...recallCells(figures)]),
  );

const isAbove = (share: Share | null | undefined, nominal: number) => (share ? share.lower > nominal : false);

const judgementOf = ({ atRates }: Figures): string =>
  isAbove(atRates[0], 0.001) || isAbove(atRates[1], 0.01) ? 'ABOVE nominal' : 'within its bounds';

export const cohortTable = (cohorts: readonly Named[]): string =>
  tableOf(
    ['people', 'accounts', 'never judged', 'p <= .001', 'p <= .01', 'warned', 'against nominal'],
    cohorts.map(({ name, figures }) => [name, ...recallCells(figures).slice(0, 5), judgementOf(figures)]),
  );

const ablationTable = (rows: Evaluation['ablation']): string =>
  tableOf(
    [
      'without',
      'bots p <= .001',
      'bots p <= .01',
      'bots warned',
      'people p <= .001',
      'people p <= .01',
      'people warned',
    ],
    rows.map(({ name, bots, people }) => [
      name,
      ...recallCells(bots).slice(2, 5),
      ...recallCells(people).slice(2, 5),
    ]),
  );

const medianOf = (rows: readonly Named[]): string => {
  const shares = rows.flatMap(({ figures }) => figures.atRates[0]?.share ?? []).sort((a, b) => a - b);
  const middle = shares[(shares.length - 1) >> 1];
  return middle === undefined ? 'not told' : `${(100 * middle).toFixed(1)} %`;
};

/** All tables, the worst family first. */
export const evaluationText = (found: Evaluation): string => `# Evaluation

${found.calibrationMonths} account-months of people for calibration; alpha ${found.alpha}. Recall is of account-months in which the
account could be judged; bounds are two-sided 95 % (Clopper and Pearson). p-values are against people whom the trees never
saw, so that "p <= .001" is a false-positive rate of 0.1 % per account-month by construction, and what people really had
of it stands below.

## Families, the worst first

${familyTable(found.families)}

## Families that training had none of

Median recall at 0.1 %: ${medianOf(found.leftOut)}.

${found.leftOut.length > 0 ? familyTable(found.leftOut) : 'There is one family only.'}

## People

${cohortTable(found.people)}

p-values of these people against the uniform distribution: distance ${found.uniformity.distance.toFixed(4)} (p ${found.uniformity.pValue.toPrecision(2)}).

## Without a group of fields

The model as it is, on logs that lack the group.

${ablationTable(found.ablation)}

## Null test

Labels drawn at random: area under the curve ${found.nullAreas.map((area) => area.toFixed(3)).join(', ')} (.45 to .55 is none found).
With the real labels it is ${found.area.toFixed(4)}; that is no headline.
`;
