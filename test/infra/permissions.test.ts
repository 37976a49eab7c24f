import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { environments, type FunctionName } from '#lambdas/env.ts';
import { readStage } from '#lib/stage-config.ts';
import { deployedFunction, resources, synthesise } from './synth.ts';

let template: Template;
const appleSecret = 'arn:aws:secretsmanager:us-west-2:111122223333:secret:evenfield-apple-000000';

beforeAll(async () => {
  const stage = readStage('dev');
  const ios = { ...readStage('production').devices.ios, receiptSecretArn: appleSecret } as never;
  ({ template } = await synthesise({
    ...stage,
    mailFrom: 'notices@example.com',
    devices: { ...stage.devices, ios },
  }));
});

const log = { logs: ['logs:CreateLogStream', 'logs:PutLogEvents'] };
const read = (secrets: string) => ({ [secrets]: ['secretsmanager:GetSecretValue'] });
/** Of whoever answers drivers on their phones: the keys of tokens, and which sessions were ended. */
const phones = { ...read('EdgeSecret'), ...read('DevicesTokenKey'), DevicesTable: ['dynamodb:Query'] };

/** Of drivers' photos, which lie below two prefixes. */
const photos = (...actions: string[]) => ({
  'IdentityPhotosBucket/references/*': actions,
  'IdentityPhotosBucket/selfies/*': actions,
});

/** Of whoever works on cases: what they rest on, and the workflow that waits for them. */
const caseReads = {
  EnforcementTable: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
  DevicesTable: ['dynamodb:Query'],
  OffersTable: ['dynamodb:BatchGetItem', 'dynamodb:Query'],
  AccountsPool: ['cognito-idp:AdminGetUser'],
};
const waking = { 'warn-then-offboard': ['states:SendTaskSuccess', 'states:StartExecution'] };
/** What a case does elsewhere: sessions, phones, blocks, friction, and what others are told. */
const caseEffects = {
  EnforcementTable: ['dynamodb:ConditionCheckItem', ...caseReads.EnforcementTable],
  DevicesTable: ['dynamodb:ConditionCheckItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:Query'],
  OffersTable: [
    'dynamodb:BatchGetItem',
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:Query',
    'dynamodb:UpdateItem',
  ],
  ChallengesTable: ['dynamodb:DeleteItem', 'dynamodb:PutItem'],
  AccountsPool: ['cognito-idp:AdminGetUser', 'cognito-idp:AdminUserGlobalSignOut'],
  Bus: ['events:PutEvents'],
};

/** Of blocks, entries of draws, rotations and what is due. */
const sharing = [
  'dynamodb:BatchGetItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
];

