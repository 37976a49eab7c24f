import type { Campaign, Row } from './campaign.ts';

const cells = ({ file, against, expected, ending, ms, ok, note }: Row): string[] => [
  file,
  against,
  expected,
  ending.result === 'refused' ? `refused ${ending.status}` : ending.result,
  ending.reasons.join(', '),
  ms.toFixed(0),
  ok ? 'yes' : 'NO',
  note,
];

const aligned = (rows: readonly string[][]): string[] => {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

const kinds = {
  same: 'pairs of one person',
  different: 'pairs of two people',
  case: 'cases',
  bystander: 'cases held against somebody else',
} as const satisfies Record<Row['kind'], string>;

/** By kind: how many came to what was expected, and what each came to. */
export const totalsOf = (rows: readonly Row[]) =>
  (Object.keys(kinds) as Row['kind'][]).map((kind) => {
    const these = rows.filter((row) => row.kind === kind);
    const count = (result: Row['ending']['result']) =>
      these.filter(({ ending }) => ending.result === result).length;
    return {
      kind,
      tried: these.length,
      asExpected: these.filter(({ ok }) => ok).length,
      passed: count('passed'),
      retake: count('retake'),
      inconclusive: count('inconclusive'),
      refused: count('refused'),
    };
  });

export const isConforming = ({ rows, livenessClaims }: Campaign) =>
  rows.length > 0 && rows.every(({ ok }) => ok) && livenessClaims.length === 0;

/** For a terminal. */
export const asTable = (campaign: Campaign): string => {
  const { rows, notEnrolled, livenessClaims } = campaign;
  const head = ['file', 'against', 'expected', 'result', 'reasons', 'ms', 'ok', ''];
  const totals = totalsOf(rows).map(({ kind, tried, asExpected, ...ends }) => [
    kinds[kind],
    `${asExpected} of ${tried} as expected`,
    `${ends.passed} passed, ${ends.retake} retake, ${ends.inconclusive} inconclusive, ${ends.refused} refused`,
  ]);
  return [
    ...aligned([head, ...rows.map(cells)]),
    '',
    ...aligned(totals),
    ...notEnrolled.map((line) => `not taken as a reference: ${line}`),
    livenessClaims.length === 0
      ? 'no answer claims that anybody was there in the flesh'
      : `answers claim liveness: ${livenessClaims.join('; ')}`,
  ].join('\n');
};
