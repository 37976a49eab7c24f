import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { runNode } from '../live/children.ts';
import { eventFiles, readMonths } from './read.ts';
import { type FalseWarnings, falseWarnings, type MonthsRow, monthsRows, type Prices } from './summary.ts';

export interface MonthsPlan {
  accounts: number;
  days: number;
  bots: number;
  seed: number;
  /** Left out: all that the generator knows. */
  families?: readonly string[];
  plugin?: string;
  prices: Prices;
}

export interface Months {
  days: number;
  prices: Prices;
  /** Of the test accounts. */
  falseWarnings: FalseWarnings;
  families: readonly MonthsRow[];
}

/** Warnings are calibrated to this rate per account-month of people. */
const alpha = 0.001;

const command = async (what: string, args: readonly string[], progress: (line: string) => void) => {
  const began = performance.now();
  const child = runNode(args);
  const last: string[] = [];
  child.stdout?.resume();
  if (child.stderr)
    createInterface({ input: child.stderr }).on('line', (line) => {
      last.push(line);
      if (last.length > 3) last.shift();
      progress(`  ${line}`);
    });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${what} failed: ${last.join('\n')}`);
  progress(`${what}: ${((performance.now() - began) / 1_000).toFixed(0)} s`);
};

/**
 * Account-months in event time: the generator writes them, the detector is trained on a half and calibrated on a quarter
 * of the accounts and judges the last quarter. The two share no code and meet in files only.
 */
export const playMonths = async (plan: MonthsPlan, progress: (line: string) => void): Promise<Months> => {
  const { accounts, days, bots, seed, families, plugin, prices } = plan;
  const folder = await mkdtemp(join(tmpdir(), 'evenfield-arena-'));
  try {
    const generator = [
      'arena/offline/main.ts',
      '--accounts',
      `${accounts}`,
      '--days',
      `${days}`,
      '--bots',
      `${bots}`,
    ];
    const chosen = [
      ...(families ? ['--families', families.join(',')] : []),
      ...(plugin ? ['--plugin', plugin] : []),
    ];
    await command(
      `${accounts} accounts for ${days} days`,
      [...generator, '--seed', `${seed}`, '--out', folder, ...chosen],
      progress,
    );
    const events = ['--events', ...(await eventFiles(folder))];
    const [model, scores] = [join(folder, 'model'), join(folder, 'scores.jsonl')];
    const labels = ['--labels', join(folder, 'labels.csv'), '--alpha', `${alpha}`];
    await command('training', ['detector/main.ts', 'train', ...events, ...labels, '--out', model], progress);
    const scoring = ['detector/main.ts', 'score', '--model', model, ...events, '--out', scores];
    await command('scoring', scoring, progress);
    const all = await readMonths(folder, scores);
    return { days, prices, falseWarnings: falseWarnings(all), families: monthsRows(all, prices, days) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
