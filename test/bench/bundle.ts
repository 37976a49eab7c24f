import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { BenchContext } from './context.ts';
import { startLoopback } from './loopback.ts';
import { type Measurement, median } from './metric.ts';
import { functionEnvironment } from './warm-function.ts';

const run = promisify(execFile);
const probe = fileURLToPath(new URL('./import-process.ts', import.meta.url));

/** Size of the deployed claims function, and what loading it costs a process that has loaded nothing else. */
export const measureBundle = async ({ builds, engine, quick }: BenchContext): Promise<Measurement[]> => {
  const claims = join(builds.folderOf('claims'), 'index.mjs');
  const loopback = await startLoopback();
  const env = { ...functionEnvironment(engine), ...loopback.environment };
  const importCpu = async (module: string): Promise<number> => {
    const { stdout } = await run(process.execPath, [probe, module], { env });
    return Number(stdout);
  };
  try {
    const pairs: { claims: number; sdk: number }[] = [];
    const samples = quick ? 11 : 41;
    for (let sample = 0; sample < samples; sample += 1)
      pairs.push({ claims: await importCpu(claims), sdk: await importCpu(builds.sdkOnly) });
    const ofClaims = median(pairs.map(({ claims }) => claims));
    const ofSdk = median(pairs.map(({ sdk }) => sdk));
    return [
      {
        name: 'bundle.claim.gz-kb',
        value: gzipSync(readFileSync(claims), { level: 9 }).length / 1_000,
        samples: 1,
      },
      { name: 'bundle.claim.import-ratio', value: ofClaims / ofSdk, samples },
      { name: 'bundle.claim.import-ms', value: ofClaims, samples },
      { name: 'bundle.sdk.import-ms', value: ofSdk, samples },
    ];
  } finally {
    loopback.stop();
  }
};
