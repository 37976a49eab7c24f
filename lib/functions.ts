import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  ParamsAndSecretsLayerVersion,
  ParamsAndSecretsLogLevel,
  ParamsAndSecretsVersions,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { DeployedEnvironment, FunctionName } from '#lambdas/env.ts';
import { everyMinute } from './alarms.ts';
import type { Platform } from './platform.ts';
import { removalPolicy } from './removal-policy.ts';
import type { SecretGenerations } from './secrets.ts';

export interface EvenfieldFunctionProps<F extends FunctionName> {
  readonly name: F;
  readonly environment: DeployedEnvironment<F>;
  /** Who is hurt when it does not work, as a sentence: the text of its alarms. */
  readonly impact: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  /** Somebody waits for the answer: alarm when the slowest hundredth takes longer. */
  readonly slowMilliseconds?: number;
  /** Read at run time through the extension of Lambda, which also makes Lambda announce a shutdown. */
  readonly secrets?: readonly SecretGenerations[];
  /** Of secrets that are made and filled by hand; read in the same way. */
  readonly secretArns?: readonly string[];
}

/** A deployed function with its own role, logs and alarms. It may do nothing but log until `allow` says so. */
export class EvenfieldFunction<F extends FunctionName> extends LambdaFunction {
  constructor(scope: Construct, id: string, platform: Platform, props: EvenfieldFunctionProps<F>) {
    const { stage, bundles } = platform;
    const { name, secrets = [], secretArns = [] } = props;
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: stage.logRetentionDays,
      removalPolicy: removalPolicy(stage),
    });
    logGroup.grantWrite(role);
    super(scope, id, {
      role,
      logGroup,
      description: `Evenfield ${stage.name}: ${name}`,
      code: Code.fromAsset(bundles.folderOf(name)),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(props.timeoutSeconds),
      memorySize: props.memoryMegabytes,
      // Where somebody waits, the function reads its map only when it has a bug to tell of.
      environment: {
        ...props.environment,
        ...(!props.slowMilliseconds && { NODE_OPTIONS: '--enable-source-maps' }),
      },
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      // The start and end lines of each call would cost more than the call.
      systemLogLevelV2: SystemLogLevel.WARN,
      ...(secrets.length + secretArns.length > 0 && { paramsAndSecrets: secretsExtension() }),
    });
    for (const { accepted } of secrets)
      this.allow(
        ['secretsmanager:GetSecretValue'],
        accepted.map(({ secret }) => secret.secretArn),
      );
    if (secretArns.length > 0) this.allow(['secretsmanager:GetSecretValue'], secretArns);
    this.watch(platform, props);
  }

  allow(actions: readonly string[], resources: readonly string[]): this {
    this.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
    return this;
  }

  private watch(
    { alarms, stage }: Platform,
    { name, impact, slowMilliseconds }: EvenfieldFunctionProps<F>,
  ): void {
    // A bug in an HTTP function is logged and answered with 500: to Lambda that is a success.
    const logged = this.logGroup.addMetricFilter('LoggedErrors', {
      filterPattern: FilterPattern.stringValue('$.level', '=', 'ERROR'),
      metricNamespace: `Evenfield/${stage.name}`,
      metricName: `${name}-errors`,
    });
    alarms.add(this, 'Fails', {
      metric: new MathExpression({
        expression: 'FILL(failed, 0) + FILL(logged, 0)',
        usingMetrics: {
          failed: this.metricErrors({ period: everyMinute }),
          logged: logged.metric({ period: everyMinute, statistic: 'Sum' }),
        },
        period: everyMinute,
      }),
      threshold: 1,
      impact,
      runbook: `${name}-fails`,
    });
    alarms.share('throttled', { name, metric: this.metricThrottles({ period: everyMinute }), limit: 1 });
    if (slowMilliseconds)
      alarms.share('slow', {
        name,
        metric: this.metricDuration({ period: everyMinute, statistic: Stats.p(99) }),
        limit: slowMilliseconds,
      });
  }
}

const secretsExtension = () =>
  ParamsAndSecretsLayerVersion.fromVersion(ParamsAndSecretsVersions.V1_0_103, {
    cacheSize: 10,
    secretsManagerTtl: Duration.minutes(5),
    logLevel: ParamsAndSecretsLogLevel.WARN,
  });
