import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { routes } from '#contract/routes.ts';
import { readStage, type StageConfig } from '#lib/stage-config.ts';
import { deployedFunction, synthesise, theResource } from './synth.ts';

const stage: StageConfig = {
  ...readStage('production'),
  secrets: { offerKey: 1, edge: 4 },
  domain: {
    publicHost: 'blocks.example.com',
    publicCertificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/public',
    apiHost: 'api.blocks.example.com',
    apiCertificateArn: 'arn:aws:acm:us-west-2:111122223333:certificate/api',
  },
};
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

  it('finds one wildcard in all permissions', () => {
    const wildcards = system.findings.suppressedViolations.filter(({ ruleName }) =>
      ruleName.includes('IAM5'),
    );
    expect(wildcards.map(({ ruleName }) => ruleName)).toEqual([
      expect.stringMatching(/ArchiveBucket.*\/attempts\/\*/),
    ]);
  });
});

describe('data', () => {
  it('survives the stack', () => {
    const kept = [
      'AWS::DynamoDB::GlobalTable',
      'AWS::S3::Bucket',
      'AWS::Cognito::UserPool',
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

describe('the firewall', () => {
  it('guards the distribution', () => {
    system.template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: { WebACLId: Match.anyValue() },
    });
  });

  it('pays for bot control on claims only', () => {
    const acl = theResource(system.firewall as Template, 'AWS::WAFv2::WebACL');
    const bots = acl.properties.Rules.find(({ Name }: { Name: string }) => Name === 'bots');
    const scope = JSON.stringify(bots.Statement.ManagedRuleGroupStatement.ScopeDownStatement);
    expect(scope).toContain(`"${routes.claimBlock.path}"`);
    expect(scope).toContain(`"${routes.claimBlock.method}"`);
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
