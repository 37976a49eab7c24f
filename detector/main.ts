import { parseArgs } from 'node:util';
import { catalogue } from '#core/detection/features/catalogue.ts';
import type { Outcome, Surroundings } from './commands/context.ts';
import { drift } from './commands/drift.ts';
import { evaluate } from './commands/evaluate.ts';
import { realism } from './commands/realism.ts';
import { score } from './commands/score.ts';
import { train } from './commands/train.ts';
import { progressOn } from './progress.ts';
import { isLeftOut } from './training/fit.ts';

const usage = `node detector/main.ts COMMAND

  train    --events FILE... --labels FILE --out DIR [--alpha 0.001] [--seed 1] [--without FEATURE,...]
           [--families FILE] [--cohorts FILE]
           writes DIR/model.json and DIR/model-card.md
  score    --model DIR --events FILE... --out FILE
           writes a line of JSON for each account
  evaluate --events FILE... --labels FILE --out DIR [--alpha 0.001] [--seed 1] [--families FILE] [--cohorts FILE]
           trains several times, writes DIR/evaluation.md and DIR/evaluation.json
  drift    --model DIR --events FILE... [--labels FILE]
  realism  --real FILE... --simulated FILE...

  FILE of events: .jsonl, .jsonl.gz or .parquet, schema v1. Labels: accountId,label,split (human or bot; train,
  calibration, test or empty); families and cohorts: accountId,family,cohorts.`;

/** Several files may follow one option: each after the first becomes an option of its own. */
const spreadOut = (words: readonly string[]): string[] => {
  const many = new Set(['--events', '--real', '--simulated']);
  let current: string | undefined;
  return words.flatMap((word, at) => {
    if (word.startsWith('--')) {
      current = many.has(word) ? word : undefined;
      return [word];
    }
    return current !== undefined && words[at - 1] !== current ? [current, word] : [word];
  });
};

const text = { type: 'string' } as const;
const texts = { type: 'string', multiple: true } as const;

const readOptions = (words: readonly string[]) => {
  const { values, positionals } = parseArgs({
    args: spreadOut(words),
    allowPositionals: true,
    options: {
      events: texts,
      real: texts,
      simulated: texts,
      families: texts,
      cohorts: texts,
      labels: text,
      model: text,
      out: text,
      alpha: { ...text, default: '0.001' },
      seed: { ...text, default: '1' },
      without: text,
      help: { type: 'boolean', default: false },
    },
  });
  const alpha = Number(values.alpha);
  const seed = Number(values.seed);
  if (!(alpha > 0 && alpha < 1)) throw new Error(`--alpha lies between 0 and 1, not ${values.alpha}`);
  if (!Number.isSafeInteger(seed)) throw new Error(`--seed is a whole number, not ${values.seed}`);
  const needed = <K extends 'labels' | 'model' | 'out'>(name: K): string => {
    const value = values[name];
    if (!value) throw new Error(`--${name} is missing\n\n${usage}`);
    return value;
  };
  const files = (name: 'events' | 'real' | 'simulated'): readonly string[] => {
    const list = values[name];
    if (!list?.length) throw new Error(`--${name} is missing\n\n${usage}`);
    return list;
  };
  return { command: positionals, values, alpha, seed, needed, files };
};

/** Features by name or family; one that nobody knows is a slip of the pen. */
const leftOut = (list: string): readonly string[] => {
  const parts = list.split(',');
  const unknown = parts.find((part) => !catalogue.some(({ name }) => isLeftOut(name, [part])));
  if (unknown !== undefined) throw new Error(`--without ${unknown}: there is no such feature or family`);
  return parts;
};

const run = (words: readonly string[], around: Surroundings): Promise<Outcome> => {
  const { command, values, alpha, seed, needed, files } = readOptions(words);
  const learnt = () => ({
    events: files('events'),
    labels: needed('labels'),
    out: needed('out'),
    alpha,
    seed,
    kinds: [...(values.families ?? []), ...(values.cohorts ?? [])],
    ...(values.without && { without: leftOut(values.without) }),
  });
  const known = command.length === 1 ? command[0] : undefined;
  if (values.help) {
    around.print(usage);
    return Promise.resolve(undefined);
  }
  if (known === 'train') return train(learnt(), around);
  if (known === 'evaluate') return evaluate(learnt(), around);
  if (known === 'score')
    return score({ model: needed('model'), events: files('events'), out: needed('out') }, around);
  if (known === 'drift') {
    const labels = values.labels ? { labels: values.labels } : {};
    return drift({ model: needed('model'), events: files('events'), ...labels }, around);
  }
  if (known === 'realism') return realism({ real: files('real'), simulated: files('simulated') }, around);
  throw new Error(usage);
};

try {
  const refusal = await run(process.argv.slice(2), {
    print: (line) => console.log(line),
    say: (line) => console.error(line),
    startProgress: progressOn(process.stderr, () => performance.now()),
  });
  if (refusal) {
    console.error(refusal.line);
    process.exitCode = 1;
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
