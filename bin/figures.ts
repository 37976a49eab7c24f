import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
// biome-ignore-start lint/style/noRestrictedImports: no infrastructure: whoever wants to check a figure runs this
import { type AuditEntry, auditEntry } from '#contract/cases.ts';
import { cells } from '#core/evidence/figures/cells.ts';
import { confirmedDrivers } from '#core/evidence/figures/confirmed.ts';
import { type Figures, monthlyFigures, monthRange } from '#core/evidence/figures/monthly.ts';
import { publishable } from '#core/evidence/figures/publish.ts';
import { countStopped, type StoppedReport } from '#core/evidence/figures/stopped.ts';
import { toEvent } from '#detector/events/parse-event.ts';
import { readCsv } from '#detector/files/csv.ts';
import { readParquet } from '#detector/files/parquet.ts';
import { isRefusal, refuse } from '#detector/files/refusal.ts';

// biome-ignore-end lint/style/noRestrictedImports: as above

const usage = `npm run figures -- --month YYYY-MM [--archive PATH] [--audit PATH] [--accounts FILE] [--json]

  --month YYYY-MM   by UTC
  --archive PATH    a Parquet file of the activity archive, or a folder with such files: what was stopped
  --audit PATH      the audit as JSON lines, from its first entry on, or a folder with such files: what was decided
  --accounts FILE   CSV with the columns driverId,accountId: under which name the archive knows a driver. With the
                    audit it tells which accounts people confirmed
  --challenge-seconds N  lifetime of a challenge, of the stage; default 600
  --json            for programs

  the same input gives the same output, to the byte; ends with 1 when an input cannot be read`;

/** An input that cannot be counted, and why. */
class Uncounted extends Error {}

