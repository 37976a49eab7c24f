import { createReadStream, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import type { AccountMonths } from './summary.ts';

/** What the generator and the detector wrote, of accounts of the test split: nothing was fitted to them. */

const rowsOf = (file: string): string[][] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

interface Judged {
  accountId: string;
  months: number;
  firstWarningAt: number | null;
  reasons: readonly { words: string; value: unknown }[];
}
const judgedOf = (file: string): Map<string, Judged> =>
  new Map(
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Judged)
      .map((judged) => [judged.accountId, judged]),
  );

interface Done {
  firstEventAt: number;
  wonAt: number[];
  challenges: number;
}

export const eventFiles = async (folder: string): Promise<string[]> =>
  (await readdir(folder))
    .filter((name) => name.startsWith('events-'))
    .sort()
    .map((name) => join(folder, name));

interface Line {
  accountId: string;
  ts: number;
  route: string;
  outcome?: string | null;
}

/** What every account did, line by line: the files are larger than memory may be. */
const readDone = async (files: readonly string[], of: ReadonlySet<string>): Promise<Map<string, Done>> => {
  const done = new Map<string, Done>();
  for (const file of files) {
    const bytes = createReadStream(file);
    const input = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
    for await (const line of createInterface({ input })) {
      const accountId = /"accountId":"([^"]+)"/.exec(line)?.[1] ?? '';
      if (!of.has(accountId)) continue;
      const { ts, route, outcome } = JSON.parse(line) as Line;
      const known = done.get(accountId) ?? { firstEventAt: ts, wonAt: [], challenges: 0 };
      done.set(accountId, known);
      known.firstEventAt = Math.min(known.firstEventAt, ts);
      if (route === 'offers.claim' && outcome === 'won') known.wonAt.push(ts);
      if (route === 'challenge') known.challenges += 1;
    }
  }
  return done;
};

export const readMonths = async (folder: string, scores: string): Promise<AccountMonths[]> => {
  const splits = new Map(rowsOf(join(folder, 'labels.csv')).map(([id = '', , split]) => [id, split]));
  const accounts = rowsOf(join(folder, 'accounts.csv')).filter(([id = '']) => splits.get(id) === 'test');
  const done = await readDone(await eventFiles(folder), new Set(accounts.map(([id = '']) => id)));
  const judged = judgedOf(scores);
  return accounts.flatMap(([accountId = '', family = '', cohorts = '']) => {
    const [did, told] = [done.get(accountId), judged.get(accountId)];
    if (!did) return [];
    return {
      accountId,
      family,
      cohorts: cohorts.split(';').filter(Boolean),
      ...did,
      firstWarningAt: told?.firstWarningAt ?? null,
      judgedMonths: told?.months ?? 0,
      reasons: told?.reasons.map(({ words }) => words) ?? [],
    };
  });
};
