import { join } from 'node:path';
import { evaluateStudy } from '../evaluation/evaluation.ts';
import { evaluationText } from '../evaluation/tables.ts';
import { isRefusal, refuse } from '../files/refusal.ts';
import { writeWhole } from '../files/write-whole.ts';
import { openStudy } from '../training/study.ts';
import { type Outcome, readLabelled, type Surroundings } from './context.ts';
import type { TrainCommand } from './train.ts';

/** Trains several times and writes `evaluation.md` and `evaluation.json`. */
export const evaluate = async (options: TrainCommand, around: Surroundings): Promise<Outcome> => {
  const labelled = await readLabelled(options, around);
  if (isRefusal(labelled)) return labelled;
  const study = openStudy({ ...labelled, ...around }, true);
  const found = await evaluateStudy(study, options, around.say);
  if ('wrong' in found) return refuse(options.labels, 0, found.wrong);
  const text = evaluationText(found);
  const files = ['evaluation.json', 'evaluation.md'].map((name) => join(options.out, name));
  await writeWhole(files, async ([json, markdown]) => {
    await json?.write(`${JSON.stringify(found, undefined, 2)}\n`);
    await markdown?.write(text);
  });
  around.print(text);
  return undefined;
};
