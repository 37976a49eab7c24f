import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Row, runCampaign } from './campaign.ts';
import { bound, isWithinBound, markdownOf, tableOf } from './report.ts';
import { attackThroughSystem } from './through-system.ts';

const usage = `npm run adversaries -- [--challenges 300] [--seed 1] [--through-system 1000] [--write]

  --challenges N      of each adversary and each style of people
  --through-system N  interleavings, reuses and replays over HTTP against the whole system; 0 for none
  --write             replaces the table in docs/challenges.md`;

const { values } = parseArgs({
  options: {
    challenges: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    'through-system': { type: 'string', default: '1000' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const whole = (name: 'challenges' | 'seed' | 'through-system') => {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} must be a whole number`);
  return value;
};

/** It takes seconds for each task. */
const mostAware = 10;

const page = new URL('../../docs/challenges.md', import.meta.url);
const write = (table: string) => {
  const [before = '', rest = ''] = readFileSync(page, 'utf8').split('<!-- adversaries: begin -->');
  const [, after = ''] = rest.split('<!-- adversaries: end -->');
  writeFileSync(page, `${before}<!-- adversaries: begin -->\n${table}\n<!-- adversaries: end -->${after}`);
};

if (values.help) console.log(usage);
else {
  const rows: Row[] = [];
  for await (const row of runCampaign(Math.min(whole('challenges'), 10_000), whole('seed'), {
    aware: mostAware,
  })) {
    rows.push(row);
    console.log(tableOf([row]));
  }
  if (values.write) write(markdownOf(rows));
  const broken = rows.filter((row) => !isWithinBound(row));
  for (const { name, mode } of broken) console.error(`${name} (${mode}) is beyond ${bound * 100} %`);
  const through = whole('through-system');
  const failures =
    through > 0 ? await attackThroughSystem(Math.min(through, 10_000), (line) => console.log(line)) : [];
  for (const failure of failures) console.error(failure);
  process.exitCode = broken.length + failures.length > 0 ? 1 : 0;
}
