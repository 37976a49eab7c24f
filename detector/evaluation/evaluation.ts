import { allGroups, namesOf, optionalGroups } from '#core/detection/activity/groups.ts';
import { columnsOf, compileModel, type Model } from '#core/detection/model/judge.ts';
import type { ModelFile } from '#core/detection/model/model-file.ts';
import { factsOf } from '../accounts/population.ts';
import { uncalibrated } from '../calibration/calibrate.ts';
import { againstUniform, areaUnderCurve } from '../statistics/order.ts';
import { chanceOf } from '../traces/chance.ts';
import { learn, type Taught } from '../training/fit.ts';
import { settingsFor } from '../training/settings.ts';
import {
  type AccountLooks,
  type CalibrationLooks,
  calibrationLooksOf,
  lessonsOf,
  looksOf,
  type Study,
} from '../training/study.ts';
import { type TrainOptions, trainModel } from '../training/train-model.ts';
import { type Figures, figuresOf, judgeAll, smoothPValues } from './figures.ts';
import { familyOf, isBot, kindsOf, worstRecallFirst } from './kinds.ts';

export interface Named {
  readonly name: string;
  readonly figures: Figures;
}

export interface Evaluation {
  readonly about: ModelFile['about'];
  readonly alpha: number;
  readonly calibrationMonths: number;
  /** All of them, and by cohort. */
  readonly people: readonly Named[];
  readonly families: readonly Named[];
  /** Of bots of a family that training had none of. */
  readonly leftOut: readonly Named[];
  readonly ablation: readonly { readonly name: string; readonly people: Figures; readonly bots: Figures }[];
  /** Areas under the curve with labels drawn at random, in training and in test alike. */
  readonly nullAreas: readonly number[];
  readonly area: number;
  /** Kolmogorov and Smirnov of the test people's p-values against the uniform distribution. */
  readonly uniformity: { readonly distance: number; readonly pValue: number };
}

/** What has been computed once for all the models. */
interface Material {
  readonly study: Study;
  readonly taught: readonly (Taught & { account: number })[];
  readonly calibration: CalibrationLooks;
  readonly test: readonly AccountLooks[];
  readonly firstAtOf: (account: number) => number;
}

/** Accounts of each kind that a group's absence is tried on. */
const mostAblated = 500;
const nullRuns = 3;

/** Times of the tested accounts' first events. */
const firstTimes = ({ accounts, parts }: Study) => {
  const times = new Map(parts.test.map((account) => [account, accounts.eventsOf(account)[0]?.at ?? 0]));
  return (account: number) => times.get(account) ?? 0;
};

const gather = async (study: Study): Promise<Material> => ({
  study,
  taught: await lessonsOf(study),
  calibration: await calibrationLooksOf(study),
  test: await looksOf(study, study.parts.test),
  firstAtOf: firstTimes(study),
});

const leaveOut = (material: Material, family: string, options: TrainOptions): Named | undefined => {
  const { study, taught, calibration, test, firstAtOf } = material;
  const others = taught.filter(({ account, isBot: bot }) => !bot || familyOf(study, account) !== family);
  const trained = trainModel(study, { taught: others, ...calibration }, options);
  if ('wrong' in trained) return undefined;
  const model = compileModel(trained.model);
  const own = test.filter(({ account }) => isBot(study, account) && familyOf(study, account) === family);
  return { name: family, figures: figuresOf(model, judgeAll(model, own, firstAtOf)) };
};

const every = <T>(list: readonly T[], most: number): readonly T[] => {
  const step = Math.max(1, list.length / most);
  return Array.from({ length: Math.min(list.length, most) }, (_, at) => list[Math.floor(at * step)] as T);
};

/** The model as it is, on logs that lack a group. */
const ablate = async ({ study, firstAtOf }: Material, model: Model) => {
  const { test } = study.parts;
  const bots = every(
    test.filter((account) => isBot(study, account)),
    mostAblated,
  );
  const people = every(
    test.filter((account) => !isBot(study, account)),
    mostAblated,
  );
  const present = factsOf(study.accounts, test).groups;
  const sets = [0, ...optionalGroups.map((_, at) => 1 << at).filter((bit) => bit & present), allGroups];
  const rows: Evaluation['ablation'][number][] = [];
  for (const without of sets) {
    const judge = async (some: readonly number[]) =>
      figuresOf(model, judgeAll(model, await looksOf(study, some, without), firstAtOf));
    const name = without === 0 ? 'nothing' : without === allGroups ? 'all of them' : namesOf(without).join();
    rows.push({ name, people: await judge(people), bots: await judge(bots) });
  }
  return rows;
};

const lastScores = (model: Model, all: readonly AccountLooks[]) =>
  all.map(({ looks }) => {
    const last = looks.at(-1);
    return last ? model.trees.score(columnsOf(model, last.row)) : 0;
  });

/** Labels are shuffled among the accounts, in training and in test: a model that finds anything has seen too much. */
const nullArea = ({ study, taught, test }: Material, run: number, { seed }: TrainOptions): number => {
  const chance = chanceOf(`null ${run} ${seed}`);
  const accounts = [...new Set(taught.map(({ account }) => account))];
  const drawn = chance.shuffle(accounts.map((account) => isBot(study, account)));
  const labelOfAccount = new Map(accounts.map((account, at) => [account, drawn[at] as boolean]));
  const shuffled = taught.map((one) => ({ ...one, isBot: labelOfAccount.get(one.account) as boolean }));
  const fitted = learn(shuffled, { ...settingsFor(0, seed), minLeafWeight: 3 }, study.startProgress);
  const labels = chance.shuffle(test.map(({ account }) => isBot(study, account)));
  return areaUnderCurve(lastScores(uncalibrated(fitted), test), labels);
};

/** Trains and tries models on one division of the accounts. `say` is told what is under way. */
export const evaluateStudy = async (
  study: Study,
  options: TrainOptions,
  say: (what: string) => void,
): Promise<Evaluation | { wrong: string }> => {
  const material = await gather(study);
  const trained = trainModel(study, { taught: material.taught, ...material.calibration }, options);
  if ('wrong' in trained) return trained;
  const model = compileModel(trained.model);
  const judged = judgeAll(model, material.test, material.firstAtOf);
  const { families, people } = kindsOf(study, model, judged);
  const leftOut =
    families.length < 2
      ? []
      : families.flatMap(({ name }) => {
          say(`without ${name}`);
          return leaveOut(material, name, options) ?? [];
        });
  say('without groups');
  const ablation = await ablate(material, model);
  say('with labels at random');
  return {
    about: trained.model.about,
    alpha: options.alpha,
    calibrationMonths: trained.model.calibration.cohorts.all?.length ?? 0,
    people,
    families,
    leftOut: leftOut.sort(worstRecallFirst),
    ablation,
    nullAreas: Array.from({ length: nullRuns }, (_, run) => nullArea(material, run, options)),
    area: areaUnderCurve(
      lastScores(model, material.test),
      material.test.map(({ account }) => isBot(study, account)),
    ),
    uniformity: againstUniform(
      smoothPValues(
        model,
        judged.filter(({ account }) => !isBot(study, account)),
        chanceOf(`uniformity ${options.seed}`).next,
      ),
    ),
  };
};
