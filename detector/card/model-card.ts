import { namesOf, optionalGroups } from '#core/detection/activity/groups.ts';
import { catalogue } from '#core/detection/features/catalogue.ts';
import { families } from '#core/detection/features/feature.ts';
import { leastCohort, poorer } from '#core/detection/model/calibration.ts';
import { leastFamilies, watchAt } from '#core/detection/model/judge.ts';
import { leastActiveDays, leastEvents, lookDays } from '#core/detection/model/looks.ts';
import type { ModelFile } from '#core/detection/model/model-file.ts';
import type { Facts } from '../accounts/population.ts';
import type { Named } from '../evaluation/evaluation.ts';
import { cohortTable, familyTable, tableOf } from '../evaluation/tables.ts';
import { certifies } from '../training/train-model.ts';

export interface Card {
  readonly hash: string;
  readonly model: ModelFile;
  /** Of the accounts for training. */
  readonly facts: Facts;
  readonly split: readonly { readonly part: string; readonly people: number; readonly bots: number }[];
  /** Of accounts that were kept from training and calibration; empty when there are none. */
  readonly families: readonly Named[];
  readonly people: readonly Named[];
}

const day = (at: number) =>
  Number.isFinite(at) && at > 0 ? new Date(at).toISOString().slice(0, 10) : 'none';

const dataPart = ({ facts, split, model }: Card): string => {
  const present = namesOf(facts.groups);
  const absent = optionalGroups.filter(({ name }) => !present.includes(name)).map(({ name }) => name);
  return `${facts.events} events of ${facts.accounts} accounts for training, ${day(facts.firstAt)} to ${day(facts.lastAt)}; the account
was seen for ${model.about.days} days at most. Groups of fields that are there: ${present.join(', ') || 'none'}. Absent throughout: ${absent.join(', ') || 'none'}.

${tableOf(
  ['part', 'people', 'bots'],
  split.map(({ part, people, bots }) => [part, people, bots]),
)}`;
};

const settingsPart = ({ model }: Card): string => {
  const named = [
    'trees',
    'leaves',
    'learningRate',
    'minLeafWeight',
    'l2',
    'bins',
    'rowShare',
    'columnShare',
    'seed',
  ];
  return `${named.map((name) => `${name} ${model.about[name]}`).join(', ')}; ${model.about.trainRows} rows: up to three looks at each
account, which together weigh 1, and poorer copies of every second account, in which whole groups of fields are blank.`;
};

const calibrationPart = ({ model }: Card): string => {
  const own = Object.entries(model.calibration.cohorts).map(([name, scores]) => `${name} ${scores.length}`);
  return `${certifies(model)}

Account-months by cohort: ${own.join(', ')}; a cohort of its own needs ${leastCohort}, and then the larger of its p-value and
everybody's counts. \`${poorer}\` are the same people in logs that lack some groups of fields at random: who lacks what
nearly everybody has (${model.about.usualGroups || 'nothing'}) is compared with them too. A month's score is the largest over its looks (days ${lookDays.join(', ')}), in calibration exactly
as in use, so that looking often raises no false alarm. The share of people at p <= alpha is at most alpha when whoever is
judged is like the people of the calibration, and is seen no longer than they were. With 95 % confidence 300 clean
account-months certify a rate of 1 %, 3,000 one of 0.1 %, 30,000 one of 0.01 %; no more is claimed.`;
};

const figuresPart = ({ families: found, people }: Card): string =>
  people.length === 0 && found.length === 0
    ? 'No accounts were kept for a test: there are no figures.'
    : `Accounts that neither the trees nor the calibration saw. Bounds are two-sided 95 % (Clopper and Pearson).

${found.length > 0 ? familyTable(found) : 'No bots among them.'}

${people.length > 0 ? cohortTable(people) : 'No people among them.'}`;

const featuresPart = ({ model }: Card): string =>
  families
    .map((family) => ({
      family,
      own: catalogue.filter((one) => one.family === family && model.features.includes(one.name)),
    }))
    .filter(({ own }) => own.length > 0)
    .map(
      ({ family, own }) =>
        `### ${family}\n\n${own.map(({ name, words, monotone }) => `- \`${name}\`: ${words}${directions[monotone]}`).join('\n')}`,
    )
    .join('\n\n');

const directions = {
  '-1': ' (more of it never speaks for a bot)',
  0: '',
  1: ' (more of it never speaks for a person)',
};

/** The model card: what the model was made from, what it can claim and what it cannot see. */
export const modelCard = (card: Card): string => `# Model card

Model \`${card.hash}\`. It finds accounts that are worked by programs, from the events of their use, and hands what it finds
to people: a warning is reviewed before anything follows.

## Data

${dataPart(card)}

## Settings

${settingsPart(card)}

## Calibration

${calibrationPart(card)}

A warning needs p <= ${card.model.calibration.alpha}, at least ${leastEvents} events, ${leastActiveDays} active days and ${leastFamilies} families of evidence, each of which, by trees that
see it alone, goes beyond what one in a hundred people shows. p <= ${watchAt} is watched. With less evidence the model abstains. Novelty is for a reviewer's eyes
and is in no verdict.

## Figures

${figuresPart(card)}

## Families and features

${featuresPart(card)}

## What it cannot see

- An independent replay of a person's delays on a genuine attested phone is not separable by timing. What bounds its
  value is the draw, the limits on entries, canary offers and attestation.
- Fewer events or days than a warning needs: the account is not judged, however it behaves.
- People unlike those of the calibration: their rate of false warnings is not known. It is recalibrated at each release of the
  app and each change of the market; a threshold of one population has flagged four in five people of another.
- A log that lacks groups of fields which the training had: its p-values are over people who lack some groups, not these
  very ones; and with no cohort of such people above, over people who have them.
- What an account's company says is taken over the whole period of the files, also for earlier looks.
- Kinds of bots that nobody labelled: recall of families that training had none of is in the evaluation.
`;
