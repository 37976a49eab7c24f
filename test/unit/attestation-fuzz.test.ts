import { describe, expect, it } from 'vitest';
import { runCampaign } from '#test/fuzz/campaign.ts';
import { makeTargets } from '#test/fuzz/targets.ts';

/** A short edition of `npm run fuzz`, guided by structure alone; the seed makes the same decisions in every run. */
const seed = 20_261_122;
const inputs = 60;

const targets = await makeTargets();

describe('parsers of what attackers send', () => {
  it.each(targets)('$name: refuses, never throws, and is quick', async (target) => {
    const { findings, hunts } = await runCampaign({ targets: [target], seed, inputs, weighs: false });
    expect(findings).toEqual([]);
    expect(hunts.map(({ tally }) => tally.executions)).toEqual([inputs]);
  });
});
