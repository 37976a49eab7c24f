import type { Input, Outcome, Seed } from './target.ts';

export interface Finding {
  target: string;
  seed: string;
  what: string;
  /** Parts of the input, base64. */
  input: string[];
}

export type Examined =
  | { outcome: Outcome; elapsed: number; found?: undefined }
  | { found: string; elapsed: number; outcome?: undefined };

/** No call may take longer, ms. */
const mostMs = 50;

const describe = (error: unknown): string =>
  error instanceof Error
    ? `${error.name}: ${error.message}\n${error.stack?.split('\n').slice(1, 4).join('\n')}`
    : `thrown: ${JSON.stringify(error)}`;

const cpuMs = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

/** An outlier is run again alone, by processor time: what else the machine does is no fault of the parser. */
const isSlowAlone = async (seed: Seed, input: Input): Promise<number> => {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 2; tries += 1) {
    globalThis.gc?.();
    const started = cpuMs();
    await seed.run(input);
    least = Math.min(least, cpuMs() - started);
  }
  return least;
};

/** Runs one input against everything that must hold of it. */
export const examine = async (seed: Seed, input: Input): Promise<Examined> => {
  const started = performance.now();
  let outcome: Outcome;
  try {
    const running = seed.run(input);
    outcome = running instanceof Promise ? await running : running;
  } catch (error) {
    return {
      found: `an exception left the parser: ${describe(error)}`,
      elapsed: performance.now() - started,
    };
  }
  let elapsed = performance.now() - started;
  if (elapsed > mostMs) {
    elapsed = await isSlowAlone(seed, input);
    if (elapsed > mostMs) return { found: `${elapsed.toFixed(1)} ms of processor time, alone`, elapsed };
  }
  if (outcome.status === 'wrong') return { found: outcome.complaint, elapsed };
  if (outcome.status === 'refused' && outcome.reason.startsWith('no reason'))
    return { found: `refused with ${outcome.reason}`, elapsed };
  return { outcome, elapsed };
};

export const findingOf = (target: string, seed: Seed, input: Input, what: string): Finding => ({
  target,
  seed: seed.id,
  what,
  input: input.map((part) => part.toString('base64')),
});
