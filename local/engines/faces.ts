import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LocalFailure } from '../failure.ts';
import type { Reaper } from '../reaper.ts';

/** Rekognition's operations that the product calls, over an open model: for development and self-hosting. */
export interface Faces {
  readonly endpoint: string;
  /** `wasm` where the native library is not installed: the same answers in about twice the time. */
  readonly runtime: 'native' | 'wasm';
  readonly pid: number;
  stop(): Promise<void>;
}

export interface FacesOptions {
  /** Where the S3 objects that requests name are read. */
  readonly bucketEndpoint?: string;
  readonly region?: string;
  readonly runtime?: 'native' | 'wasm';
  /** Load the models at once, not with the first request. */
  readonly warm?: boolean;
  /** Look at the same picture again each time, for measurements. */
  readonly forgetful?: boolean;
  /** One detector size instead of four, for measurements. */
  readonly singleScale?: boolean;
}

const main = fileURLToPath(new URL('../faces/main.ts', import.meta.url));
const startBudgetMs = 10_000;
const stopBudgetMs = 2_000;

/** Resolves as soon as the port listens; the first request waits for the models, unless they are to load at once. */
export async function startFaces(
  logFile: string,
  reaper: Reaper,
  options: FacesOptions = {},
): Promise<Faces> {
  const runtime = options.runtime ?? process.env.EVENFIELD_FACES;
  const child = spawn(process.execPath, ['--expose-gc', '--max-semi-space-size=4', main], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      // glibc keeps what image decoders give back; fewer arenas and mappings of their own for large blocks return it.
      MALLOC_ARENA_MAX: '2',
      MALLOC_MMAP_THRESHOLD_: String(1024 * 1024),
      ...(options.bucketEndpoint !== undefined && { AWS_ENDPOINT_URL_S3: options.bucketEndpoint }),
      ...(options.region !== undefined && { AWS_REGION: options.region }),
      ...(runtime !== undefined && { EVENFIELD_FACES: runtime }),
      ...(options.warm && { EVENFIELD_FACES_WARM: '1' }),
      ...(options.forgetful && { EVENFIELD_FACES_RECENT: '0' }),
      ...(options.singleScale && { EVENFIELD_FACES_SCALES: 'single' }),
    },
  });
  reaper.watch(child);
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve()).once('error', () => resolve());
  });
  const stop = async () => {
    child.kill();
    const timer = setTimeout(() => child.kill('SIGKILL'), stopBudgetMs);
    await exited;
    clearTimeout(timer);
    log.end();
  };
  const line = await Promise.race([
    firstLine(child.stdout),
    exited,
    delay(startBudgetMs, undefined, { ref: false }),
  ]);
  if (line === undefined || child.pid === undefined) {
    await stop();
    throw new LocalFailure(`the face engine does not start; see ${logFile}`);
  }
  const { port, runtime: chosen } = JSON.parse(line) as { port: number; runtime: 'native' | 'wasm' };
  return { endpoint: `http://127.0.0.1:${port}`, runtime: chosen, pid: child.pid, stop };
}

function firstLine(stream: Readable): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const read = (chunk: Buffer) => {
      said += chunk;
      if (!said.includes('\n')) return;
      stream.off('data', read);
      resolve(said.slice(0, said.indexOf('\n')));
    };
    stream.on('data', read);
  });
}
