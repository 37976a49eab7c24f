import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { descendants } from '#local/memory.ts';
import { signIn } from '../../arena/session.ts';
import type { BenchContext } from './context.ts';
import { type Measurement, median, sum } from './metric.ts';

const commandLine = fileURLToPath(new URL('../../local/main.ts', import.meta.url));
/** Far beyond the target, synthesis included: a start that takes longer has failed. */
const patienceMs = 90_000;

/** The local system as a person starts it: command line, seed and all. */
export const measureStart = async ({ quick, progress }: BenchContext): Promise<Measurement[]> => {
  // The first one may synthesise the stack and fills the compile cache.
  await (await start()).stop();
  const samples = quick ? 2 : 5;
  const seconds: number[] = [];
  const megabytes: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const began = performance.now();
    const system = await start();
    seconds.push((performance.now() - began) / 1_000);
    await use(system.url);
    megabytes.push(residentMegabytes(system.pid));
    progress(`started in ${seconds.at(-1)?.toFixed(2)} s, ${megabytes.at(-1)?.toFixed(0)} MB`);
    await system.stop();
  }
  return [
    { name: 'start.ready-s', value: median(seconds), samples },
    { name: 'start.memory-mb', value: Math.max(...megabytes), samples },
  ];
};

const start = async () => {
  const child = spawn(process.execPath, [commandLine, '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  createInterface(child.stderr).on('line', (line) => said.push(line));
  const ready = (async () => {
    for await (const line of createInterface(child.stdout)) {
      said.push(line);
      const url = /^ready (http:\S+)$/.exec(line)?.[1];
      if (url) return url;
    }
    throw new Error(`the local system ended before it was ready:\n${said.slice(-10).join('\n')}`);
  })();
  const late = delay(patienceMs, undefined, { ref: false }).then(() => {
    throw new Error(`the local system was not ready within ${patienceMs / 1_000} s`);
  });
  try {
    const url = await Promise.race([ready, late]);
    return { url, pid: child.pid as number, stop: () => stop(child) };
  } catch (error) {
    await stop(child);
    throw error;
  }
};

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  await ended;
};

/** Fifty requests, so that every function that drivers use is loaded. */
const use = async (url: string): Promise<void> => {
  const driver = await signIn(url, 'driver1@evenfield.test');
  const page = await driver.listOffers({ params: { stationId: 'DSE1' } });
  if (!page.ok || page.status !== 200) throw new Error(`the list of offers was answered ${page.status}`);
  const [offer] = page.body.offers;
  if (!offer) throw new Error('the seed offers nothing');
  const requests = [
    () => driver.listOffers({ params: { stationId: 'DSE1' } }),
    () => driver.listSchedule(),
    () => driver.getHealth(),
    () => driver.claimBlock({ body: { offerToken: offer.offerToken } }),
  ];
  for (let request = 1; request < 50; request += 1) {
    const answer = await requests[request % requests.length]?.();
    if (!answer?.ok) throw new Error(`a request was answered ${answer?.status}`);
  }
};

/** Of the process and all below it. Pages that they share are counted in each: an upper bound. */
const residentMegabytes = (root: number): number =>
  sum([root, ...descendants(root)].map(residentKilobytes)) / 1_024;

const residentKilobytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
