import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import { expect, it } from 'vitest';
import { Alarms } from '#lib/alarms.ts';
import { Audit } from '#lib/audit.ts';
import { readStage, type StageConfig } from '#lib/stage-config.ts';
import { EvenfieldTable } from '#lib/tables.ts';
import { resources, theResource } from './synth.ts';

/** The archive and its table; the code of its function does not matter here. */
const auditOf = (stage: StageConfig): Template => {
  const stack = new Stack(new App(), 'Stack', { env: { region: stage.region } });
  const bundles = { folderOf: () => import.meta.dirname, metafile: { inputs: {}, outputs: {} } };
  const platform = { stage, bundles, alarms: new Alarms(stack, 'Alarms', stage) };
  const table = new EvenfieldTable(stack, 'Table', platform, {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    dynamoStream: StreamViewType.NEW_IMAGE,
    impact: 'Nobody.',
  });
  new Audit(stack, 'Audit', platform, { table });
  return Template.fromStack(stack);
};
const production = auditOf(readStage('production'));

it('copies of the audit are locked for as long as records are kept, in production against everybody', () => {
  for (const [name, Mode] of [
    ['production', 'COMPLIANCE'],
    ['dev', 'GOVERNANCE'],
  ] as const) {
    const stage = readStage(name);
    const { properties } = theResource(
      name === 'production' ? production : auditOf(stage),
      'AWS::S3::Bucket',
    );
    expect(properties).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode, Days: stage.recordRetentionDays } },
      },
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
    });
    const [rule] = properties.LifecycleConfiguration.Rules;
    expect(rule.ExpirationInDays).toBeGreaterThan(stage.recordRetentionDays);
  }
});

it('only new entries of the audit are archived, and are kept when they cannot be', () => {
  const { properties } = theResource(production, 'AWS::Lambda::EventSourceMapping');
  expect(JSON.parse(properties.FilterCriteria.Filters[0].Pattern)).toEqual({
    eventName: ['INSERT'],
    dynamodb: { Keys: { pk: { S: [{ prefix: 'AUDIT#' }] } } },
  });
  expect(properties).toMatchObject({
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    DestinationConfig: { OnFailure: { Destination: expect.anything() } },
  });
});

it('whoever archives may neither delete nor unlock', () => {
  const actions = resources(production, 'AWS::IAM::Policy')
    .flatMap(({ properties }) => properties.PolicyDocument.Statement)
    .flatMap(({ Action }: { Action: string | string[] }) => Action)
    .filter((action) => action.startsWith('s3:'));
  expect(actions.sort()).toEqual(['s3:GetObject', 's3:PutObject']);
});
