import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeProblem } from '#contract/describe-problem.ts';
import { routes } from '#contract/routes.ts';
import { environmentReserveBytes, parseStage, readStage, type StageConfig } from '#lib/stage-config.ts';
import { deployedFunction, resources, synthesise, theResource } from './synth.ts';

const stage: StageConfig = {
  ...readStage('production'),
  secrets: { offerKey: 12, edge: 4, deviceTokenKey: 7, challengeKey: 2, scheduleKey: 3, networkKey: 1 },
};
/** A finding of cdk-nag with the policy that it is about. */
interface Explained {
  ruleName: string;
  violatingConstructs: { constructPath: string }[];
}
let system: Awaited<ReturnType<typeof synthesise>>;

beforeAll(async () => {
  system = await synthesise(stage);
});

describe('cdk-nag', () => {
  it('finds nothing that is not explained', () => {
    expect(system.findings.violations).toEqual([]);
    for (const { ruleName, reason } of system.findings.suppressedViolations)
      expect(reason?.length, ruleName).toBeGreaterThan(20);
  });

  it('finds these wildcards in all permissions and no other', () => {
    const wildcards = (system.findings.suppressedViolations as Explained[])
      .filter(({ ruleName }) => ruleName.includes('IAM5'))
      .flatMap(({ ruleName, violatingConstructs }) =>
        violatingConstructs.map(({ constructPath }) => {
          const [, role] = constructPath.match(/^[^/]+\/(.+Role)\//) ?? [];
          // Without the hash that the CDK appends to the bucket's name.
          const [, resource = ''] = ruleName.match(/\[Resource::(.+)\]$/) ?? [];
          return `${role}: ${resource.replace(/^<(\w+?)[0-9A-F]{8}\.Arn>/, '$1')}`;
        }),
      );
    expect(wildcards.sort()).toEqual([
      'Attempts/ArchiveRole: AttemptsArchiveBucket/activity/*',
      'Audit/ArchiveRole: AuditBucket/audit/*',
      'Enforcement/MachineRole: *',
      'Identity/DriversRole: *',
      'Identity/DriversRole: IdentityPhotosBucket/references/*',
      'Identity/DriversRole: IdentityPhotosBucket/selfies/*',
      'Identity/MeRole: *',
      'Identity/ReviewRole: IdentityPhotosBucket/references/*',
      'Identity/ReviewRole: IdentityPhotosBucket/selfies/*',
      'Identity/UpkeepRole: IdentityPhotosBucket/references/*',
      'Identity/UpkeepRole: IdentityPhotosBucket/selfies/*',
    ]);
  });
});

describe('data', () => {
  it('survives the stack', () => {
    const kept = [
      'AWS::DynamoDB::GlobalTable',
      'AWS::S3::Bucket',
      'AWS::Cognito::UserPool',
      'AWS::KMS::Key',
      'AWS::Logs::LogGroup',
    ];
    for (const type of kept)
      for (const resource of Object.values(system.template.findResources(type)))
        expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    system.template.allResourcesProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [Match.objectLike({ DeletionProtectionEnabled: true })],
    });
    system.template.allResourcesProperties('AWS::Cognito::UserPool', { DeletionProtection: 'ACTIVE' });
  });
});

describe('with a domain of its own', () => {
  it('the API shuts its default endpoint', () => {
    system.template.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: true });
  });

  it('the edge asks clients for TLS 1.2 and finds the API by its name', () => {
    system.template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        Aliases: ['blocks.example.com'],
        ViewerCertificate: Match.objectLike({ MinimumProtocolVersion: 'TLSv1.2_2021' }),
      },
    });
    system.template.hasOutput('PublicUrl', { Value: 'https://blocks.example.com' });
  });
});

it('without a domain of its own the API leaves its default endpoint open', async () => {
  const { domain, ...without } = stage;
  const { template } = await synthesise({ ...without, openEndpoint: true });
  template.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: false });
});

