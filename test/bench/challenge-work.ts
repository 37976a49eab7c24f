import { randomBytes } from 'node:crypto';
import { makeWork, verifyWork, type WorkSize } from '#core/challenge/work/work.ts';
import { solveWork } from '#phone/work.ts';

/** Chromium's preset for a low-end mobile phone: so many times slower than the machine that measures. */
const slowPhone = 6;
const solvings: Readonly<Record<WorkSize, number>> = { 1: 40, 2: 20, 3: 10 };
const verifications = 300;

const quantile = (sorted: readonly number[], q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;

const newSeed = () => randomBytes(32).toString('base64url');

const taskOf = async (seed: string, size: WorkSize) => ({
  kind: 'work' as const,
  taskId: 'work.0',
  work: await makeWork(seed, size),
});

const solve = async (seed: string, size: WorkSize) => {
  const task = await taskOf(seed, size);
  const startedAt = performance.now();
  const answer = await solveWork(task);
  const ms = performance.now() - startedAt;
  if (answer.kind !== 'work') throw new Error('another answer than work');
  return { answer, ms };
};

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** Milliseconds of one CPU for a verification, mean over many. */
const verifying = async (size: WorkSize) => {
  const seed = newSeed();
  const { answer } = await solve(seed, size);
  for (let round = 0; round < 100; round += 1) await verifyWork(seed, size, answer);
  const before = cpuMs();
  for (let round = 0; round < verifications; round += 1) {
    if (!(await verifyWork(seed, size, answer))) throw new Error('right work was refused');
  }
  return (cpuMs() - before) / verifications;
};

/** Times to solve in one thread with WebCrypto, as on a slow phone; what the server pays, as on this machine. */
export const measureWork = async (sizes: readonly WorkSize[]) => {
  const rows: { size: WorkSize; p50Ms: number; p95Ms: number; verifyMs: number }[] = [];
  for (const size of sizes) {
    const times: number[] = [];
    for (let round = 0; round < solvings[size]; round += 1)
      times.push(slowPhone * (await solve(newSeed(), size)).ms);
    times.sort((a, b) => a - b);
    rows.push({
      size,
      p50Ms: quantile(times, 0.5),
      p95Ms: quantile(times, 0.95),
      verifyMs: await verifying(size),
    });
  }
  return rows;
};
