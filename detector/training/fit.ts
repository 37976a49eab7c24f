import { catalogue } from '#core/detection/features/catalogue.ts';
import { families } from '#core/detection/features/feature.ts';
import type { ModelFile, TreesFile } from '#core/detection/model/model-file.ts';
import type { AccountLook } from '../accounts/looks.ts';
import { trainNovelty } from '../gbdt/novelty.ts';
import { type TreesSettings, trainTrees } from '../gbdt/train.ts';
import type { Progress } from '../progress.ts';
import { familySettings, noveltySample, noveltyTrees } from './settings.ts';
import { copyWeight, earlyWeight } from './wanted.ts';

/** Looks of one account or of its copy, and what it is. */
export interface Taught {
  readonly looks: readonly AccountLook[];
  readonly isBot: boolean;
  readonly isCopy: boolean;
}

export interface Fitted extends Pick<ModelFile, 'features' | 'trees' | 'families' | 'novelty'> {
  readonly rows: number;
}

interface Row {
  readonly values: Float64Array;
  readonly isBot: boolean;
  readonly isCopy: boolean;
  readonly weight: number;
}

/** Each account weighs 1, however often it was looked at. */
const rowsOf = (taught: readonly Taught[]): readonly Row[] =>
  taught.flatMap(({ looks, isBot, isCopy }) =>
    looks.map(({ row, isEligible }) => ({
      values: row,
      isBot,
      isCopy,
      weight: ((isCopy ? copyWeight : 1) * (isEligible ? 1 : earlyWeight)) / looks.length,
    })),
  );

export const countRows = (taught: readonly Taught[]): number =>
  taught.reduce((sum, { looks }) => sum + looks.length, 0);

/** Features that a model is to do without, by name or by the beginning of names. */
export const isLeftOut = (name: string, without: readonly string[]): boolean =>
  without.some((part) => name === part || name.startsWith(`${part}.`));

/** Columns that ever hold anything: a feature of an absent group is no part of the model. */
const presentColumns = (rows: readonly Row[], without: readonly string[]): readonly number[] =>
  catalogue
    .map((_, at) => at)
    .filter((at) => !isLeftOut((catalogue[at] as { name: string }).name, without))
    .filter((at) => rows.some(({ values }) => !Number.isNaN(values[at] as number)));

/** What cannot be learnt from, in words. */
export const whyNotFit = (taught: readonly Taught[]): string | undefined => {
  const withLooks = taught.filter(({ looks, isCopy }) => looks.length > 0 && !isCopy);
  const bots = withLooks.filter(({ isBot }) => isBot).length;
  const people = withLooks.length - bots;
  if (bots > 0 && people > 0) return undefined;
  return `nothing to tell apart: ${people} people and ${bots} bots to learn from with at least 30 events each`;
};

const lessonsIn = (rows: readonly Row[], present: readonly number[]) => ({
  columns: present.map((at) => Float64Array.from(rows, ({ values }) => values[at] as number)),
  labels: Uint8Array.from(rows, ({ isBot }) => Number(isBot)),
  weights: Float64Array.from(rows, ({ weight }) => weight),
  monotone: present.map((at) => catalogue[at]?.monotone ?? 0),
});

/** Trees that see the columns of one family alone, with features numbered as in the whole model. */
const familyTrees = (
  lessons: ReturnType<typeof lessonsIn>,
  present: readonly number[],
  settings: TreesSettings,
): Record<string, TreesFile> =>
  Object.fromEntries(
    families.flatMap((family) => {
      const own = present.flatMap((at, column) => (catalogue[at]?.family === family ? [column] : []));
      if (own.length === 0) return [];
      const pick = <T>(list: readonly T[]) => own.map((column) => list[column] as T);
      const { columns, monotone } = lessons;
      const trees = trainTrees({ ...lessons, columns: pick(columns), monotone: pick(monotone), settings });
      const feature = trees.feature.map((column) => (column < 0 ? column : (own[column] as number)));
      return [[family, { ...trees, feature }]];
    }),
  );

/** Trees and isolation forest over these rows. The same rows in the same order give the same model. */
export const learn = (
  taught: readonly Taught[],
  settings: TreesSettings,
  startProgress: (what: string, total: number) => Progress,
  without: readonly string[] = [],
): Fitted => {
  const rows = rowsOf(taught);
  const present = presentColumns(rows, without);
  const lessons = lessonsIn(rows, present);
  const progress = startProgress('training, trees', settings.trees);
  const trees = trainTrees({ ...lessons, settings, progress: (done) => progress.at(done) });
  progress.end();
  const people = rows.flatMap(({ isBot, isCopy }, at) => (isBot || isCopy ? [] : [at]));
  return {
    features: present.map((at) => (catalogue[at] as { name: string }).name),
    trees,
    families: familyTrees(lessons, present, familySettings(settings)),
    novelty: trainNovelty({
      columns: lessons.columns,
      rows: people,
      trees: noveltyTrees,
      sampleSize: noveltySample,
      seed: settings.seed,
    }),
    rows: rows.length,
  };
};