/** Everything that each function may do, by what it may do it to. A new permission is a change of this table. */
const permissions: Record<FunctionName, Record<string, string[]>> = {
  public: { ...log, ...read('EdgeSecret'), FeedTable: ['dynamodb:GetItem'] },
  pages: { ...log, ...read('EdgeSecret') },
  offers: {
    ...log,
    ...phones,
    ...read('OfferKey'),
    FeedTable: ['dynamodb:GetItem'],
    AttemptsQueue: ['sqs:SendMessage'],
  },
  telemetry: {
    ...log,
    ...phones,
    DevicesTable: ['dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
    AttemptsQueue: ['sqs:SendMessage'],
  },
  claims: {
    ...log,
    ...phones,
    ...read('OfferKey'),
    ...read('ChallengesKey'),
    ChallengesTable: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
    DevicesTable: ['dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
    OffersTable: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    AttemptsQueue: ['sqs:SendMessage'],
  },
  schedule: { ...log, ...phones, OffersTable: ['dynamodb:BatchGetItem', 'dynamodb:Query'] },
  draws: { ...log, ...phones, ...read('OfferKey'), OffersTable: sharing },
  'sharing-worker': {
    ...log,
    OffersTable: [...sharing, 'dynamodb:ConditionCheckItem'].sort(),
    'OffersTable stream': [
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
    ],
    DevicesTable: ['dynamodb:Query'],
    IdentitySigningKey: ['kms:GetPublicKey', 'kms:Sign'],
    Bus: ['events:PutEvents'],
    DrawsTimers: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:SendMessage'],
    DrawsUnmet: ['sqs:SendMessage'],
    AccountsPool: ['cognito-idp:AdminGetUser'],
    'identity/notices@example.com': ['ses:SendEmail'],
  },
  devices: {
    ...log,
    ...phones,
    DevicesTable: [
      'dynamodb:BatchGetItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:DeleteItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ],
  },
  challenges: {
    ...log,
    ...phones,
    ...read('ChallengesKey'),
    DevicesTable: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
    ChallengesTable: [
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ],
    OffersTable: ['dynamodb:UpdateItem'],
    AttemptsQueue: ['sqs:SendMessage'],
  },
  'check-in': {
    ...log,
    ...phones,
    ...read('IdentityScheduleKey'),
    IdentityTable: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    OffersTable: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    AttemptsQueue: ['sqs:SendMessage'],
  },
  identity: {
    ...log,
    ...phones,
    IdentityTable: [
      'dynamodb:ConditionCheckItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ],
    IdentityPhotosKeys: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'],
    IdentityPhotosWrappingKey: ['kms:Decrypt', 'kms:GenerateDataKey'],
    ...photos('s3:DeleteObject', 's3:GetObject', 's3:PutObject'),
    IdentityPhotosBucket: ['s3:ListBucket'],
    '*': [
      'organizations:DescribeEffectivePolicy',
      'rekognition:CompareFaces',
      'rekognition:CreateFaceLivenessSession',
      'rekognition:DetectFaces',
      'rekognition:GetFaceLivenessSessionResults',
    ],
    AttemptsQueue: ['sqs:SendMessage'],
  },
  'identity-review': {
    ...log,
    ...read('EdgeSecret'),
    IdentityTable: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
    IdentityPhotosKeys: ['dynamodb:GetItem'],
    IdentityPhotosWrappingKey: ['kms:Decrypt'],
    ...photos('s3:DeleteObject', 's3:GetObject'),
    IdentityPhotosBucket: ['s3:ListBucket'],
  },
  me: {
    EnforcementTable: ['dynamodb:GetItem', 'dynamodb:Query'],
    ...log,
    ...read('EdgeSecret'),
    IdentityTable: ['dynamodb:GetItem', 'dynamodb:Query'],
    DevicesTable: ['dynamodb:BatchGetItem', 'dynamodb:Query'],
    OffersTable: ['dynamodb:BatchGetItem', 'dynamodb:Query'],
    IdentitySigningKey: ['kms:GetPublicKey'],
    '*': ['organizations:DescribeEffectivePolicy'],
  },
  'identity-upkeep': {
    ...log,
    IdentityTable: [
      'dynamodb:BatchWriteItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
    ],
    'IdentityTable stream': [
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
    ],
    IdentityPhotosKeys: ['dynamodb:DeleteItem', 'dynamodb:GetItem'],
    ...photos('s3:DeleteObject', 's3:DeleteObjectVersion'),
    IdentityPhotosBucket: ['s3:ListBucket', 's3:ListBucketVersions'],
    IdentitySigningKey: ['kms:GetPublicKey', 'kms:Sign'],
    IdentityUnfinished: ['sqs:SendMessage'],
  },
  'status-list': {
    ...log,
    DevicesTable: ['dynamodb:BatchWriteItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
  },
  receipts: {
    ...log,
    DevicesTable: [
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ],
    [appleSecret]: ['secretsmanager:GetSecretValue'],
  },
  'device-notices': {
    ...log,
    AccountsPool: ['cognito-idp:AdminGetUser'],
    'identity/notices@example.com': ['ses:SendEmail'],
    'DevicesTable stream': [
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
    ],
    DeviceUpkeepUnsent: ['sqs:SendMessage'],
  },
  operator: { ...log, ...read('EdgeSecret'), OffersTable: ['dynamodb:GetItem', 'dynamodb:PutItem'] },
  'feed-projector': {
    ...log,
    OffersTable: ['dynamodb:BatchGetItem'],
    'OffersTable stream': [
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
    ],
    FeedTable: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    FeedUnprojected: ['sqs:SendMessage'],
  },
  'feed-rebuild': {
    ...log,
    OffersTable: ['dynamodb:BatchGetItem', 'dynamodb:Scan'],
    FeedTable: ['dynamodb:GetItem', 'dynamodb:PutItem'],
  },
  'attempts-archive': {
    ...log,
    AttemptsQueue: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    'AttemptsArchiveBucket/activity/*': ['s3:PutObject'],
    ChallengesTable: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    ...read('ActivityNetworkKey'),
    ActivityTable: ['dynamodb:BatchWriteItem'],
    ActivityPseudonyms: [
      'dynamodb:BatchGetItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
    ],
  },
  'detection-upkeep': {
    ...log,
    ActivityTable: ['dynamodb:BatchWriteItem', 'dynamodb:Query'],
    ActivityPseudonyms: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'],
  },
  'detection-planner': {
    ...log,
    ...read('ActivityNetworkKey'),
    ActivityTable: [
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ],
    ActivityPseudonyms: ['dynamodb:GetItem'],
    DetectionQueue: ['sqs:SendMessage'],
    Bus: ['events:PutEvents'],
  },
  'detection-scoring': {
    ...log,
    ...read('ActivityNetworkKey'),
    DetectionQueue: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    ActivityTable: [
      'dynamodb:BatchWriteItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
    ],
    ActivityPseudonyms: ['dynamodb:GetItem'],
    ChallengesTable: ['dynamodb:DeleteItem', 'dynamodb:PutItem'],
  },
  'detection-verdicts': {
    ...log,
    ActivityTable: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    Bus: ['events:PutEvents'],
  },
  'detection-review': {
    ...log,
    ...read('EdgeSecret'),
    ActivityTable: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
    Bus: ['events:PutEvents'],
  },
  'enforcement-intake': { ...log, ...caseReads, ActivityTable: ['dynamodb:GetItem'], ...waking },
  'enforcement-workflow': {
    ...log,
    ...caseReads,
    ...caseEffects,
    ...waking,
    'identity/notices@example.com': ['ses:SendEmail'],
  },
  'enforcement-upkeep': {
    ...log,
    ...caseReads,
    ...caseEffects,
    ...waking,
    'identity/notices@example.com': ['ses:SendEmail'],
  },
  cases: {
    ...log,
    ...read('EdgeSecret'),
    ...caseReads,
    ...waking,
    ActivityTable: ['dynamodb:GetItem'],
    ActivityPseudonyms: ['dynamodb:GetItem'],
  },
  standing: {
    ...log,
    ...read('EdgeSecret'),
    ...caseReads,
    ...caseEffects,
    ...waking,
    ActivityTable: ['dynamodb:GetItem'],
  },
  'audit-archive': {
    ...log,
    'AuditBucket/audit/*': ['s3:GetObject', 's3:PutObject'],
    'EnforcementTable stream': [
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
    ],
    AuditUnarchived: ['sqs:SendMessage'],
  },
  transparency: {
    ...log,
    ...read('EdgeSecret'),
    EnforcementTable: ['dynamodb:Query'],
    ActivityTable: ['dynamodb:Query'],
  },
};

/** What a statement is about, without the hashes that the CDK appends to names. */
const nameOf = (resource: unknown): string => {
  if (typeof resource === 'string') return resource;
  const text = JSON.stringify(resource);
  const [, id = text] =
    text.match(/"(?:Fn::GetAtt":\["|Ref":")([A-Za-z0-9]+?)(?:Generation\d+)?[0-9A-F]{8}"/) ?? [];
  if (text.includes(':stateMachine:'))
    return text.match(/stateMachine:evenfield-[a-z]+-([^"]*)/)?.[1] ?? text;
  if (text.includes(':identity/')) return text.match(/identity\/[^"]*/)?.[0] ?? text;
  if (text.includes('StreamArn')) return `${id} stream`;
  if (id.endsWith('Logs')) return 'logs';
  return `${id}${text.match(/"(\/[^"]*)"/)?.[1] ?? ''}`;
};

/** What is allowed or denied, by what it is about. */
const permissionsOf = (name: FunctionName, effect: 'Allow' | 'Deny' = 'Allow') => {
  const role = roleOf(deployedFunction(template, name));
  const statements = resources(template, 'AWS::IAM::Policy')
    .filter(({ properties }) => properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role))
    .flatMap(({ properties }) => properties.PolicyDocument.Statement);
  for (const statement of statements) {
    expect(['Allow', 'Deny']).toContain(statement.Effect);
    // "Everything but" cannot be read from a table.
    expect(statement).not.toHaveProperty('NotAction');
    expect(statement).not.toHaveProperty('NotResource');
  }
  const pairs = statements
    .filter(({ Effect }) => Effect === effect)
    .flatMap(({ Action, Resource }) =>
      [Resource].flat().flatMap((resource) => [Action].flat().map((action) => [nameOf(resource), action])),
    );
  const byResource = Map.groupBy(pairs, ([resource]) => resource);
  return Object.fromEntries(
    [...byResource].map(([resource, granted]) => [
      resource,
      [...new Set(granted.map(([, action]) => action))].sort(),
    ]),
  );
};

const roleOf = ({ properties }: ReturnType<typeof deployedFunction>): string =>
  properties.Role['Fn::GetAtt'][0];

describe('a function may do what it needs and nothing else', () => {
  it.each(Object.keys(environments) as FunctionName[])('%s', (name) => {
    expect(permissionsOf(name)).toEqual(permissions[name]);
  });
});

describe('a function may not, whatever else it is given,', () => {
  const searching = {
    '*': [
      'rekognition:AssociateFaces',
      'rekognition:CreateCollection',
      'rekognition:CreateStreamProcessor',
      'rekognition:CreateUser',
      'rekognition:GetFaceSearch',
      'rekognition:IndexFaces',
      'rekognition:RecognizeCelebrities',
      'rekognition:SearchFaces',
      'rekognition:SearchFacesByImage',
      'rekognition:SearchUsers',
      'rekognition:SearchUsersByImage',
      'rekognition:StartFaceSearch',
    ],
  };
  /** Of the items of the audit, whose keys begin so. */
  const rewriting = { EnforcementTable: ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'] };
  const denied: Partial<Record<FunctionName, Record<string, string[]>>> = {
    identity: searching,
    'identity-review': searching,
    'identity-upkeep': searching,
    'enforcement-intake': rewriting,
    'enforcement-workflow': rewriting,
    'enforcement-upkeep': rewriting,
    cases: rewriting,
    standing: rewriting,
  };

  it.each(Object.keys(environments) as FunctionName[])('do what is denied to %s', (name) => {
    expect(permissionsOf(name, 'Deny')).toEqual(denied[name] ?? {});
  });
});

it('no role has a managed policy, and none is shared', () => {
  for (const { properties } of resources(template, 'AWS::IAM::Role'))
    expect(properties).not.toHaveProperty('ManagedPolicyArns');
  const used = resources(template, 'AWS::Lambda::Function').map(roleOf);
  expect(new Set(used).size).toBe(used.length);
});
