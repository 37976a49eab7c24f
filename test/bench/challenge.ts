import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchContext } from './context.ts';
import { type Measurement, median } from './metric.ts';

const run = promisify(execFile);
const measured = fileURLToPath(new URL('./challenge-process.ts', import.meta.url));

/** CPU of tasks and answers, without an engine: the process that measures holds the puzzle alone. */
export const measureChallenges = async ({ quick, profile }: BenchContext): Promise<Measurement[]> => {
  const options = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [];
  const runs = quick ? 5 : 10;
  const { stdout } = await run(process.execPath, ['--expose-gc', ...options, measured, String(runs)]);
  const { picture, sound, verify, bytes, work } = JSON.parse(stdout) as {
    picture: number[];
    sound: number[];
    verify: number[];
    bytes: number;
    work: { p95Ms: number; verifyMs: number };
  };
  return [
    { name: 'challenge.generate-ms', value: median(picture), samples: runs },
    { name: 'challenge.generate-sound-ms', value: median(sound), samples: runs },
    { name: 'challenge.task-kb', value: bytes / 1_000, samples: 200 },
    { name: 'challenge.verify-ms', value: median(verify), samples: runs },
    { name: 'challenge.work-verify-ms', value: work.verifyMs, samples: 1 },
    { name: 'challenge.work-solve-p95-ms', value: work.p95Ms, samples: 40 },
  ];
};
