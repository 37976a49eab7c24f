import { Duration, Stack } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Activity } from './activity.ts';
import type { Challenges } from './challenges.ts';
import { explain } from './explain.ts';
import { EvenfieldFunction } from './functions.ts';
import type { Platform } from './platform.ts';
import { DeadLetters, EvenfieldQueue } from './queues.ts';
import { removalPolicy } from './removal-policy.ts';

const impact = 'Attempts are not archived: bots go uncounted and drivers lack records in their favour.';
/** A batch is at most what Lambda hands over at once: 6 MB, some 15,000 attempts. */
const timeoutSeconds = 60;

export interface AttemptsProps {
  readonly challenges: Challenges;
  readonly activity: Activity;
}

/** Every attempt, won or lost: a queue that absorbs floods, and an archive that forgets in time. */
export class Attempts extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, platform: Platform, props: AttemptsProps) {
    super(scope, id);
    const { stage } = platform;
    const { challenges, activity } = props;
    const { table, pseudonyms, networkKey } = activity;
    this.queue = new EvenfieldQueue(this, 'Queue', platform, {
      deadLetters: new DeadLetters(this, 'DeadLetters', platform, impact, 'attempts-are-undeliverable'),
      // Six times the consumer's timeout, as Lambda asks, so that a batch in work is not handed out twice.
      visibilityTimeoutSeconds: 6 * timeoutSeconds,
      oldestSeconds: 900,
      impact,
      runbook: 'attempts-wait',
    });
    const archive = this.createArchive(platform);
    const consumer = new EvenfieldFunction(this, 'Archive', platform, {
      name: 'attempts-archive',
      environment: {
        STAGE: stage.name,
        ARCHIVE_BUCKET: archive.bucketName,
        ...challenges.environment,
        ...activity.environment,
        NETWORK_KEYS: networkKey.numberedArns,
      },
      secrets: [networkKey],
      impact,
      timeoutSeconds,
      memoryMegabytes: 1024,
    })
      .allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], [this.queue.queueArn])
      .allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [challenges.table.tableArn])
      .allow(['dynamodb:BatchWriteItem'], [table.tableArn])
      .allow(
        ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
        [pseudonyms.tableArn],
      )
      .allow(['s3:PutObject'], [archive.arnForObjects('activity/*')]);
    explain(this, {
      [`IAM5[Resource::<${logicalId(archive)}.Arn>/activity/*]`]:
        'New objects below one prefix of its own bucket; their names are hashes of their content.',
    });
    new EventSourceMapping(this, 'QueueToArchive', {
      target: consumer,
      eventSourceArn: this.queue.queueArn,
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(5),
      reportBatchItemFailures: true,
      // A flood of attempts must not take the account's concurrency away from claims.
      maxConcurrency: 10,
    });
  }

  private createArchive({ stage }: Platform): Bucket {
    const bucket = new Bucket(this, 'ArchiveBucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      // Not versioned: an old version would outlive the expiry that drivers were told.
      lifecycleRules: [
        {
          expiration: Duration.days(stage.attemptRetentionDays),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy: removalPolicy(stage),
    });
    explain(bucket, {
      S1: 'One function writes it and no role of this stack reads it.',
    });
    return bucket;
  }
}

const logicalId = (bucket: Bucket) => Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnBucket);
