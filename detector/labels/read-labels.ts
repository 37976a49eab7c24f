import { readCsv } from '../files/csv.ts';
import { isRefusal, type Refusal, refuse } from '../files/refusal.ts';

export const splits = ['train', 'calibration', 'test'] as const;
export type Split = (typeof splits)[number];

/** What is known of an account besides its events. */
export interface Label {
  readonly isBot: boolean;
  /** Undefined when the file leaves it open. */
  readonly split: Split | undefined;
  /** Which kind of bot; empty when not told. */
  readonly family: string;
  readonly cohorts: readonly string[];
}

export type Labels = ReadonlyMap<string, Label>;

const labelWords: ReadonlyMap<string, boolean> = new Map([
  ['human', false],
  ['0', false],
  ['bot', true],
  ['1', true],
]);

const listOf = (cell: string) =>
  cell
    .split(/[;|]/)
    .map((word) => word.trim())
    .filter(Boolean);

/**
 * Reads `accountId,label,split`, and `family` and `cohort` where there are such columns. Every labelled account has to
 * have events: a label that finds none is most often one from another file.
 */
export const readLabels = async (file: string, accounts: ReadonlySet<string>): Promise<Labels | Refusal> => {
  const rows = await readCsv(file, ['accountId', 'label']);
  if (isRefusal(rows)) return rows;
  const labels = new Map<string, Label>();
  for (const { row, cell } of rows) {
    const name = cell('accountId');
    const isBot = labelWords.get(cell('label').toLowerCase());
    const split = cell('split').toLowerCase();
    if (name === '') return refuse(file, row, 'no accountId');
    if (isBot === undefined)
      return refuse(file, row, `label "${cell('label')}" is neither human nor bot (0 nor 1)`);
    if (split !== '' && !splits.includes(split as Split))
      return refuse(file, row, `split "${cell('split')}" is none of ${splits.join(', ')}`);
    if (!accounts.has(name)) return refuse(file, row, `a label without events: account "${name}"`);
    const known = labels.get(name);
    if (known && known.isBot !== isBot) return refuse(file, row, `account "${name}" has another label above`);
    if (known && (known.split ?? '') !== split)
      return refuse(file, row, `account "${name}" has another split above`);
    const cohorts = [...listOf(cell('cohort')), ...listOf(cell('cohorts'))];
    labels.set(name, {
      isBot,
      split: split === '' ? undefined : (split as Split),
      family: cell('family'),
      cohorts: [...(known?.cohorts ?? []), ...cohorts],
    });
  }
  return labels.size === 0 ? refuse(file, 0, 'no labels') : labels;
};

/** Families and cohorts out of files of their own: `accountId,family,cohorts`. Accounts without a label are passed by. */
export const withKinds = async (labels: Labels, files: readonly string[]): Promise<Labels | Refusal> => {
  const all = new Map(labels);
  for (const file of files) {
    const rows = await readCsv(file, ['accountId']);
    if (isRefusal(rows)) return rows;
    for (const { cell } of rows) {
      const known = all.get(cell('accountId'));
      if (!known) continue;
      const cohorts = [...known.cohorts, ...listOf(cell('cohort')), ...listOf(cell('cohorts'))];
      all.set(cell('accountId'), {
        ...known,
        family: cell('family') || known.family,
        cohorts: [...new Set(cohorts)],
      });
    }
  }
  return all;
};
