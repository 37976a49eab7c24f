import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchContext } from './context.ts';
import { measureIngest } from './detection-ingest.ts';
import type { Measurement } from './metric.ts';

const run = promisify(execFile);
const measured = fileURLToPath(new URL('./detection-process.ts', import.meta.url));

/** The detector: what it adds to a claim, what an account costs, training, and a million events through the consumer. */
export const measureDetection = async (context: BenchContext): Promise<Measurement[]> => {
  const { quick, profile } = context;
  const options = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [];
  const [calls, rows] = quick ? [2_000, 20_000] : [20_000, 100_000];
  const { stdout } = await run(process.execPath, [...options, measured, String(calls), String(rows)]);
  const { policy, score, features, trainSeconds, modelBytes } = JSON.parse(stdout) as {
    policy: { p99: number };
    score: { p50: number; p99: number };
    features: { p50: number; p99: number };
    trainSeconds: number;
    modelBytes: number;
  };
  return [
    { name: 'detection.policy-p99-ms', value: policy.p99, samples: calls },
    { name: 'detection.score-p99-ms', value: score.p99, samples: calls },
    { name: 'detection.score-p50-ms', value: score.p50, samples: calls },
    { name: 'detection.features-ms', value: features.p50, samples: calls / 10 },
    { name: 'detection.model-kb', value: modelBytes / 1_000, samples: 1 },
    // Fewer rows tell nothing about many.
    ...(quick ? [] : [{ name: 'detection.train-s' as const, value: trainSeconds, samples: 1 }]),
    ...(await measureIngest(context)),
  ];
};
