import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll } from 'vitest';
import { evenfieldApp } from '#lib/app.ts';
import type { StageConfig } from '#lib/stage-config.ts';

/** A resource of a template, its properties as JSON. */
export type Properties = Record<string, never>;

interface Finding {
  ruleName: string;
  reason?: string;
  violatingConstructs: { constructPath: string }[];
}

export interface Findings {
  violations: Finding[];
  suppressedViolations: Finding[];
}

/** Synthesises the stage in process, as `npm run synth` does, and reads what came out. */
export const synthesise = async (config: StageConfig) => {
  // The built-in validation takes longer than everything else here; `npm run synth` runs it.
  process.env.CDK_VALIDATION = 'false';
  const outdir = mkdtempSync(join(tmpdir(), 'evenfield-synth-'));
  afterAll(() => rmSync(outdir, { recursive: true }));
  const app = await evenfieldApp({ config, outdir });
  app.synth();
  const stacks = new Map(
    app.node.children
      .filter((child) => Stack.isStack(child))
      .map((stack) => [stack.node.id, Template.fromStack(stack)]),
  );
  const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
  const template = stacks.get(`Evenfield-${config.name}`) as Template;
  return {
    template,
    firewall: stacks.get(`EvenfieldFirewall-${config.name}`),
    findings: report.pluginReports.find(
      ({ pluginName }: { pluginName: string }) => pluginName === 'AwsSolutions',
    ) as Findings,
    outdir,
  };
};
