import { CfnOutput, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi as Api,
  DomainName,
  EndpointType,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type Operation, routes } from '#contract/routes.ts';
import { everyMinute } from './alarms.ts';
import { explain } from './explain.ts';
import { functionOf, type HttpFunctionName } from './operations.ts';
import type { Platform } from './platform.ts';
import { removalPolicy } from './removal-policy.ts';

/** The contract's routes, each wired to its function. */
export class HttpApi extends Construct {
  /** Where CloudFront finds it. */
  readonly originHost: string;
  private readonly api: Api;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    const { stage } = platform;
    this.api = new Api(this, 'Api', {
      apiName: `evenfield-${stage.name}`,
      createDefaultStage: false,
      // Only with a domain of its own can CloudFront reach the API while this endpoint is shut.
      disableExecuteApiEndpoint: stage.domain !== undefined,
    });
    explain(this.api, {
      APIG4:
        'The functions check tokens and proofs of possession themselves, by the level in the contract: the ' +
        'gateway can neither check proofs nor answer with problem documents.',
    });
    const domainName = this.createDomainName(platform);
    this.originHost =
      domainName?.name ?? `${this.api.apiId}.execute-api.${stage.region}.${Stack.of(this).urlSuffix}`;
    this.createStage(platform, domainName);
    platform.alarms.add(this, 'Fails', {
      metric: this.api.metricServerError({ period: everyMinute, statistic: 'Sum' }),
      threshold: 5,
      impact: 'Drivers and operators get errors instead of answers.',
      runbook: 'the-api-fails',
    });
  }

  /** Wires every operation that belongs to the function. */
  serve(name: HttpFunctionName, handler: IFunction): void {
    const integration = new HttpLambdaIntegration(name, handler, ofThisApi);
    for (const [operation, owner] of Object.entries(functionOf) as [Operation, HttpFunctionName][]) {
      if (owner !== name) continue;
      const { method, path } = routes[operation];
      this.api.addRoutes({ path, methods: [HttpMethod[method]], integration });
    }
  }

  /** Serves what is no part of the contract: files, to be read only. */
  serveFiles(name: string, handler: IFunction, paths: readonly string[]): void {
    const integration = new HttpLambdaIntegration(name, handler, ofThisApi);
    for (const path of paths) this.api.addRoutes({ path, methods: [HttpMethod.GET], integration });
  }

  /** Sends what no route matches to the function, which answers 404 or 405 in the API's own form. */
  serveUnmatched(handler: IFunction): void {
    new HttpRoute(this.api, 'Unmatched', {
      httpApi: this.api,
      routeKey: HttpRouteKey.DEFAULT,
      integration: new HttpLambdaIntegration('unmatched', handler, ofThisApi),
    });
  }

  private createDomainName({ stage: { domain } }: Platform): DomainName | undefined {
    if (!domain) return undefined;
    const domainName = new DomainName(this, 'Domain', {
      domainName: domain.apiHost,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.apiCertificateArn),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    new CfnOutput(this, 'Alias', {
      description: `Target of the DNS alias ${domain.apiHost}`,
      value: domainName.regionalDomainName,
    });
    return domainName;
  }

  private createStage({ stage }: Platform, domainName: DomainName | undefined): void {
    const logs = new LogGroup(this, 'AccessLogs', {
      retention: stage.logRetentionDays,
      removalPolicy: removalPolicy(stage),
    });
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      accessLogSettings: { destination: new LogGroupLogDestination(logs), format: accessLogFormat },
      ...(domainName && { domainMapping: { domainName } }),
    });
  }
}

/** One permission for each function, not one for each route: a stack holds 500 resources. */
const ofThisApi = { scopePermissionToRoute: false } as const;

/** What operating needs and nothing about the person who asked: no address, no path with identifiers. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    time: '$context.requestTime',
    requestId: '$context.requestId',
    route: '$context.routeKey',
    status: '$context.status',
    latencyMilliseconds: '$context.responseLatency',
    functionMilliseconds: '$context.integrationLatency',
    error: '$context.integrationErrorMessage',
  }),
);
