import { App, type AppProps, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import settings from '../cdk.json' with { type: 'json' };
import { bundleFunctions } from './bundles.ts';
import { FirewallStack } from './firewall.ts';
import { privacyPage } from './privacy-page.ts';
import { EvenfieldStack } from './stack.ts';
import { InvalidStage, parseStage, readStage, type StageConfig } from './stage-config.ts';

/** Of the local stage, the machine that runs it may choose how phones are treated. */
const chosenStage = (app: App): StageConfig => {
  const stage = readStage(app.node.tryGetContext('stage'));
  const attestation: unknown = app.node.tryGetContext('attestation');
  const challenge: unknown = app.node.tryGetContext('challenge');
  if (attestation === undefined && challenge === undefined) return stage;
  if (stage.name !== 'local')
    throw new InvalidStage(`${stage.name}: attestation and challenges are set in its stage config`);
  return parseStage('context', {
    ...stage,
    ...(attestation !== undefined && { attestation: { mode: attestation, cohorts: [] } }),
    ...(challenge !== undefined && { challenge: { ...stage.challenge, mode: challenge } }),
  });
};

export interface EvenfieldAppProps extends AppProps {
  /** Of a test; else the stage that the context names. */
  readonly config?: StageConfig;
  /** Where bundles come from: of a test that has built them before, else a build. */
  readonly bundle?: typeof bundleFunctions;
}

/** The whole deployment of one stage. The feature flags of cdk.json hold however the app is started. */
export const evenfieldApp = async ({
  config,
  bundle = bundleFunctions,
  ...props
}: EvenfieldAppProps = {}): Promise<App> => {
  const app = new App({ ...props, context: { ...settings.context, ...props.context } });
  const stage = config ?? chosenStage(app);
  const env = { region: stage.region, ...(stage.account && { account: stage.account }) };
  const terminationProtection = stage.removalPolicy === 'retain';

  const firewall = stage.waf.enabled
    ? new FirewallStack(app, `EvenfieldFirewall-${stage.name}`, stage, {
        env: { ...env, region: 'us-east-1' },
        crossRegionReferences: true,
        terminationProtection,
      })
    : undefined;
  new EvenfieldStack(app, `Evenfield-${stage.name}`, {
    stage,
    bundles: await bundle(app.outdir, { privacy: privacyPage(stage) }),
    env,
    crossRegionReferences: firewall !== undefined,
    terminationProtection,
    ...(firewall && { webAclArn: firewall.webAclArn }),
  });

  Tags.of(app).add('evenfield:stage', stage.name);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
};
