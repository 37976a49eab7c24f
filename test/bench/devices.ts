import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchContext } from './context.ts';
import type { DeviceWork } from './devices-process.ts';
import { type Measurement, median } from './metric.ts';

const run = promisify(execFile);
const measured = fileURLToPath(new URL('./devices-process.ts', import.meta.url));

const names = {
  dpop: 'devices.dpop-ms',
  dpopFirst: 'devices.dpop-first-ms',
  assertion: 'devices.assertion-ms',
  claimOfIphone: 'devices.proof-check-ios-ms',
  signature: 'devices.signature-ms',
  enrolmentOfIphone: 'devices.enrolment-ios-ms',
  enrolmentOfAndroid: 'devices.enrolment-android-ms',
} as const satisfies Record<DeviceWork, string>;

/** CPU of what phones bring, without an engine: the process that measures holds the verifiers alone. */
export const measureDevices = async ({ quick, profile }: BenchContext): Promise<Measurement[]> => {
  const options = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [];
  const runs = quick ? 5 : 10;
  const { stdout } = await run(process.execPath, ['--expose-gc', ...options, measured, String(runs)]);
  const samples = JSON.parse(stdout) as Record<DeviceWork, number[]>;
  return Object.entries(names).map(([work, name]) => ({
    name,
    value: median(samples[work as DeviceWork]) / 1_000,
    samples: runs,
  }));
};
