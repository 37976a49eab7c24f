import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { FunctionName } from '#lambdas/env.ts';
import { evenfieldApp } from '#lib/app.ts';
import type { StageConfig } from '#lib/stage-config.ts';
import { sharedBundles } from './shared-bundles.ts';

interface Finding {
  ruleName: string;
  reason?: string;
}

/** What cdk-nag found: unexplained, and explained. */
interface Findings {
  violations: Finding[];
  suppressedViolations: Finding[];
}

// The built-in validation takes longer than everything else here; `npm run synth` runs it.
process.env.CDK_VALIDATION = 'false';

/** Synthesises the stage in process, as `npm run synth` does, and reads what came out. */
export const synthesise = async (config: StageConfig) => {
  const outdir = mkdtempSync(join(tmpdir(), 'evenfield-synth-'));
  try {
    return await synthesiseInto(outdir, config);
  } finally {
    rmSync(outdir, { recursive: true });
  }
};

const synthesiseInto = async (outdir: string, config: StageConfig) => {
  const app = await evenfieldApp({ config, outdir, bundle: sharedBundles });
  app.synth();
  const read = (stackName: string) =>
    Template.fromStack(
      app.node.children.filter(Stack.isStack).find(({ node }) => node.id === stackName) as Stack,
    );
  const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
  return {
    template: read(`Evenfield-${config.name}`),
    ...(config.waf.enabled && { firewall: read(`EvenfieldFirewall-${config.name}`) }),
    findings: report.pluginReports.find(
      ({ pluginName }: { pluginName: string }) => pluginName === 'AwsSolutions',
    ) as Findings,
  };
};

/** Every resource of a type: its logical id and its properties. */
export const resources = (template: Template, type: string) =>
  Object.entries(template.findResources(type)).map(([id, { Properties }]) => ({
    id,
    properties: Properties,
  }));

/** The one resource of a type, or the one among several that fits. */
export const theResource = (
  template: Template,
  type: string,
  fits: (resource: ReturnType<typeof resources>[number]) => boolean = () => true,
) => {
  const [found, ...others] = resources(template, type).filter(fits);
  if (!found || others.length > 0)
    throw new Error(`expected one ${type}, found ${others.length + (found ? 1 : 0)}`);
  return found;
};

export const deployedFunction = (template: Template, name: FunctionName) =>
  theResource(template, 'AWS::Lambda::Function', ({ properties }) =>
    properties.Description.endsWith(`: ${name}`),
  );
