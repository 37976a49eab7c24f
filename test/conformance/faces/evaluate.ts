import { readFileSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readStage } from '#lib/stage-config.ts';
import { type EngineChoice, openFaceEngine } from './evaluation/face-engine.ts';
import { figuresOf } from './evaluation/figures.ts';
import { openLabelled } from './evaluation/labelled.ts';
import { measure } from './evaluation/measure.ts';
import { asMarkdown, asTable, type Setting } from './evaluation/report.ts';
import { rocPicture } from './evaluation/roc-picture.ts';

const usage = `npm run faces:evaluate -- DIR [options]
  DIR             a folder with pairs.json (and cases.json), or with a folder of photos for each person
  --most 500      pairs of each kind at most, where DIR has no pairs.json
  --seed 1        which of them
  --stage local   whose gate and bands decide
  --endpoint URL  a face engine that runs already
  --aws REGION    Amazon Rekognition, at its price for every photo and every pair
  --write         figures into docs/faces.md, the curve into docs/pictures/faces-roc.svg
  --json          one JSON object on standard output
Ends with 2 when there is nothing to measure.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    most: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    stage: { type: 'string', default: 'local' },
    endpoint: { type: 'string' },
    aws: { type: 'string' },
    write: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const whole = (name: 'most' | 'seed') => {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} must be a whole number above 0`);
  return value;
};

const page = new URL('../../../docs/faces.md', import.meta.url);
const picture = new URL('../../../docs/pictures/faces-roc.svg', import.meta.url);
const [begin, end] = ['<!-- measured: begin -->', '<!-- measured: end -->'];
const write = (figures: string, curve: string) => {
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/faces.md lacks the lines ${begin} and ${end}`);
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n${figures}\n${text.slice(to)}`);
  writeFileSync(picture, curve);
};

const choiceOf = ({
  aws,
  endpoint,
}: {
  aws?: string | undefined;
  endpoint?: string | undefined;
}): EngineChoice => {
  if (aws !== undefined) return { kind: 'aws', region: aws };
  return endpoint === undefined ? { kind: 'local' } : { kind: 'endpoint', url: endpoint };
};

/** A bar on a terminal, a line for every tenth otherwise. */
const progressTo = (stream: NodeJS.WriteStream) => {
  let tenths = 0;
  return (done: number, all: number) => {
    if (stream.isTTY) {
      const filled = Math.round((30 * done) / all);
      const bar = `${'#'.repeat(filled)}${'.'.repeat(30 - filled)}`;
      stream.write(done === all ? '\r\u001b[K' : `\r${bar} ${done} of ${all}`);
    } else if (Math.floor((10 * done) / all) > tenths) {
      tenths = Math.floor((10 * done) / all);
      stream.write(`${done} of ${all}\n`);
    }
  };
};

const [folder] = positionals;
const labelled =
  folder === undefined ? undefined : openLabelled(folder, { most: whole('most'), seed: whole('seed') });
if (values.help) console.log(usage);
else if (folder === undefined || !labelled) {
  console.error(folder === undefined ? usage : `There are no labelled photos at ${folder}.`);
  process.exitCode = 2;
} else {
  const policy = readStage(values.stage).identity;
  const engine = await openFaceEngine(choiceOf(values));
  try {
    const measured = await measure(labelled, {
      faces: engine.faces,
      policy,
      onStep: progressTo(process.stderr),
    });
    const figures = figuresOf(labelled, measured, policy.bands);
    const setting: Setting = {
      photos: `\`${basename(resolve(folder))}\``,
      engine: engine.name,
      stage: values.stage,
      seed: whole('seed'),
    };
    console.log(
      values.json ? JSON.stringify({ ...setting, ...figures }, null, 2) : asTable(setting, figures),
    );
    if (values.write) write(asMarkdown(setting, figures), rocPicture(figures.scores, policy.bands.passAt));
  } finally {
    await engine.stop();
  }
}
