import { lacksAny } from '../activity/groups.ts';
import { catalogue } from '../features/catalogue.ts';
import type { Evidence } from '../features/evidence.ts';
import { type Family, families } from '../features/feature.ts';
import { cohortOf, pValueOf, shareAtMost } from './calibration.ts';
import { isEligible } from './looks.ts';
import type { ModelFile } from './model-file.ts';
import { compileNovelty, type Novelty } from './novelty.ts';
import { compileTrees, type Trees } from './trees.ts';

/** Account-months of people that one challenge more is given to at the most. */
export const watchAt = 0.01;
/** No single kind of evidence is enough for a warning. */
export const leastFamilies = 2;
/** Reasons are read by people: the strongest three of each family. */
const reasonsPerFamily = 3;

export type Verdict = 'clear' | 'watch' | 'warn-review' | 'abstain';

export interface Reason {
  /** A feature's name. */
  readonly code: string;
  readonly words: string;
  /** The feature's value; null where the log says nothing and that itself has weight. */
  readonly value: number | null;
}

export interface Judgement {
  /** Probability at this look, in the mixture that was trained on; for ranking, not for deciding. */
  readonly score: number;
  /** Largest score over the eligible looks of the month, this one with them; 0 before the first. */
  readonly pathScore: number;
  /** Share of people whose month scores as high at some time; 1 for who is not judged. */
  readonly pValue: number;
  /** Whom it was compared with. */
  readonly cohort: string;
  readonly verdict: Verdict;
  readonly families: readonly Family[];
  readonly reasons: readonly Reason[];
  /** Share of people who are less unusual than this: for a reviewer's eyes, in no verdict. */
  readonly novelty: number;
}

/** One look at an account. */
export interface Look {
  /** Of `featuresOf`, in the catalogue's order. */
  readonly row: Float64Array;
  readonly evidence: Evidence;
  /** The largest score of the month's eligible looks so far; 0 before the first. */
  readonly path: { readonly score: number };
}

export interface Model {
  readonly file: ModelFile;
  /** Groups of fields that people's logs had at the calibration. */
  readonly usualGroups: readonly string[];
  /** Index into the catalogue, for each column. */
  readonly columns: Int32Array;
  readonly trees: Trees;
  /** Trees that see one family's columns alone. */
  readonly families: readonly { readonly family: Family; readonly trees: Trees }[];
  readonly isolation: Novelty;
}

/** Throws when the file names a feature that this version does not compute: ask `unknownFeatures` first. */
export const compileModel = (file: ModelFile): Model => {
  const unknown = unknownFeatures(file);
  if (unknown.length > 0) throw new Error(`the model has features unknown here: ${unknown.join(', ')}`);
  return {
    file,
    usualGroups: String(file.about.usualGroups ?? '')
      .split(' ')
      .filter((name) => name !== ''),
    columns: Int32Array.from(file.features, (name) => catalogue.findIndex((one) => one.name === name)),
    trees: compileTrees(file.trees),
    families: families.flatMap((family) => {
      const own = file.families[family];
      return own ? [{ family, trees: compileTrees(own) }] : [];
    }),
    isolation: compileNovelty(file.novelty),
  };
};

export const unknownFeatures = ({ features }: Pick<ModelFile, 'features'>): readonly string[] =>
  features.filter((name) => !catalogue.some((one) => one.name === name));

/** Whom an account with this evidence is compared with. */
export const comparedWith = ({ usualGroups }: Pick<Model, 'usualGroups'>, evidence: Evidence) => ({
  cohort: cohortOf(evidence),
  lacks: lacksAny(usualGroups, evidence.groups),
});

/** The model's columns out of the catalogue's. */
export const columnsOf = ({ columns }: Pick<Model, 'columns'>, row: Float64Array): Float64Array =>
  Float64Array.from(columns, (at) => row[at] as number);

/** What the rules make of evidence, p-value and families; nothing else decides. */
export const verdictOf = (facts: {
  eligible: boolean;
  pValue: number;
  families: number;
  alpha: number;
}): Verdict => {
  if (!facts.eligible) return 'abstain';
  if (facts.pValue <= facts.alpha && facts.families >= leastFamilies) return 'warn-review';
  return facts.pValue <= Math.max(watchAt, facts.alpha) ? 'watch' : 'clear';
};

/**
 * A family holds when its own trees, which see nothing else, go beyond what one in a hundred people shows, and speak for
 * a bot. Contributions to the whole score would not do: where two families tell the same, one of them has all the credit.
 */
const holding = ({ families: own, file }: Model, values: Float64Array) =>
  own.filter(({ family, trees }) => {
    const raw = trees.rawScore(values);
    return raw > trees.baseValue && raw > (file.calibration.familyBounds[family] ?? Number.POSITIVE_INFINITY);
  });

const reasonsOf = ({ columns }: Model, trees: Trees, values: Float64Array): readonly Reason[] => {
  const contributions = new Float64Array(values.length);
  trees.contributions(values, contributions);
  return [...contributions.keys()]
    .filter((at) => (contributions[at] as number) > 0)
    .sort((a, b) => (contributions[b] as number) - (contributions[a] as number) || a - b)
    .slice(0, reasonsPerFamily)
    .map((at) => {
      const { name: code, words } = catalogue[columns[at] as number] as (typeof catalogue)[number];
      const value = values[at] as number;
      return { code, words, value: Number.isFinite(value) ? value : null };
    });
};

/** Judges an account at one look. The same model, row, evidence and path give the same judgement, bit for bit. */
export const judge = (model: Model, { row, evidence, path }: Look): Judgement => {
  const { calibration } = model.file;
  const values = columnsOf(model, row);
  const score = model.trees.score(values);
  const eligible = isEligible(evidence);
  const pathScore = eligible ? Math.max(path.score, score) : path.score;
  const held = eligible ? holding(model, values) : [];
  const compared = eligible
    ? pValueOf(calibration, comparedWith(model, evidence), pathScore)
    : { pValue: 1, cohort: 'none' };
  return {
    score,
    pathScore,
    ...compared,
    verdict: verdictOf({
      eligible,
      pValue: compared.pValue,
      families: held.length,
      alpha: calibration.alpha,
    }),
    families: held.map(({ family }) => family),
    reasons: held.flatMap(({ trees }) => reasonsOf(model, trees, values)),
    novelty: shareAtMost(calibration.novelty, model.isolation.novelty(values)),
  };
};
