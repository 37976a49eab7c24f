import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startCoverage } from './coverage.ts';
import type { Finding } from './examine.ts';
import { renderReport } from './report.ts';

const usage = `npm run fuzz -- [--seconds 60] [--seed N] [--only NAME] [--findings FILE] [--replay FILE]

  --seconds N      for all parsers together, each the same share
  --seed N         of all decisions; default 1
  --only NAME      parsers whose name begins so
  --findings FILE  where findings are written (default: fuzz-findings.json in the temporary folder)
  --replay FILE    tries the findings of a file again
  --no-coverage    structure alone guides the mutations, about twice as fast`;

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
      findings: { type: 'string', default: join(tmpdir(), 'fuzz-findings.json') },
      replay: { type: 'string' },
      'no-coverage': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const whole = (name: 'seconds' | 'seed') => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < 1)
      throw new Error(`--${name} must be a whole number above 0`);
    return value;
  };
  return { ...values, seconds: whole('seconds'), seed: whole('seed') };
};

const main = async (): Promise<boolean> => {
  const { help, seconds, seed, only, findings: file, replay: replayed, ...options } = readOptions();
  if (help) {
    console.log(usage);
    return true;
  }
  const coverage = options['no-coverage'] || replayed !== undefined ? undefined : await startCoverage();
  // Only now: what is compiled before coverage starts has none.
  const [{ makeTargets }, { replay, runCampaign }] = await Promise.all([
    import('./targets.ts'),
    import('./campaign.ts'),
  ]);
  const all = await makeTargets();
  if (replayed !== undefined) {
    const list = JSON.parse(readFileSync(replayed, 'utf8')) as Finding[];
    for (const finding of list) console.log(await replay(all, finding));
    return list.length === 0;
  }
  const targets = all.filter(({ name }) => name.startsWith(only));
  if (targets.length === 0) throw new Error(`there is no parser ${only}`);
  const startedAt = performance.now();
  const { hunts, weights, findings } = await runCampaign({ targets, seed, seconds, weighs: true, coverage });
  const taken = (performance.now() - startedAt) / 1_000;
  console.log(renderReport(hunts, weights, coverage, { seed, seconds: taken }));
  if (findings.length === 0) return true;
  writeFileSync(file, `${JSON.stringify(findings, undefined, 1)}\n`);
  for (const { target, seed: of, what } of findings) console.log(`FOUND ${target}, ${of}: ${what}`);
  console.log(`fuzz: written to ${file}; npm run fuzz -- --replay ${file}`);
  return false;
};

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(`fuzz: ${(error as Error).stack}`);
  process.exitCode = 1;
}
