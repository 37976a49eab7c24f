import { Duration, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { FunctionName } from '#lambdas/env.ts';
import { explain } from './explain.ts';
import type { EvenfieldFunction } from './functions.ts';
import type { Platform } from './platform.ts';
import { removalPolicy } from './removal-policy.ts';
import { EvenfieldTable } from './tables.ts';

/** What finds one face among many. No role of this stack may, and no code of it names them. */
const oneToMany = [
  'AssociateFaces',
  'CreateStreamProcessor',
  'CreateCollection',
  'CreateUser',
  'GetFaceSearch',
  'IndexFaces',
  'RecognizeCelebrities',
  'SearchFaces',
  'SearchFacesByImage',
  'SearchUsers',
  'SearchUsersByImage',
  'StartFaceSearch',
].map((operation) => `rekognition:${operation}`);

/**
 * Photos of drivers: sealed under a key per driver, which one key of KMS wraps. Nothing here is versioned, copied or
 * backed up: when a driver's key is deleted, no copy of it is anywhere.
 */
export class Photos extends Construct {
  readonly bucket: Bucket;
  readonly keys: EvenfieldTable;
  readonly wrappingKey: Key;

  constructor(scope: Construct, id: string, platform: Platform, impact: string) {
    super(scope, id);
    const { stage } = platform;
    this.keys = new EvenfieldTable(this, 'Keys', platform, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      restorable: false,
      impact,
    });
    explain(this.keys, { DDB3: 'A key that could be restored would undo every erasure.' });
    this.wrappingKey = new Key(this, 'WrappingKey', {
      description: `Evenfield ${stage.name}: wraps the keys that drivers' photos are sealed under`,
      keySpec: KeySpec.SYMMETRIC_DEFAULT,
      keyUsage: KeyUsage.ENCRYPT_DECRYPT,
      enableKeyRotation: true,
      removalPolicy: removalPolicy(stage),
    });
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      // Behind what the sweeper does by the hour: what no row names any more is gone some days later.
      lifecycleRules: [
        {
          prefix: 'selfies/',
          expiration: Duration.days(Math.ceil(stage.identity.retention.selfieHours / 24)),
        },
        { prefix: 'references/', expiration: Duration.days(stage.identity.retention.referenceDays) },
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy: removalPolicy(stage),
    });
    explain(this.bucket, {
      S1: 'Server access logs would name drivers’ photos for as long as they are kept; CloudTrail shows who reads.',
    });
  }

  /** Objects below the two prefixes that photos lie under. */
  objects(): string[] {
    return ['references', 'selfies'].map((prefix) => this.bucket.arnForObjects(`${prefix}/*`));
  }

  /** Whoever reads may list as well: to others S3 says 403 of a photo that is gone, not 404. */
  allow<F extends FunctionName>(to: EvenfieldFunction<F>, actions: readonly string[]): void {
    to.allow(actions, this.objects());
    if (actions.includes('s3:GetObject')) to.allow(['s3:ListBucket'], [this.bucket.bucketArn]);
    for (const prefix of ['references', 'selfies'])
      explain(to.role ?? to, {
        [`IAM5[Resource::<${logicalId(this.bucket)}.Arn>/${prefix}/*]`]:
          'Photos have names of their own below one prefix of their own bucket.',
      });
  }

  /** Lets a function compare one face with another, and nothing that searches. The calls know no resources. */
  static allowComparing<F extends FunctionName>(to: EvenfieldFunction<F>): void {
    to.allow(
      [
        'rekognition:CompareFaces',
        'rekognition:CreateFaceLivenessSession',
        'rekognition:DetectFaces',
        'rekognition:GetFaceLivenessSessionResults',
      ],
      ['*'],
    );
    explain(to.role ?? to, { 'IAM5[Resource::*]': 'Rekognition’s image calls know no resources.' });
  }

  /** Lets a function see whether the organisation opted out of images being used to improve the service. */
  static allowPreflight<F extends FunctionName>(to: EvenfieldFunction<F>): void {
    to.allow(['organizations:DescribeEffectivePolicy'], ['*']);
    explain(to.role ?? to, { 'IAM5[Resource::*]': 'Reading the own effective policy knows no resources.' });
  }

  /** Whatever else its role is given one day. */
  static denySearching<F extends FunctionName>(to: EvenfieldFunction<F>): void {
    to.addToRolePolicy(new PolicyStatement({ effect: Effect.DENY, actions: oneToMany, resources: ['*'] }));
  }
}

const logicalId = (bucket: Bucket) => Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnBucket);
