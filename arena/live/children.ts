import { type ChildProcess, fork, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { FromChild, ToChild } from './messages.ts';

/** The arena's own processes; no other is ever ended. */
const running = new Set<ChildProcess>();

const keep = (child: ChildProcess): ChildProcess => {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
};

export const root = join(import.meta.dirname, '../..');

/** A command of this repository; its output is read by whoever started it. */
export const runNode = (args: readonly string[]): ChildProcess =>
  keep(spawn(process.execPath, [...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] }));

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()));

/** Asks first; after so long the process is ended. */
export const stop = async (child: ChildProcess, patienceMs = 10_000): Promise<void> => {
  const gone = ended(child);
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await gone;
  clearTimeout(timer);
};

export const stopAll = (): Promise<unknown> => Promise.all([...running].map((child) => stop(child)));

export interface Participant {
  send: (message: ToChild) => void;
  /** Rejects when the process failed or ended before. */
  heard: <K extends FromChild['kind']>(kind: K) => Promise<Extract<FromChild, { kind: K }>>;
  onPublished: (listener: (message: Extract<FromChild, { kind: 'published' }>) => void) => void;
  stop: () => Promise<void>;
}

/** A process of the live game: it talks over its channel and ends with it; what it prints goes where progress goes. */
export const startParticipant = (module: 'participants' | 'publisher', what: string): Participant => {
  const child = keep(
    fork(join(import.meta.dirname, `${module}-process.ts`), { stdio: ['ignore', 2, 2, 'ipc'] }),
  );
  const heard = new Map<string, PromiseWithResolvers<FromChild>>();
  const of = (kind: string) => {
    const known = heard.get(kind) ?? Promise.withResolvers<FromChild>();
    heard.set(kind, known);
    return known;
  };
  const fail = (words: string) => {
    for (const kind of ['ready', 'played']) {
      of(kind).promise.catch(() => {});
      of(kind).reject(new Error(`${what}: ${words}`));
    }
  };
  child.on('message', (message: FromChild) => {
    if (message.kind === 'failed') fail(message.words);
    else of(message.kind).resolve(message);
  });
  child.once('exit', (code, signal) => fail(`ended with ${signal ?? code}`));
  return {
    send: (message) => child.send(message, () => {}),
    heard: (kind) => of(kind).promise as Promise<never>,
    onPublished: (listener) =>
      child.on('message', (message: FromChild) => {
        if (message.kind === 'published') listener(message);
      }),
    stop: () => stop(child),
  };
};
