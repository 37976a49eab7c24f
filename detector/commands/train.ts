import { canonicalText, modelHash } from '#core/detection/model/canonical.ts';
import { compileModel } from '#core/detection/model/judge.ts';
import { modelCard } from '../card/model-card.ts';
import { judgeAll } from '../evaluation/figures.ts';
import { kindsOf } from '../evaluation/kinds.ts';
import { isRefusal, refuse } from '../files/refusal.ts';
import { writeWhole } from '../files/write-whole.ts';
import { cardPath, modelPath } from '../model-folder.ts';
import { calibrationLooksOf, labelOf, lessonsOf, looksOf, openStudy, type Study } from '../training/study.ts';
import { certifies, trainModel } from '../training/train-model.ts';
import { type Outcome, readLabelled, type Surroundings } from './context.ts';

export interface TrainCommand {
  readonly events: readonly string[];
  readonly labels: string;
  /** Share of people's account-months that may be warned at the most. */
  readonly alpha: number;
  /** Folder that gets `model.json` and `model-card.md`. */
  readonly out: string;
  readonly seed: number;
  /** Features to do without. */
  readonly without?: readonly string[];
  /** CSV files `accountId,family,cohorts`, where the labels do not tell. */
  readonly kinds?: readonly string[];
}

const splitOf = (study: Study) =>
  (['train', 'calibration', 'test'] as const).map((part) => {
    const bots = study.parts[part].filter((account) => labelOf(study, account).isBot).length;
    return { part, people: study.parts[part].length - bots, bots };
  });

/** Trains, calibrates, tries the model on the test part where there is one, and writes it with its card. */
export const train = async (options: TrainCommand, around: Surroundings): Promise<Outcome> => {
  const labelled = await readLabelled(options, around);
  if (isRefusal(labelled)) return labelled;
  const study = openStudy({ ...labelled, ...around });
  const lessons = { taught: await lessonsOf(study), ...(await calibrationLooksOf(study)) };
  const trained = trainModel(study, lessons, options);
  if ('wrong' in trained) return refuse(options.labels, 0, trained.wrong);
  const hash = modelHash(trained.model);
  const model = compileModel(trained.model);
  const test = await looksOf(study, study.parts.test);
  const judged = judgeAll(model, test, (account) => study.accounts.eventsOf(account)[0]?.at ?? 0);
  const { facts } = study;
  const card = modelCard({
    hash,
    model: trained.model,
    facts,
    split: splitOf(study),
    ...kindsOf(study, model, judged),
  });
  await writeWhole([modelPath(options.out), cardPath(options.out)], async ([modelFile, cardFile]) => {
    await modelFile?.write(canonicalText(trained.model));
    await cardFile?.write(card);
  });
  around.say(certifies(trained.model));
  around.print(`model ${hash}`);
  return undefined;
};
