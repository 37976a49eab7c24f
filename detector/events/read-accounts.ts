import { stat } from 'node:fs/promises';
import type { ActivityEvent } from '#contract/activity.ts';
import { type Columns, columns } from '#core/detection/activity/columns.ts';
import { activityRoutes, compareEvents, type LoggedEvent } from '#core/detection/activity/logged-event.ts';
import { toLoggedEvent } from '#core/detection/activity/to-logged-event.ts';
import { readLines } from '../files/lines.ts';
import { readParquet } from '../files/parquet.ts';
import { type Refusal, refuse } from '../files/refusal.ts';
import type { Progress } from '../progress.ts';
import { type Parsed, parseLine, toEvent } from './parse-event.ts';

/** Events of many accounts, packed by field (some 100 bytes each), with the accounts in the order of their names. */
export interface Accounts {
  readonly names: readonly string[];
  /** Version of the app in each account's latest event that tells it; empty when none does. */
  readonly versions: readonly string[];
  /** Of an account by its index: ascending by time, each event once. */
  eventsOf(account: number): LoggedEvent[];
}

interface Gathering {
  readonly packed: Columns;
  /** Index of an account in the order in which it was met. */
  readonly met: Map<string, number>;
  readonly accountOf: number[][];
  readonly versions: { at: number; version: string }[];
}

/** Of rows in a page of account indices. */
const pageRows = 1 << 16;

const gather = (into: Gathering, event: ActivityEvent): void => {
  const { met, packed, accountOf, versions } = into;
  let account = met.get(event.accountId);
  if (account === undefined) {
    account = met.size;
    met.set(event.accountId, account);
    versions.push({ at: -1, version: '' });
  }
  if (packed.length % pageRows === 0) accountOf.push([]);
  accountOf.at(-1)?.push(account);
  packed.append(toLoggedEvent(event));
  const { appVersion, ts } = event;
  const known = versions[account] as { at: number; version: string };
  if (appVersion && (ts > known.at || (ts === known.at && appVersion > known.version)))
    versions[account] = { at: ts, version: appVersion };
};

/** Rows of each account, by counting. */
const groupRows = ({ accountOf, packed, met }: Gathering) => {
  const starts = new Uint32Array(met.size + 1);
  for (const page of accountOf)
    for (const account of page) starts[account + 1] = (starts[account + 1] as number) + 1;
  for (let at = 1; at <= met.size; at += 1) starts[at] = (starts[at] as number) + (starts[at - 1] as number);
  const next = starts.slice();
  const rows = new Uint32Array(packed.length);
  for (const [page, accounts] of accountOf.entries())
    for (const [at, account] of accounts.entries()) {
      rows[next[account] as number] = page * pageRows + at;
      next[account] = (next[account] as number) + 1;
    }
  return { starts, rows };
};

/** In order of time, and each event once: of its copies within a route the earliest, as in an account's log. */
export const inOrder = (events: LoggedEvent[]): LoggedEvent[] => {
  events.sort(compareEvents);
  const seen = activityRoutes.map(() => new Set<number>());
  return events.filter(({ route, id }) => {
    const ids = seen[route] as Set<number>;
    const before = ids.size;
    return ids.add(id).size > before;
  });
};

const settle = (gathered: Gathering): Accounts => {
  const { starts, rows } = groupRows(gathered);
  const names = [...gathered.met.keys()].sort();
  const indices = names.map((name) => gathered.met.get(name) as number);
  return {
    names,
    versions: indices.map((index) => gathered.versions[index]?.version ?? ''),
    eventsOf: (account) => {
      const index = indices[account] as number;
      const events: LoggedEvent[] = [];
      for (let at = starts[index] as number; at < (starts[index + 1] as number); at += 1)
        events.push(gathered.packed.at(rows[at] as number));
      return inOrder(events);
    },
  };
};

const bytesOf = async (files: readonly string[]): Promise<number> => {
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
};

/** Reads event files (`.jsonl`, `.jsonl.gz`, `.parquet`) into accounts; the first thing wrong in them is refused. */
export const readAccounts = async (
  files: readonly string[],
  startProgress: (what: string, total: number) => Progress,
): Promise<Accounts | Refusal> => {
  const gathered: Gathering = { packed: columns(), met: new Map(), accountOf: [], versions: [] };
  const progress = startProgress('reading, bytes', await bytesOf(files));
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    progress.at(done);
  };
  const taking = (file: string) => (parsed: Parsed<ActivityEvent>, row: number) => {
    if ('wrong' in parsed) return refuse(file, row, parsed.wrong);
    gather(gathered, parsed.value);
    return undefined;
  };
  try {
    for (const file of files) {
      const take = taking(file);
      const refusal = file.endsWith('.parquet')
        ? await readParquet(file, (value, row) => take(toEvent(value), row), { onBytes })
        : await readLines(file, (line, row) => (line.trim() ? take(parseLine(line), row) : undefined), {
            onBytes,
          });
      if (refusal) return refusal;
    }
  } finally {
    progress.end();
  }
  return gathered.packed.length === 0 ? refuse(files[0] ?? '', 0, 'no events') : settle(gathered);
};
