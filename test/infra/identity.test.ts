import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { environments, type FunctionName } from '#lambdas/env.ts';
import { readStage } from '#lib/stage-config.ts';
import { deployedFunction, resources, synthesise, theResource } from './synth.ts';

const stage = { ...readStage('dev'), mailFrom: 'notices@example.com' };
const devices = { ...stage.devices, ios: readStage('production').devices.ios as never };
let template: Template;

beforeAll(async () => {
  ({ template } = await synthesise({ ...stage, devices }));
});

const named = (type: string, start: string) => theResource(template, type, ({ id }) => id.startsWith(start));
const photosBucket = () => named('AWS::S3::Bucket', 'IdentityPhotosBucket');
const keysTable = () => named('AWS::DynamoDB::GlobalTable', 'IdentityPhotosKeys');

describe('the table of drivers’ keys', () => {
  it('has no copy that a destroyed key could come back from', () => {
    const { properties } = keysTable();
    expect(properties).not.toHaveProperty('StreamSpecification');
    expect(properties.Replicas).toEqual([
      {
        Region: stage.region,
        DeletionProtectionEnabled: false,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
        Tags: expect.anything(),
      },
    ]);
  });

  it('is in no backup plan, as nothing of the stack is', () => {
    const types = Object.values(template.toJSON().Resources as Record<string, { Type: string }>);
    expect(types.map(({ Type }) => Type).filter((type) => type.startsWith('AWS::Backup::'))).toEqual([]);
  });
});

it('the stream that begins erasures carries the names of items, and nothing that is in them', () => {
  expect(named('AWS::DynamoDB::GlobalTable', 'IdentityTable').properties.StreamSpecification).toEqual({
    StreamViewType: 'KEYS_ONLY',
  });
});

describe('the bucket of photos', () => {
  it('keeps no version, no lock and no copy', () => {
    for (const property of [
      'VersioningConfiguration',
      'ObjectLockEnabled',
      'ObjectLockConfiguration',
      'ReplicationConfiguration',
      'InventoryConfigurations',
      'LoggingConfiguration',
      'NotificationConfiguration',
    ])
      expect(photosBucket().properties).not.toHaveProperty(property);
  });

  it('forgets by the clock of the stage: selfies after 72 hours, references after 365 days', () => {
    expect(stage.identity.retention).toEqual({ selfieHours: 72, referenceDays: 365 });
    const days = photosBucket().properties.LifecycleConfiguration.Rules.map(
      ({ Prefix, ExpirationInDays }: { Prefix?: string; ExpirationInDays?: number }) => [
        Prefix,
        ExpirationInDays,
      ],
    );
    expect(days).toEqual([
      ['selfies/', 3],
      ['references/', 365],
      [undefined, undefined],
    ]);
  });
});

describe('the keys', () => {
  it('that wrap drivers’ keys rotate by themselves', () => {
    expect(named('AWS::KMS::Key', 'IdentityPhotosWrappingKey').properties).toMatchObject({
      EnableKeyRotation: true,
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyUsage: 'ENCRYPT_DECRYPT',
    });
  });

  it('that sign receipts are of P-256 and for nothing else', () => {
    expect(named('AWS::KMS::Key', 'IdentitySigningKey').properties).toMatchObject({
      KeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
    });
  });

  it('are open to this account’s own roles alone', () => {
    for (const { id, properties } of resources(template, 'AWS::KMS::Key'))
      expect(
        properties.KeyPolicy.Statement.map(({ Effect, Principal }: Record<string, unknown>) => [
          Effect,
          JSON.stringify(Principal).match(/AWS::AccountId.*:root/)?.length,
        ]),
        id,
      ).toEqual([['Allow', 1]]);
  });
});

interface Statement {
  Effect: 'Allow' | 'Deny';
  Action: string | string[];
  Resource: unknown;
}
const statementsOf = (name: FunctionName): Statement[] => {
  const role = deployedFunction(template, name).properties.Role['Fn::GetAtt'][0];
  return resources(template, 'AWS::IAM::Policy')
    .filter(({ properties }) => properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role))
    .flatMap(({ properties }) => properties.PolicyDocument.Statement);
};
const allowed = (name: FunctionName) => statementsOf(name).filter(({ Effect }) => Effect === 'Allow');
const actions = (statements: Statement[]) => statements.flatMap(({ Action }) => [Action].flat()).sort();
const about = (id: string) => (statement: Statement) => JSON.stringify(statement.Resource).includes(id);
const functions = Object.keys(environments) as FunctionName[];
const functionsThat = (may: (name: FunctionName) => boolean) => functions.filter(may).sort();

