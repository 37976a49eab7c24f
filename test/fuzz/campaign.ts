import { chance } from '#test/faults/chance.ts';
import type { Coverage } from './coverage.ts';
import { examine, type Finding } from './examine.ts';
import { Hunt } from './hunt.ts';
import type { Target } from './target.ts';
import { type Weight, weigh } from './weigh.ts';

export interface Plan {
  targets: readonly Target[];
  seed: number;
  /** So many inputs for each target, or seconds in all, of which each gets the same share. */
  inputs?: number;
  seconds?: number;
  weighs: boolean;
  coverage?: Coverage | undefined;
}

const stretchMs = 200;

export const runCampaign = async ({ targets, seed, inputs, seconds, weighs, coverage }: Plan) => {
  const hunts = targets.map((target, index) => new Hunt(target, chance(seed * 1_000 + index), coverage));
  const weights = new Map<string, Weight>();
  for (const hunt of hunts) {
    await hunt.tryOriginals();
    if (!weighs) continue;
    const { weight, findings } = await weigh(hunt.target);
    weights.set(hunt.target.name, weight);
    hunt.findings.push(...findings);
  }
  if (inputs !== undefined) for (const hunt of hunts) await hunt.step(inputs);
  const end = performance.now() + 1_000 * (seconds ?? 0);
  while (performance.now() < end && hunts.some(({ isOver }) => !isOver))
    for (const hunt of hunts) {
      const until = Math.min(end, performance.now() + stretchMs);
      while (!hunt.isOver && performance.now() < until) await hunt.step();
    }
  return { hunts, weights, findings: hunts.flatMap((hunt) => hunt.findings) };
};

/** Tries a finding again. The context of every seed is the same in each run. */
export const replay = async (targets: readonly Target[], finding: Finding): Promise<string> => {
  const target = targets.find(({ name }) => name === finding.target);
  const seed = target?.seeds.find(({ id }) => id === finding.seed);
  if (!seed) return `there is no seed ${finding.seed} of ${finding.target} here`;
  const input = finding.input.map((part) => Buffer.from(part, 'base64'));
  const { outcome, found, elapsed } = await examine(seed, input);
  const text = found ?? (outcome?.status === 'refused' ? `refused: ${outcome.reason}` : outcome?.status);
  return `${finding.target}, ${finding.seed}, ${elapsed.toFixed(1)} ms: ${text}`;
};
