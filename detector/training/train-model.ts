import { namesOf, optionalGroups } from '#core/detection/activity/groups.ts';
import { columnsOf, type Model } from '#core/detection/model/judge.ts';
import type { ModelFile } from '#core/detection/model/model-file.ts';
import { calibrate, uncalibrated } from '../calibration/calibrate.ts';
import { spreadOf } from '../statistics/spread.ts';
import { countRows, learn, type Taught, whyNotFit } from './fit.ts';
import { settingsFor } from './settings.ts';
import type { AccountLooks, CalibrationLooks, Study } from './study.ts';

export interface Lessons extends CalibrationLooks {
  readonly taught: readonly Taught[];
}

export interface TrainOptions {
  readonly alpha: number;
  readonly seed: number;
  /** Features to do without: what serving cannot tell, or what this service's own answers make. */
  readonly without?: readonly string[];
}

const spreadsOf = (model: Model, people: readonly AccountLooks[]) => {
  const rows = people.flatMap(({ looks }) => {
    const last = looks.findLast(({ isEligible }) => isEligible);
    return last ? [columnsOf(model, last.row)] : [];
  });
  return model.file.features.map((_, at) => spreadOf(rows.map((row) => row[at] as number)));
};

/** Share of people whose logs have a group before it is missed in anybody's. */
const usualShare = 0.95;

const usualGroupsOf = (people: readonly AccountLooks[]): readonly string[] => {
  const told = people.flatMap(({ looks }) => {
    const last = looks.findLast(({ isEligible }) => isEligible);
    return last ? [last.evidence.groups] : [];
  });
  return optionalGroups
    .map(({ name }) => name)
    .filter(
      (name) =>
        told.length > 0 && told.filter((groups) => groups.includes(name)).length >= usualShare * told.length,
    );
};

const day = 86_400_000;

const aboutOf = (study: Study, { taught, people }: Lessons, { seed }: TrainOptions) => {
  const { facts } = study;
  const originals = taught.filter(({ isCopy }) => !isCopy);
  const bots = originals.filter(({ isBot }) => isBot).length;
  return {
    trainAccounts: originals.length,
    trainBots: bots,
    trainPeople: originals.length - bots,
    trainRows: countRows(taught),
    trainEvents: facts.events,
    calibrationPeople: people.length,
    testAccounts: study.parts.test.length,
    days: Math.ceil((facts.lastAt - facts.firstAt) / day),
    groups: namesOf(facts.groups).join(' '),
    usualGroups: usualGroupsOf(people).join(' '),
    seed,
  };
};

/** Trees, calibration and reference together. Throws nothing: what cannot be learnt from is said in words. */
export const trainModel = (
  study: Study,
  lessons: Lessons,
  options: TrainOptions,
): { model: ModelFile } | { wrong: string } => {
  const wrong = whyNotFit(lessons.taught);
  if (wrong) return { wrong };
  const settings = settingsFor(countRows(lessons.taught), options.seed);
  const { rows: _, ...parts } = learn(lessons.taught, settings, study.startProgress, options.without);
  const model = uncalibrated(parts);
  const { seed: __, ...sizes } = settings;
  return {
    model: {
      format: 1,
      ...parts,
      valueEdges: study.market.valueEdges,
      calibration: calibrate(
        model,
        lessons.people.map(({ looks }) => looks),
        options.alpha,
        lessons.copies.map(({ looks }) => looks),
      ),
      reference: spreadsOf(model, lessons.people),
      about: {
        ...aboutOf(study, lessons, options),
        ...sizes,
      },
    },
  };
};

/** People that a p-value of `alpha` needs: with n of them the smallest is 1 / (n + 1). */
export const peopleFor = (alpha: number): number => Math.ceil(1 / alpha - 1e-9) - 1;

/** What these people certify, in a sentence. */
export const certifies = ({ calibration }: Pick<ModelFile, 'calibration'>): string => {
  const people = calibration.cohorts.all?.length ?? 0;
  const smallest = `${people} account-months of people: the smallest p-value is 1/${people + 1}`;
  return peopleFor(calibration.alpha) > people
    ? `${smallest}, above alpha ${calibration.alpha}. NO WARNING CAN BE GIVEN: that needs ${peopleFor(calibration.alpha)} or more.`
    : `${smallest}; alpha ${calibration.alpha} can be reached.`;
};
