import type { TraceModel } from '#core/challenge/grading/trace-model.ts';
import type { FamilyFigures, GroupFigures } from './evaluate.ts';
import { families } from './machines.ts';
import { styles } from './people.ts';
import { machinesAbove, type TrainOptions } from './train.ts';

export interface Card {
  options: TrainOptions;
  model: TraceModel;
  styles: readonly GroupFigures[];
  families: readonly FamilyFigures[];
  omitted: readonly (Pick<GroupFigures, 'n' | 'verdicts'> & { omission: string })[];
  leftOut: readonly GroupFigures[];
  tradeOff: readonly { share: number; styles: readonly GroupFigures[] }[];
  collisions: { traces: number; withDigest: number; collisions: number; pairs: number };
  /** Shares of stretched copies that still have a digest of what they copy, by their stretch. */
  stretched: readonly { by: number; n: number; found: number }[];
}

/** 95 % interval of a rate (Wilson 1927). */
const wilson = (hits: number, n: number): [low: number, high: number] => {
  const z = 1.959964;
  const rate = hits / n;
  const middle = (rate + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((rate * (1 - rate)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
};

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const shareOf = (hits: number, n: number) => percent(hits / n);
const bounded = (hits: number, n: number) => {
  const [low, high] = wilson(hits, n);
  return `${shareOf(hits, n)} (${(low * 100).toFixed(1)} to ${(high * 100).toFixed(1)})`;
};
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [
    head,
    head.map((title) => (/^(Style|Without|Family|Group|Says|Input)$/.test(title) ? '---' : '---:')),
    ...rows,
  ]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

const verdictCells = ({ verdicts, n }: Pick<GroupFigures, 'verdicts' | 'n'>) => [
  shareOf(verdicts['human-like'], n),
  shareOf(verdicts.neutral, n),
  shareOf(verdicts['machine-like'], n),
];

const meanings: Readonly<Record<string, string>> = {
  knowing:
    'when each pick came, against when its answer could first be seen or heard: too early, live or after the end, how steadily behind',
  clip: 'whether the clip ran as long as it is',
  rhythm: 'times between picks: how long, how even, repeated, on a round grid',
  press: 'how long presses were held, and how evenly',
  aim: 'where presses hit, against the centre of the place',
  way: 'movements of the pointer: bow, length, speed and its peak, corrections, wavering, rest before the press',
  keys: 'times between keys, and whether the focus was on what was picked',
};

const strengthOf = ({ columns }: TraceModel, group: string) => {
  const own = Object.entries(columns).filter(([name]) => name.startsWith(`${group}.`));
  const weights = own.flatMap(([, column]) => column.weights);
  return [String(own.length), Math.max(0, ...weights).toFixed(2), Math.min(0, ...weights).toFixed(2)];
};

export const renderCard = (card: Card): string => {
  const { options, model, collisions } = card;
  const trained = families.filter(({ isHeldOut }) => !isHeldOut).length;
  return `# Model card: how a task was solved

Written by \`node detector/traces/main.ts train --seed ${options.seed} --people ${options.people}\`; every figure on this page
comes from that command. Model: \`core/challenge/grading/trace-model.json\`.

## The data is simulated

There is no trace of any person in this model. People and machines are programs of ours (\`people.ts\`, \`machines.ts\`).
What a person, a session and an event of it are is drawn from published distributions where there are any: times between
taps, how long taps are held, reaction and decision (detection.md), Fitts' law (MacKenzie 1992), movements of least jerk
(Flash and Hogan 1985), corrections (Meyer et al. 1988), noise that grows with the movement (Schmidt et al. 1979; Harris
and Wolpert 1998), the scatter of fingers (Bi, Li and Zhai 2013). How people go about such a task (along with the clip,
after it, again, pausing) is assumed: nobody has watched them. The figures below say how well the model tells our people
from our machines. They do not say how it does on real people, and before its thresholds cost anybody anything they have
to be placed again on traces of real people. Generator and model share no code.

${options.people} traces of each of ${styles.length} styles and ${trained} families for training, as many others for placing the
thresholds, others again for the figures. No task, person or bot is in two of them. Of 40 % of the traces for training and
thresholds, of people and machines alike, a part is left out: moves, presses, the clip, keys or all places.

## What it does

Logistic regression on hat functions (a line through a weight at each knot of a feature), by Newton's method with a ridge,
without an intercept. A feature that a trace does not show adds nothing, so nothing is held for or against who sends
little; no trace, or less than six features, is neutral. People and machines weigh the same, and so do styles and
families, except that families that are hard to tell from people weigh more. Copies are made of traces that passed: by a
first model, which is trained in the same way with copies of anybody's traces. The score is the logarithm of the
odds for a person.

- \`human-like\` lets a right answer pass. Its threshold is placed so that at most ${percent(machinesAbove)} of the traces of the worst
  trained family reach it.
- \`machine-like\` costs one of three attempts. It takes a score below the threshold (at most 0.75 % of the worst style lie
  below, and odds of at least 7 to 1) and two groups of features that speak against a person.
- everything else is neutral: one more right answer passes.

${table(
  ['Input', 'human-like from', 'machine-like to'],
  Object.entries(model.thresholds).map(([kind, { humanLike, machineLike }]) => [
    kind,
    humanLike.toFixed(2),
    machineLike.toFixed(2),
  ]),
)}

Input is what the trace shows: presses of a pointer or finger, keys, or neither (\`bare\`), as assistive technology sends.

${table(
  ['Group', 'Says', 'Features', 'Most for', 'Most against'],
  Object.entries(meanings).map(([group, says]) => [group, says, ...strengthOf(model, group)]),
)}

Features of \`knowing\`, \`rhythm\`, \`press\` and \`aim\` count once per kind of input. Picks that were taken back, pauses
and second looks at the clip are read but count for nobody: any program can add them.

## People

All answers are right; a challenge gives tasks until it is passed or has failed three times. In brackets: 95 % bounds.

${table(
  ['Style', 'n', 'human-like', 'neutral', 'machine-like', 'passed'],
  card.styles.map((style) => [
    style.name,
    String(style.n),
    ...verdictCells(style),
    bounded(style.n - style.outcomes.failed, style.n),
  ]),
)}

People who are human-like need one task, others two. How many that are depends on how many traces of the worst family,
which are copies of people's traces, may pass as people: here ${percent(machinesAbove)}. With thresholds at other shares human-like would be:

${table(
  ['Style', ...card.tradeOff.map(({ share }) => percent(share))],
  card.styles.map(({ name }, index) => [
    name,
    ...card.tradeOff.map(({ styles: at }) => {
      const style = at[index] as GroupFigures;
      return shareOf(style.verdicts['human-like'], style.n);
    }),
  ]),
)}

People of all styles, of whose traces a part was left out:

${table(
  ['Without', 'n', 'human-like', 'neutral', 'machine-like'],
  card.omitted.map(({ omission, ...figures }) => [omission, String(figures.n), ...verdictCells(figures)]),
)}

## Machines

All are given the right answer. "By trace": passed because one trace looked like a person's. "By answers": passed by two
right answers with traces that said nothing, as anybody can who sends none; what stands against that is the difficulty of
the answer. "Remembered": traces that share a digest with the one they copy, which the store refuses and these figures do
not count.

${table(
  ['Family', 'n', 'human-like', 'neutral', 'machine-like', 'by trace', 'by answers', 'remembered'],
  card.families.map(({ family, ...figures }) => [
    `${family.name}${family.isHeldOut ? ' (held out)' : ''}: ${family.method}`,
    String(figures.n),
    ...verdictCells(figures),
    bounded(figures.outcomes.byTrace, figures.n),
    shareOf(figures.outcomes.byAnswers, figures.n),
    shareOf(figures.remembered, figures.n),
  ]),
)}

Left out of training and of the placing of thresholds, one family at a time:

${table(
  ['Family', 'n', 'human-like', 'neutral', 'machine-like', 'by trace'],
  card.leftOut.map((family) => [
    family.name,
    String(family.n),
    ...verdictCells(family),
    bounded(family.outcomes.byTrace, family.n),
  ]),
)}

## Copies

A digest is of the rhythm alone: what was pressed, when, and nothing of where. ${collisions.withDigest} of ${collisions.traces}
traces of people were rich enough for one. Of their ${(collisions.pairs / 1e6).toFixed(0)} million pairs ${collisions.collisions} had a digest in common, so the probability
for two people's traces is ${collisions.collisions === 0 ? `below ${(3 / collisions.pairs).toExponential(1)} (95 %)` : `about ${(collisions.collisions / collisions.pairs).toExponential(1)}`}. Copies of such traces that are
moved, renamed or sent later are always found. Of copies whose times are stretched and rounded again are found, by how
much they are stretched:
${card.stretched.map(({ by, n, found }) => `${percent(by - 1)}: ${shareOf(found, n)}`).join(', ')}.

## What it cannot see

- **A person who solves for a bot.** Their trace is a person's trace. What it costs and how long it takes is printed by the
  adversary suite.
- **A program that knows the moments of the clip**, as one that solves the task does, and gives itself a human reaction:
  see \`informed taps\`. One that draws from our own generator is one of the people above, by construction.
- **People who wait for the end of the clip.** Nothing in their trace belongs to this task and no other, so it may be a
  copy, and they are asked for a second task. The same is true where moments come at even times (less than 200 ms of
  standard deviation between them): there nobody is human-like.
- **Keyboards and sounds** show little that tells people from programs. Most of their users are asked for a second task.
  Looser thresholds are a line in \`train.ts\`; the table above says what they would give to whom.
- **A bot that sends nothing.** It is neutral, like people whose device sends nothing.

Trained with: \`${model.trainedWith}\`
`;
};