describe('the firewall', () => {
  const matches = (field: Record<string, unknown>, value: string, transformations: string[]) => ({
    ByteMatchStatement: {
      FieldToMatch: field,
      SearchString: value,
      PositionalConstraint: 'EXACTLY',
      TextTransformations: transformations.map((Type, Priority) => ({ Type, Priority })),
    },
  });
  const claims = {
    AndStatement: {
      Statements: [
        matches({ Method: {} }, routes.claimBlock.method, ['NONE']),
        matches({ UriPath: {} }, routes.claimBlock.path, ['URL_DECODE', 'NORMALIZE_PATH']),
      ],
    },
  };
  const acl = () => theResource(system.firewall as Template, 'AWS::WAFv2::WebACL').properties;
  const rule = (name: string) => acl().Rules.find(({ Name }: { Name: string }) => Name === name);

  it('guards the distribution', () => {
    system.template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: { WebACLId: Match.anyValue() },
    });
  });

  it('pays for bot control on claims only', () => {
    expect(rule('bots').Statement.ManagedRuleGroupStatement.ScopeDownStatement).toEqual(claims);
  });

  it('counts claims however their path is written', () => {
    expect(rule('claim-flood').Statement.RateBasedStatement.ScopeDownStatement).toEqual(claims);
  });

  it.each(['flood', 'claim-flood'])('answers what %s refuses with a problem document', (name) => {
    const { ResponseCode, CustomResponseBodyKey, ResponseHeaders } = rule(name).Action.Block.CustomResponse;
    const { ContentType, Content } = acl().CustomResponseBodies[CustomResponseBodyKey];
    expect(ContentType).toBe('APPLICATION_JSON');
    expect(JSON.parse(Content)).toEqual(describeProblem('slow-down'));
    expect(ResponseCode).toBe(429);
    expect(ResponseHeaders).toEqual([{ Name: 'Retry-After', Value: '60' }]);
  });
});

describe('a secret of generation 4', () => {
  it('stands beside the one before and the one after, the current one first', () => {
    const claims = deployedFunction(system.template, 'claims');
    const accepted = JSON.stringify(claims.properties.Environment.Variables.EDGE_SECRETS);
    expect([...accepted.matchAll(/EdgeSecretGeneration(\d)/g)].map(([, generation]) => generation)).toEqual([
      '4',
      '5',
      '3',
    ]);
  });

  it('is what the edge sends', () => {
    const distribution = JSON.stringify(theResource(system.template, 'AWS::CloudFront::Distribution'));
    expect(distribution).toMatch(/EdgeSecretGeneration4/);
    expect(distribution).not.toMatch(/EdgeSecretGeneration[35]/);
  });
});

describe('the environment of functions', () => {
  /** At its longest: the ARN of a secret, and a name, an id or a host. */
  const resolved = (value: unknown) => {
    const text = JSON.stringify(value);
    const secrets = text.match(/Generation\d/g)?.length ?? 0;
    return typeof value === 'string' ? value : 'x'.repeat(secrets > 0 ? secrets * 125 : 64);
  };
  /** As Lambda measures it. */
  const bytesOf = (variables: Record<string, unknown>) =>
    Buffer.byteLength(
      JSON.stringify(
        Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, resolved(value)])),
      ),
    );

  it('has room for what they read besides stations', () => {
    for (const { properties } of resources(system.template, 'AWS::Lambda::Function')) {
      const { STATIONS, ...others } = properties.Environment.Variables;
      if (STATIONS)
        expect(bytesOf({ ...others, STATIONS: '' }), properties.Description).toBeLessThanOrEqual(
          environmentReserveBytes,
        );
    }
  });

  it('stays within 4 KB with 20 stations that have positions', async () => {
    const position = { latitude: -36.84846112345678, longitude: -174.76333612345678, radiusMeters: 20_000 };
    const stations = Array.from({ length: 20 }, (_, index) => ({
      stationId: `SEATTLEDSE${index + 10}`,
      name: `Seattle ${index}`,
      timeZone: 'America/Los_Angeles',
      jurisdiction: 'US-SEA',
      position,
      asksPosition: true,
      shares: { draw: 25, reserved: 25, gated: 25, direct: 25 },
    }));
    const sharing = { ...stage.sharing, instant: { withinMinutes: 120, kilometers: 500 } };
    const { template } = await synthesise(parseStage('stage.json', { ...stage, stations, sharing }));
    for (const { properties } of resources(template, 'AWS::Lambda::Function'))
      expect(bytesOf(properties.Environment.Variables), properties.Description).toBeLessThanOrEqual(4096);
  });
});
