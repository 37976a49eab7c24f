import { readFileSync } from 'node:fs';
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

  it('is on demand, and lies in one region, under the key of DynamoDB', () => {
    template.allResourcesProperties('AWS::DynamoDB::GlobalTable', {
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { SSEEnabled: false },
      Replicas: [Match.objectLike({ Region: stage.region })],
    });
  });

  it('can be restored to any second, except those of keys and links which erasures destroy', () => {
    const restorable = resources(template, 'AWS::DynamoDB::GlobalTable').map(({ id, properties }) => [
      id.replace(/[0-9A-F]{8}$/, ''),
      properties.Replicas.map(
        (replica: { PointInTimeRecoverySpecification?: { PointInTimeRecoveryEnabled: boolean } }) =>
          replica.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled,
      ),
    ]);
    expect(Object.fromEntries(restorable)).toEqual({
      OffersTable: [true],
      FeedTable: [true],
      DevicesTable: [true],
      ChallengesTable: [true],
      IdentityTable: [true],
      ActivityTable: [true],
      EnforcementTable: [true],
      ActivityPseudonyms: [false],
      IdentityPhotosKeys: [false],
    });
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

  it('lies in encrypted, private buckets', () => {
    template.allResourcesProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
  });

  it('keeps no old versions, but of the audit, which nobody can change', () => {
    const versioned = resources(template, 'AWS::S3::Bucket').filter(
      ({ properties }) => properties.VersioningConfiguration,
    );
    expect(versioned.map(({ id }) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(['AuditBucket']);
    expect(versioned[0]?.properties.ObjectLockEnabled).toBe(true);
  });

  it('is forgotten in time', () => {
    const { attemptRetentionDays, identity } = stage;
    const enabled = { Status: 'Enabled' };
    const abandoned = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } };
    const rules = resources(template, 'AWS::S3::Bucket').map(({ id, properties }) => [
      id.replace(/[0-9A-F]{8}$/, ''),
      properties.LifecycleConfiguration.Rules,
    ]);
    expect(Object.fromEntries(rules)).toEqual({
      AttemptsArchiveBucket: [{ ...enabled, ...abandoned, ExpirationInDays: attemptRetentionDays }],
      AuditBucket: [
        {
          ...enabled,
          ...abandoned,
          ExpirationInDays: stage.recordRetentionDays + 1,
          NoncurrentVersionExpiration: { NoncurrentDays: 1 },
        },
        { ...enabled, ExpiredObjectDeleteMarker: true },
      ],
      IdentityPhotosBucket: [
        { ...enabled, Prefix: 'selfies/', ExpirationInDays: Math.ceil(identity.retention.selfieHours / 24) },
        { ...enabled, Prefix: 'references/', ExpirationInDays: identity.retention.referenceDays },
        { ...enabled, ...abandoned },
      ],
    });
  });

  it('is asked for over TLS only', () => {
    const guarded = resources(template, 'AWS::S3::BucketPolicy').map(({ properties }) => [
      properties.Bucket.Ref,
      properties.PolicyDocument.Statement,
    ]);
    const buckets = resources(template, 'AWS::S3::Bucket').map(({ id }) => id);
    expect(guarded.map(([bucket]) => bucket).sort()).toEqual(buckets.sort());
    for (const [, statements] of guarded)
      expect(statements).toContainEqual(
        expect.objectContaining({
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: 's3:*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      );
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

it('costs what docs/deploy.md counts', () => {
  const prices = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
  const [, ...counts] =
    prices.match(
      /with notices and receipts of iPhones (\d+) over (\d+)\)[\s\S]*?\n\| (\d+) secrets \((\d+) once[\s\S]*?\n\| (\d+) keys of KMS/,
    ) ?? [];
  const alarms = resources(template, 'AWS::CloudWatch::Alarm');
  const secrets = resources(template, 'AWS::SecretsManager::Secret').length;
  expect(counts.map(Number)).toEqual([
    alarms.length,
    // Each metric of an alarm is paid for.
    alarms.flatMap(
      ({ properties: { Metrics } }) =>
        Metrics?.filter(({ MetricStat }: { MetricStat?: unknown }) => MetricStat) ?? [undefined],
    ).length,
    secrets,
    // Two generations of each, and three once it has been rotated.
    (secrets / 2) * 3,
    resources(template, 'AWS::KMS::Key').length,
  ]);
});