const readOptions = () => {
  try {
    const { values } = parseArgs({
      options: {
        month: { type: 'string' },
        archive: { type: 'string' },
        audit: { type: 'string' },
        accounts: { type: 'string' },
        'challenge-seconds': { type: 'string', default: '600' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return 'help';
    const { month, archive, audit } = values;
    if (month === undefined) throw new Error('--month is missing');
    if (archive === undefined && audit === undefined) throw new Error('--archive, --audit, or both');
    if (values.accounts !== undefined && (archive === undefined || audit === undefined))
      throw new Error('--accounts needs the archive and the audit');
    const challengeMs = 1_000 * Number(values['challenge-seconds']);
    if (!(challengeMs > 0)) throw new Error('--challenge-seconds is a number above 0');
    return { ...values, month, range: monthRange(month), challengeMs };
  } catch (error) {
    throw new Uncounted(`${(error as Error).message}\n\n${usage}`);
  }
};
type Options = Exclude<ReturnType<typeof readOptions>, 'help'>;

/** The file itself, or all of a folder whose names end so, in the order of their names. */
const filesOf = (path: string, ending: string): string[] => {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
    return names
      .filter((name) => name.endsWith(ending))
      .sort()
      .map((name) => join(path, name));
  } catch (error) {
    throw new Uncounted(`${path} cannot be read: ${(error as Error).message}`);
  }
};

/** Each entry once, in order; a gap would make the figures wrong without a word. */
const readAudit = (path: string): AuditEntry[] => {
  const bySeq = new Map<number, AuditEntry>();
  for (const file of filesOf(path, '.jsonl'))
    for (const [row, line] of readFileSync(file, 'utf8').split('\n').entries()) {
      if (line.trim() === '') continue;
      try {
        const entry = auditEntry.parse(JSON.parse(line));
        bySeq.set(entry.seq, entry);
      } catch {
        throw new Uncounted(`${file}:${row + 1}: not an entry of the audit`);
      }
    }
  const entries = [...bySeq.values()].sort((a, b) => a.seq - b.seq);
  for (const [index, { seq }] of entries.entries())
    if (seq !== index + 1) throw new Uncounted(`${path}: entry ${index + 1} of the audit is missing`);
  return entries;
};

const readConfirmed = async (file: string, entries: readonly AuditEntry[]): Promise<Set<string>> => {
  const rows = await readCsv(file, ['driverId', 'accountId']);
  if (isRefusal(rows)) throw new Uncounted(rows.line);
  const drivers = confirmedDrivers(entries);
  return new Set(
    rows.filter(({ cell }) => drivers.has(cell('driverId'))).map(({ cell }) => cell('accountId')),
  );
};

const dayMs = 86_400_000;
/** Of the month and the day after it, in which its last challenges end; a name without a day may hold any. */
const mayConcern = (file: string, { from, until }: Options['range']): boolean => {
  const day = /\bday=(\d{4}-\d{2}-\d{2})\b/.exec(file)?.[1];
  return day === undefined || (Date.parse(day) >= from && Date.parse(day) < until + dayMs);
};

const readStopped = async (
  path: string,
  { month, range, challengeMs }: Options,
  confirmed: Set<string> | undefined,
): Promise<StoppedReport> => {
  const count = countStopped({ month, challengeMs, ...(confirmed && { confirmed }) });
  const files = filesOf(path, '.parquet').filter((name) => mayConcern(name, range));
  // Nothing to count is not the same as nothing that happened.
  if (files.length === 0) throw new Uncounted(`${path} has no Parquet file of ${month}`);
  for (const file of files) {
    const refusal = await readParquet(file, (value, row) => {
      const parsed = toEvent(value);
      if ('wrong' in parsed) return refuse(file, row, parsed.wrong);
      count.add(parsed.value);
      return undefined;
    });
    if (refusal) throw new Uncounted(refusal.line);
  }
  return count.report();
};

const line = (words: string, ...values: (string | number)[]) =>
  `${words.padEnd(64)}${values.map((value) => String(value).padStart(12)).join('')}`;

const stoppedLines = (report: StoppedReport): string[] => [
  `Claims in ${report.month}, by what became of them (docs/figures.md, definition ${report.definition})`,
  '',
  ...Object.entries(report.classes).map(([name, count]) => line(name, count)),
  line('all', report.claims),
  '',
  line('bot attempts stopped (not-passed, refused-confirmed)', report.stopped),
  line('  of those by accounts that a person confirmed', report.stoppedOfConfirmed ?? 'not told'),
  '',
  'Not in these: claims that enforcing proof of a phone would have refused',
  ...Object.entries(report.wouldHaveBeenRefused).map(([name, count]) => line(`  ${name}`, count)),
  'Not in these: requests of all kinds that were refused without proof of a phone',
  ...Object.entries(report.unprovenRequests).map(([name, count]) => line(`  ${name}`, count)),
];

/** When it is published is no part of what was counted. */
const publishedOf = (figures: Figures) => publishable(figures, 0).cells;

const auditLines = (figures: Figures): string[] => {
  const { month, audit, counts, answerDays } = figures;
  const shown = new Map(publishedOf(figures).map(({ name, value }) => [name, value ?? '-']));
  const exact = audit ? `entries ${audit.from} to ${audit.to}` : 'no entry';
  return [
    `Decisions in ${month}, from the audit (${exact})`,
    '',
    line('', 'exact', 'published'),
    ...cells.map(({ name, words }) => line(words, counts.get(name) ?? 0, shown.get(name) ?? '-')),
    line(
      'Days until an appeal was answered, median',
      answerDays?.median.toFixed(2) ?? 'none',
      shown.get('appeal-days-median') ?? '-',
    ),
    line(
      'Days until an appeal was answered, longest',
      answerDays?.worst.toFixed(2) ?? 'none',
      shown.get('appeal-days-worst') ?? '-',
    ),
  ];
};

const main = async (): Promise<void> => {
  const options = readOptions();
  if (options === 'help') return console.log(usage);
  const { archive, audit, accounts, month, json } = options;
  const entries = audit === undefined ? undefined : readAudit(audit);
  const confirmed = accounts !== undefined && entries ? await readConfirmed(accounts, entries) : undefined;
  const stopped = archive === undefined ? undefined : await readStopped(archive, options, confirmed);
  const figures = entries && monthlyFigures(entries, month);
  if (json) {
    const decided = figures && {
      ...figures,
      counts: Object.fromEntries(figures.counts),
      published: publishedOf(figures),
    };
    return console.log(
      JSON.stringify({ month, ...(stopped && { stopped }), ...(decided && { decided }) }, null, 2),
    );
  }
  const parts = [...(stopped ? [stoppedLines(stopped)] : []), ...(figures ? [auditLines(figures)] : [])];
  console.log(parts.map((lines) => lines.join('\n')).join('\n\n'));
};

try {
  await main();
} catch (error) {
  if (!(error instanceof Uncounted)) throw error;
  console.error(`figures: ${error.message}`);
  process.exitCode = 1;
}
