import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { operatorGroups } from '#contract/route.ts';
import { type Operation, routes } from '#contract/routes.ts';
import { environments, type FunctionName } from '#lambdas/env.ts';
import { functionOf } from '#lib/operations.ts';
import { pagePaths } from '#lib/pages.ts';
import { readStage, type StageConfig } from '#lib/stage-config.ts';
import { deployedFunction, resources, synthesise, theResource } from './synth.ts';

/** With all that a stage may leave out. */
const stage: StageConfig = {
  ...readStage('dev'),
  mailFrom: 'notices@example.com',
  devices: readStage('production').devices,
};
let template: Template;

beforeAll(async () => {
  ({ template } = await synthesise(stage));
});

describe('the HTTP API', () => {
  const targetOf = (routeKey: string): string => {
    const route = theResource(
      template,
      'AWS::ApiGatewayV2::Route',
      ({ properties }) => properties.RouteKey === routeKey,
    );
    const integrationId = route.properties.Target['Fn::Join'][1].at(-1).Ref;
    const integration = theResource(
      template,
      'AWS::ApiGatewayV2::Integration',
      ({ id }) => id === integrationId,
    );
    return integration.properties.IntegrationUri['Fn::GetAtt'][0];
  };

  it.each(Object.keys(routes) as Operation[])('wires %s to its function', (operation) => {
    const { method, path } = routes[operation];
    expect(targetOf(`${method} ${path}`)).toBe(deployedFunction(template, functionOf[operation]).id);
  });

  it('answers what no route matches from the public function', () => {
    expect(targetOf('$default')).toBe(deployedFunction(template, 'public').id);
  });

  it.each(pagePaths)('serves the pages at %s', (path) => {
    expect(targetOf(`GET ${path}`)).toBe(deployedFunction(template, 'pages').id);
  });

  it('has no route beyond the contract and the pages', () => {
    const count = Object.keys(routes).length + pagePaths.length + 1;
    template.resourceCountIs('AWS::ApiGatewayV2::Route', count);
  });

  it('logs requests without saying who made them', () => {
    const { properties } = theResource(template, 'AWS::ApiGatewayV2::Stage');
    expect(properties.AccessLogSettings.Format).not.toMatch(/sourceIp|userAgent|authorizer|context\.path/);
  });
});

describe('a function', () => {
  it.each(Object.keys(environments) as FunctionName[])(
    'gets all that %s reads from its environment',
    (name) => {
      const given = deployedFunction(template, name).properties.Environment.Variables;
      const runtime = { AWS_REGION: stage.region };
      const plain = Object.fromEntries(
        Object.entries({ ...given, ...runtime }).map(([key, value]) => [
          key,
          typeof value === 'string' ? value : 'resolved-when-deployed',
        ]),
      );
      expect(environments[name].safeParse(plain).error).toBeUndefined();
    },
  );

  it('runs on Node 24 and arm64 with JSON logs that expire', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      LoggingConfig: Match.objectLike({ LogFormat: 'JSON' }),
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: stage.logRetentionDays });
  });

  it('behind the API has the extension that reads secrets', () => {
    for (const name of new Set([...Object.values(functionOf), 'pages'] as const))
      expect(deployedFunction(template, name).properties.Layers).toEqual([
        expect.stringContaining('AWS-Parameters-and-Secrets-Lambda-Extension-Arm64'),
      ]);
  });
});

describe('a table', () => {
  const table = (capability: string) =>
    theResource(template, 'AWS::DynamoDB::GlobalTable', ({ id }) => id.startsWith(capability)).properties;

  it('is on demand, encrypted and recoverable to any second', () => {
    template.allResourcesProperties('AWS::DynamoDB::GlobalTable', {
      BillingMode: 'PAY_PER_REQUEST',
      Replicas: [
        Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }),
      ],
    });
    template.resourceCountIs('AWS::DynamoDB::GlobalTable', 4);
  });

  it('of offers expires items and streams them', () => {
    expect(table('Offers')).toMatchObject({
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    });
  });

  it('of the feed has neither: a snapshot lives until the next one', () => {
    expect(table('Feed')).not.toHaveProperty('TimeToLiveSpecification');
    expect(table('Feed')).not.toHaveProperty('StreamSpecification');
  });
});

describe('the stream', () => {
  it('brings changes of blocks alone to the projector, and gives up on a record in the end', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionName: { Ref: deployedFunction(template, 'feed-projector').id },
      EventSourceArn: Match.objectLike({ 'Fn::GetAtt': [Match.anyValue(), 'StreamArn'] }),
      FilterCriteria: { Filters: [{ Pattern: '{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"B#"}]}}}}' }] },
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 5,
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    });
  });
});

describe('what is stored outside tables', () => {
  it('waits in encrypted queues that refuse plain text', () => {
    template.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
    const queues = resources(template, 'AWS::SQS::Queue').map(({ id }) => id);
    const guarded = resources(template, 'AWS::SQS::QueuePolicy').flatMap(({ properties }) =>
      properties.Queues.map(({ Ref }: { Ref: string }) => Ref),
    );
    expect(guarded.sort()).toEqual(queues.sort());
  });

  it('lies in an encrypted, private bucket that forgets in time', () => {
    template.allResourcesProperties('AWS::S3::Bucket', {
      BucketEncryption: Match.anyValue(),
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: {
        Rules: [Match.objectLike({ ExpirationInDays: stage.attemptRetentionDays, Status: 'Enabled' })],
      },
      VersioningConfiguration: Match.absent(),
    });
  });
});

describe('accounts', () => {
  it('are created by operators, signed in by e-mail and hold no phone number', () => {
    template.hasResourceProperties('AWS::Cognito::UserPool', {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      UsernameAttributes: ['email'],
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      Schema: [{ Name: 'email', Required: true, Mutable: true }],
    });
  });

  it('have the groups of the contract', () => {
    const groups = resources(template, 'AWS::Cognito::UserPoolGroup');
    expect(groups.map(({ properties }) => properties.GroupName).sort()).toEqual([...operatorGroups].sort());
  });

  it('sign in to an app that keeps no secret', () => {
    template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      GenerateSecret: false,
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      AccessTokenValidity: 60,
    });
  });
});

describe('the edge', () => {
  it('sends a secret that stands in no template', () => {
    const { properties } = theResource(template, 'AWS::CloudFront::Distribution');
    const [origin] = properties.DistributionConfig.Origins;
    expect(origin.OriginCustomHeaders).toEqual([
      {
        HeaderName: 'x-evenfield-edge',
        HeaderValue: {
          'Fn::Join': ['', ['{{resolve:secretsmanager:', expect.anything(), ':SecretString:::}}']],
        },
      },
    ]);
    expect(origin.CustomOriginConfig).toMatchObject({
      OriginProtocolPolicy: 'https-only',
      OriginSSLProtocols: ['TLSv1.2'],
    });
  });
});

it('tells where the stage can be reached', () => {
  expect(Object.keys(template.findOutputs('*'))).toEqual(['PublicUrl', 'UserPoolId', 'ClientId']);
});