/** All that finds one face among many, as Rekognition's reference names it. */
const oneToMany = [
  'AssociateFaces',
  'CreateCollection',
  'CreateStreamProcessor',
  'CreateUser',
  'GetFaceSearch',
  'IndexFaces',
  'RecognizeCelebrities',
  'SearchFaces',
  'SearchFacesByImage',
  'SearchUsers',
  'SearchUsersByImage',
  'StartFaceSearch',
];

describe('of all functions', () => {
  it('one may compare faces, one with one', () => {
    const rekognition = (name: FunctionName) =>
      actions(allowed(name)).filter((action) => action.startsWith('rekognition:'));
    expect(functionsThat((name) => rekognition(name).length > 0)).toEqual(['identity']);
    expect(rekognition('identity')).toEqual([
      'rekognition:CompareFaces',
      'rekognition:CreateFaceLivenessSession',
      'rekognition:DetectFaces',
      'rekognition:GetFaceLivenessSessionResults',
    ]);
  });

  it('none may do everything of anything', () => {
    for (const name of functions) expect(actions(allowed(name)).join(' '), name).not.toContain('*');
  });

  it('those for drivers, reviewers and erasures touch the bucket, and only the first two read it', () => {
    const bucket = photosBucket().id;
    const touches = (name: FunctionName) => allowed(name).filter(about(bucket));
    expect(functionsThat((name) => touches(name).length > 0)).toEqual([
      'identity',
      'identity-review',
      'identity-upkeep',
    ]);
    expect(functionsThat((name) => actions(touches(name)).includes('s3:GetObject'))).toEqual([
      'identity',
      'identity-review',
    ]);
    expect(functionsThat((name) => actions(touches(name)).includes('s3:PutObject'))).toEqual(['identity']);
  });

  it('those that show or compare photos unwrap drivers’ keys; who erases sees that there is one, and destroys it', () => {
    const may = (id: string, action: string) =>
      functionsThat((name) => actions(allowed(name).filter(about(id))).includes(action));
    const keys = keysTable().id;
    const wrapping = named('AWS::KMS::Key', 'IdentityPhotosWrappingKey').id;
    expect(may(keys, 'dynamodb:GetItem')).toEqual(['identity', 'identity-review', 'identity-upkeep']);
    expect(may(keys, 'dynamodb:PutItem')).toEqual(['identity']);
    expect(may(keys, 'dynamodb:DeleteItem')).toEqual(['identity', 'identity-upkeep']);
    expect(may(wrapping, 'kms:Decrypt')).toEqual(['identity', 'identity-review']);
    expect(may(wrapping, 'kms:GenerateDataKey')).toEqual(['identity']);
    const others = functions.filter((name) => !/^identity/.test(name));
    for (const name of others)
      for (const id of [keys, wrapping]) expect(allowed(name).filter(about(id)), name).toEqual([]);
  });

  it('none that offers or gives out blocks reads how checks ended', () => {
    const table = named('AWS::DynamoDB::GlobalTable', 'IdentityTable').id;
    expect(functionsThat((name) => allowed(name).some(about(table)))).toEqual([
      'check-in',
      'identity',
      'identity-review',
      'identity-upkeep',
      'me',
    ]);
  });

  it('one may sign receipts, and one the records of draws', () => {
    expect(functionsThat((name) => actions(allowed(name)).includes('kms:Sign'))).toEqual([
      'identity-upkeep',
      'sharing-worker',
    ]);
  });

  it('each that touches photos is denied to search, whatever else it is given', () => {
    for (const name of functionsThat((name) => allowed(name).some(about(photosBucket().id)))) {
      const denied = statementsOf(name).filter(({ Effect }) => Effect === 'Deny');
      expect(denied.map(({ Resource }) => Resource)).toEqual(['*']);
      expect(actions(denied), name).toEqual(oneToMany.map((operation) => `rekognition:${operation}`));
    }
  });
});
