import { Duration } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { everyMinute } from './alarms.ts';
import type { PhoneContext } from './devices.ts';
import { EvenfieldFunction } from './functions.ts';
import type { Platform } from './platform.ts';
import { DeadLetters } from './queues.ts';
import type { SecretGenerations } from './secrets.ts';
import { EvenfieldTable } from './tables.ts';

export interface FeedProps {
  readonly phones: PhoneContext;
  readonly offerKey: SecretGenerations;
  /** Where the blocks are. Only the projection and the rebuild may read it: polls cannot touch blocks. */
  readonly offersTable: EvenfieldTable;
  /** Looks at lists are recorded there. */
  readonly attempts: Queue;
}

const stale = 'Drivers see blocks that are gone and miss blocks that are there.';

/** The list of offers, one snapshot per station, kept current by the stream of blocks. */
export class Feed extends Construct {
  readonly table: EvenfieldTable;
  readonly offers: EvenfieldFunction<'offers'>;

  constructor(scope: Construct, id: string, platform: Platform, props: FeedProps) {
    super(scope, id);
    this.table = new EvenfieldTable(this, 'Table', platform, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      impact: 'Drivers cannot see the list of offers.',
    });
    this.offers = this.createOffers(platform, props);
    this.createProjector(platform, props);
    this.createRebuild(platform, props);
  }

  private createOffers(platform: Platform, { phones, offerKey, attempts }: FeedProps) {
    const offers = new EvenfieldFunction(this, 'Offers', platform, {
      name: 'offers',
      environment: {
        ...phones.phoneEnvironment,
        OFFER_KEYS: offerKey.numberedArns,
        FEED_TABLE: this.table.tableName,
        STATIONS: phones.stations,
        ATTEMPTS_QUEUE_URL: attempts.queueUrl,
      },
      secrets: [phones.edgeSecret, phones.tokenKey, offerKey],
      impact: 'Drivers cannot see the list of offers.',
      timeoutSeconds: 10,
      memoryMegabytes: 1024,
      slowMilliseconds: 1_000,
    })
      .allow(['dynamodb:GetItem'], [this.table.tableArn])
      .allow(['sqs:SendMessage'], [attempts.queueArn]);
    phones.allowProofs(offers);
    return offers;
  }

  private createProjector(platform: Platform, { offersTable }: FeedProps): void {
    const projector = new EvenfieldFunction(this, 'Projector', platform, {
      name: 'feed-projector',
      environment: {
        STAGE: platform.stage.name,
        OFFERS_TABLE: offersTable.tableName,
        FEED_TABLE: this.table.tableName,
      },
      impact: stale,
      timeoutSeconds: 30,
      memoryMegabytes: 512,
    });
    const unprojected = new DeadLetters(
      this,
      'Unprojected',
      platform,
      stale,
      'feed-changes-are-undeliverable',
    );
    projector
      .allow(['dynamodb:BatchGetItem'], [offersTable.tableArn])
      .allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [this.table.tableArn])
      .allow(
        [
          'dynamodb:DescribeStream',
          'dynamodb:GetRecords',
          'dynamodb:GetShardIterator',
          'dynamodb:ListStreams',
        ],
        [offersTable.streamArn],
      )
      .allow(['sqs:SendMessage'], [unprojected.queueArn]);
    new EventSourceMapping(this, 'BlocksToFeed', {
      target: projector,
      eventSourceArn: offersTable.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [FilterCriteria.filter({ dynamodb: { Keys: { pk: { S: FilterRule.beginsWith('B#') } } } })],
      batchSize: 100,
      parallelizationFactor: 1,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      // One bad record must not stop a shard for the 24 hours that the stream keeps it: the rebuild repairs.
      retryAttempts: 5,
      maxRecordAge: Duration.hours(1),
      onFailure: { bind: () => ({ destination: unprojected.queueArn }) },
    });
    platform.alarms.add(this, 'Lags', {
      metric: projector.metric('IteratorAge', { period: everyMinute, statistic: 'Maximum' }),
      threshold: 30_000,
      minutes: 3,
      impact: stale,
      runbook: 'the-feed-lags',
    });
  }

  private createRebuild(platform: Platform, { phones, offersTable }: FeedProps): void {
    const rebuild = new EvenfieldFunction(this, 'Rebuild', platform, {
      name: 'feed-rebuild',
      environment: {
        STAGE: platform.stage.name,
        OFFERS_TABLE: offersTable.tableName,
        FEED_TABLE: this.table.tableName,
        STATIONS: phones.stations,
      },
      impact: 'A change that the feed missed stays wrong for the drivers of its station.',
      // As long as Lambda allows: one scan reads the whole table.
      timeoutSeconds: 900,
      memoryMegabytes: 1024,
    })
      .allow(['dynamodb:BatchGetItem', 'dynamodb:Scan'], [offersTable.tableArn])
      .allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [this.table.tableArn]);
    new Rule(this, 'EveryNight', {
      schedule: Schedule.cron({ hour: '10', minute: '30' }),
      targets: [new LambdaFunction(rebuild, { retryAttempts: 2 })],
    });
  }
}
