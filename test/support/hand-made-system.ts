import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalSystem, type LocalSystemOptions } from '#local/system.ts';
import { type HandMade, writeAssembly } from './hand-made-assembly.ts';

const scratch = mkdtempSync(join(tmpdir(), 'local-system-test-'));
let folders = 0;
export const newFolder = () => join(scratch, String(++folders));
const running: LocalSystem[] = [];

/** Starts a system that the test file ends. */
export const start = async (options: LocalSystemOptions): Promise<LocalSystem> => {
  const system = await LocalSystem.start({ seed: false, ...options });
  running.push(system);
  return system;
};
export const startTemplate = (
  template: HandMade | string,
  code: Record<string, string> = {},
  options: LocalSystemOptions = {},
) => start({ assembly: writeAssembly(newFolder(), template, code), ...options });

/** To be called at the end of every file that starts one. */
export const endEverything = async () => {
  await Promise.all(running.map((system) => system.stop()));
  rmSync(scratch, { recursive: true, force: true });
};

/** Looks until there is something to see. */
export const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) throw new Error('it did not happen within five seconds');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

// biome-ignore lint/suspicious/noExplicitAny: what a hand-made function answers has no type.
export const json = async (response: Response): Promise<any> => response.json();

export const isAlive = (pid: number): boolean => {
  try {
    // An ended process that its new parent has not collected yet is not alive.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

/** Sends text as it is, also what no HTTP client would. */
export const sendRaw = (url: string, text: string) =>
  new Promise<string>((resolve) => {
    let answer = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
  });
