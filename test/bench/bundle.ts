import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { FunctionName } from '#lambdas/env.ts';
import type { BenchContext } from './context.ts';
import { startLoopback } from './loopback.ts';
import { type Measurement, median } from './metric.ts';
import { functionEnvironment } from './warm-function.ts';

const run = promisify(execFile);
const probe = fileURLToPath(new URL('./import-process.ts', import.meta.url));

/** Size of deployed functions, and what loading one costs a process that has loaded nothing else. */
export const measureBundle = async ({ builds, engine, quick }: BenchContext): Promise<Measurement[]> => {
  const bundleOf = (name: FunctionName) => join(builds.folderOf(name), 'index.mjs');
  const modules = { claim: bundleOf('claims'), devices: bundleOf('devices'), sdk: builds.sdkOnly };
  const loopback = await startLoopback();
  const env = { ...functionEnvironment(engine), ...loopback.environment };
  const importCpu = async (module: string): Promise<number> => {
    const { stdout } = await run(process.execPath, [probe, module], { env });
    return Number(stdout);
  };
  try {
    const samples = quick ? 11 : 41;
    const costs: Record<keyof typeof modules, number[]> = { claim: [], devices: [], sdk: [] };
    // In turns, so that drift of the machine meets all alike.
    for (let sample = 0; sample < samples; sample += 1)
      for (const [name, module] of Object.entries(modules))
        costs[name as keyof typeof modules].push(await importCpu(module));
    const ofSdk = median(costs.sdk);
    const ofFunction = (name: 'claim' | 'devices'): Measurement[] => [
      {
        name: `bundle.${name}.gz-kb`,
        value: gzipSync(readFileSync(modules[name]), { level: 9 }).length / 1_000,
        samples: 1,
      },
      { name: `bundle.${name}.import-ratio`, value: median(costs[name]) / ofSdk, samples },
      { name: `bundle.${name}.import-ms`, value: median(costs[name]), samples },
    ];
    return [
      ...ofFunction('claim'),
      ...ofFunction('devices'),
      { name: 'bundle.sdk.import-ms', value: ofSdk, samples },
    ];
  } finally {
    loopback.stop();
  }
};
