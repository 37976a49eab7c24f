import { Duration, Stack } from 'aws-cdk-lib';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { explain } from './explain.ts';
import { EvenfieldFunction } from './functions.ts';
import type { Platform } from './platform.ts';
import { DeadLetters } from './queues.ts';
import { removalPolicy } from './removal-policy.ts';
import type { EvenfieldTable } from './tables.ts';

const impact =
  'Nobody is hurt today; what was done to drivers could be rewritten in the table without a copy that shows it.';

export interface AuditProps {
  /** Of cases, with a stream of new images: the audit is in it. */
  readonly table: EvenfieldTable;
}

/** Copies of the audit that nobody can change or delete before their time, an administrator of the account included. */
export class Audit extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, platform: Platform, { table }: AuditProps) {
    super(scope, id);
    this.bucket = this.createBucket(platform);
    const unarchived = new DeadLetters(this, 'Unarchived', platform, impact, 'the-audit-is-not-archived');
    const archive = new EvenfieldFunction(this, 'Archive', platform, {
      name: 'audit-archive',
      environment: { STAGE: platform.stage.name, AUDIT_BUCKET: this.bucket.bucketName },
      impact,
      timeoutSeconds: 60,
      memoryMegabytes: 256,
    })
      .allow(['s3:GetObject', 's3:PutObject'], [this.bucket.arnForObjects('audit/*')])
      .allow(
        [
          'dynamodb:DescribeStream',
          'dynamodb:GetRecords',
          'dynamodb:GetShardIterator',
          'dynamodb:ListStreams',
        ],
        [table.streamArn],
      )
      .allow(['sqs:SendMessage'], [unarchived.queueArn]);
    explain(this, {
      [`IAM5[Resource::<${logicalId(this.bucket)}.Arn>/audit/*]`]:
        'Objects below one prefix of its own bucket; their names are the numbers of the entries in them.',
    });
    new EventSourceMapping(this, 'EntriesToArchive', {
      target: archive,
      eventSourceArn: table.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('INSERT'),
          dynamodb: { Keys: { pk: { S: FilterRule.beginsWith('AUDIT#') } } },
        }),
      ],
      batchSize: 500,
      // Fewer and larger objects, and a copy still within seconds.
      maxBatchingWindow: Duration.seconds(10),
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      // Nearly as long as the stream remembers. The entries themselves stay in the table.
      retryAttempts: 10_000,
      maxRecordAge: Duration.hours(20),
      onFailure: { bind: () => ({ destination: unarchived.queueArn }) },
    });
  }

  private createBucket({ stage }: Platform): Bucket {
    const retention = Duration.days(stage.recordRetentionDays);
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      objectLockEnabled: true,
      // In compliance mode the root of the account can do nothing either: a stage for trying must be deletable.
      objectLockDefaultRetention: stage.production
        ? ObjectLockRetention.compliance(retention)
        : ObjectLockRetention.governance(retention),
      // What the lock lets go is let go: records are kept as long as drivers were told.
      lifecycleRules: [
        {
          expiration: Duration.days(stage.recordRetentionDays + 1),
          noncurrentVersionExpiration: Duration.days(1),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
        { expiredObjectDeleteMarker: true },
      ],
      removalPolicy: removalPolicy(stage),
    });
    explain(bucket, {
      S1: 'CloudTrail shows who reads it, and no object can be changed.',
    });
    return bucket;
  }
}

const logicalId = (bucket: Bucket) => Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnBucket);
