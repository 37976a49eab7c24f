import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * Makes the tables of docs/detection.md: simulated people and bots as files, the detector's evaluation on them. Each is a
 * process of its own that knows nothing of the other but the files.
 */

const { values } = parseArgs({
  options: {
    // A quarter of them are tested, seven tenths of these are people: 3,150 account-months certify 0.1 %.
    accounts: { type: 'string', default: '18000' },
    seed: { type: 'string', default: '2027' },
    keep: { type: 'string' },
  },
});

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'evenfield-report-'));
const node = (words: readonly string[]) =>
  execFileSync(process.execPath, words, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });

try {
  node(['arena/offline/main.ts', '--accounts', values.accounts, '--seed', values.seed, '--out', folder]);
  const events = readdirSync(folder).filter((name) => name.endsWith('.jsonl.gz'));
  node([
    ...['detector/main.ts', 'evaluate', '--events', ...events.map((name) => join(folder, name))],
    ...['--labels', join(folder, 'labels.csv'), '--families', join(folder, 'accounts.csv')],
    ...['--out', join(folder, 'evaluation')],
  ]);
  const [, text = ''] = readFileSync(join(folder, 'evaluation', 'evaluation.md'), 'utf8').split(/^# .*\n/m);
  const document = join(root, 'docs', 'detection.md');
  const [begin, end] = ['<!-- measured: begin -->', '<!-- measured: end -->'];
  const before = readFileSync(document, 'utf8');
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/detection.md lacks the lines ${begin} and ${end}`);
  const head = `${values.accounts} simulated account-months, seed ${values.seed}, 30 % of them bots.`;
  const tables = text.trim().replaceAll(/^## /gm, '### ');
  writeFileSync(
    document,
    `${before.slice(0, from + begin.length)}\n${head}\n\n${tables}\n${before.slice(to)}`,
  );
} finally {
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
}
