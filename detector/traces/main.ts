import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { TraceModel } from '#core/challenge/grading/trace-model.ts';
import {
  countCollisions,
  countStretched,
  evaluateFamily,
  evaluateOmission,
  evaluateStyle,
  leaveOneOut,
  tradeOff,
} from './evaluate.ts';
import { families } from './machines.ts';
import { renderCard } from './model-card.ts';
import { styles } from './people.ts';
import { omissions } from './samples.ts';
import { committedOptions, type TrainOptions, trainModel } from './train.ts';

const usage = `node detector/traces/main.ts train|evaluate [--seed N] [--people N]

  train      fits the model and writes it and its model card
  evaluate   prints the model card of the committed model

  --seed N     of everything that is drawn; default ${committedOptions.seed}
  --people N   of each style, and traces of each family; default ${committedOptions.people}`;

const modelFile = new URL('../../core/challenge/grading/trace-model.json', import.meta.url);
const cardFile = new URL('./model-card.md', import.meta.url);

const readOptions = () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: String(committedOptions.seed) },
      people: { type: 'string', default: String(committedOptions.people) },
    },
  });
  const [command] = positionals;
  const options: TrainOptions = { seed: Number(values.seed), people: Number(values.people) };
  if (command !== 'train' && command !== 'evaluate') throw new Error(usage);
  if (!Number.isSafeInteger(options.seed) || !(options.people >= 100)) throw new Error(usage);
  return { command, options };
};

/** As the formatter of this repository writes it. */
const asJson = ({ columns, ...rest }: TraceModel): string => {
  const list = (numbers: readonly number[]) => `[${numbers.join(', ')}]`;
  const entries = Object.entries(columns).map(
    ([name, { knots, weights }]) =>
      `    ${JSON.stringify(name)}: {\n      "knots": ${list(knots)},\n      "weights": ${list(weights)}\n    }`,
  );
  const others = JSON.stringify(rest, undefined, 2).slice(2);
  return `{\n  "columns": {\n${entries.join(',\n')}\n  },\n${others}\n`;
};

const describe = (model: TraceModel, options: TrainOptions): string => {
  const { seed, people: n } = options;
  const step = <T>(what: string, value: T): T => {
    console.error(`${what} done`);
    return value;
  };
  return renderCard({
    options,
    model,
    styles: step(
      'styles',
      styles.map((style) => evaluateStyle(model, style, seed, n)),
    ),
    families: step(
      'families',
      families.map((family) => evaluateFamily(model, family, seed, n)),
    ),
    omitted: step(
      'omissions',
      omissions.map((omission) => evaluateOmission(model, omission, seed, Math.round(n / 3))),
    ),
    leftOut: step('left out', leaveOneOut(model, seed, Math.round(n / 3))),
    tradeOff: step('trade-off', tradeOff(model, seed, n, [0.05, 0.1, 0.2])),
    collisions: step('collisions', countCollisions(seed, Math.max(2_000, n))),
    stretched: step('stretched', countStretched(seed, Math.round(n / 5), [1.02, 1.05, 1.2])),
  });
};

try {
  const { command, options } = readOptions();
  if (command === 'train') {
    const model = trainModel(options);
    console.error('trained');
    writeFileSync(modelFile, asJson(model));
    writeFileSync(cardFile, describe(model, options));
  } else console.log(describe(JSON.parse(readFileSync(modelFile, 'utf8')), options));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
