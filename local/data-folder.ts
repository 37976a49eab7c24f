import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { LocalFailure } from './failure.ts';

export interface DataFolder {
  /** Where engines write in any case. */
  readonly path: string;
  /** The same folder when it is to be kept. */
  readonly kept: string | undefined;
  /** The same folder when it goes away at the end. */
  readonly temporary: string | undefined;
  readonly logs: string;
  release(): void;
}

/** One system at a time: two engines on one file would each undo what the other wrote. */
export function openDataFolder(folder: string | undefined): DataFolder {
  if (folder === undefined) {
    const path = mkdtempSync(join(tmpdir(), 'evenfield-'));
    return {
      path,
      kept: undefined,
      temporary: path,
      logs: logsIn(path),
      release: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }),
    };
  }
  const path = resolve(folder);
  const lock = join(path, 'in-use-by');
  try {
    makeFolder(path);
    if (existsSync(lock)) {
      const holder = readFileSync(lock, 'utf8');
      const pid = Number(holder.split(' ')[0]);
      if (holder === describeProcess(pid))
        throw new LocalFailure(`${path} is in use by process ${pid}; choose another --data folder`);
    }
    writeFileSync(lock, describeProcess(process.pid) ?? '');
  } catch (error) {
    if (error instanceof LocalFailure) throw error;
    throw new LocalFailure(`${path} cannot be used: ${error instanceof Error ? error.message : error}`);
  }
  return {
    path,
    kept: path,
    temporary: undefined,
    logs: logsIn(path),
    release: () => rmSync(lock, { force: true }),
  };
}

/** Level by level: Node's recursive mkdir never ends where a file system refuses with ENOENT, as /proc does. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

function logsIn(path: string): string {
  const logs = join(path, 'logs');
  mkdirSync(logs, { recursive: true });
  return logs;
}

/** A process id is used again after a while; together with the start time it is not. */
function describeProcess(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; field 22 is the 20th after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTime] = [fields[0], fields[19]];
    // An ended process that nobody has collected yet holds nothing.
    if (state === 'Z') return undefined;
    return `${pid} ${startTime}`;
  } catch {
    return process.platform !== 'linux' && pid === process.pid ? `${pid}` : undefined;
  }
}
