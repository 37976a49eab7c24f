import { Duration, Stack } from 'aws-cdk-lib';
import { type EventBus, Match, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { accountClosed } from '#contract/events.ts';
import type { Accounts } from './accounts.ts';
import { everyMinute } from './alarms.ts';
import type { PhoneContext } from './devices.ts';
import { EvenfieldFunction } from './functions.ts';
import type { Platform } from './platform.ts';
import { DeadLetters, EvenfieldQueue } from './queues.ts';
import type { SecretGenerations } from './secrets.ts';
import type { EvenfieldTable } from './tables.ts';

export interface DrawsProps {
  readonly phones: PhoneContext;
  readonly offerKey: SecretGenerations;
  readonly accounts: Accounts;
  readonly bus: EventBus;
  readonly offersTable: EvenfieldTable;
  /** Says who is restricted. */
  readonly devicesTable: EvenfieldTable;
  /** Signs the records of draws. */
  readonly signingKey: Key;
}

const unseen = 'Drivers cannot see how draws ended, nor blocks that are kept for them.';
const unheld = 'Draws are late: drivers wait for their outcome, and blocks that came back stay with nobody.';
const timeoutSeconds = 120;

/** Draws and reserved offers: what drivers see of them, and what holds them in time. */
export class Draws extends Construct {
  readonly draws: EvenfieldFunction<'draws'>;

  constructor(scope: Construct, id: string, platform: Platform, props: DrawsProps) {
    super(scope, id);
    this.draws = this.createDraws(platform, props);
    this.createWorker(platform, props);
  }

  private createDraws(platform: Platform, { phones, offerKey, offersTable }: DrawsProps) {
    const { stations, sharing } = platform.stage;
    const draws = new EvenfieldFunction(this, 'Draws', platform, {
      name: 'draws',
      environment: {
        ...phones.phoneEnvironment,
        OFFERS_TABLE: offersTable.tableName,
        OFFER_KEYS: offerKey.numberedArns,
        SHARING: JSON.stringify(sharing),
        STATION_IDS: stations.map(({ stationId }) => stationId).join(','),
      },
      secrets: [phones.edgeSecret, phones.tokenKey, offerKey],
      impact: unseen,
      timeoutSeconds: 10,
      memoryMegabytes: 1024,
      slowMilliseconds: 2_000,
    }).allow(
      [
        'dynamodb:BatchGetItem',
        'dynamodb:DeleteItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
      ],
      [offersTable.tableArn],
    );
    phones.allowProofs(draws);
    return draws;
  }

  private createWorker(platform: Platform, props: DrawsProps): void {
    const { stage, alarms } = platform;
    const { accounts, bus, devicesTable, offersTable, signingKey } = props;
    const unmet = new DeadLetters(this, 'Unmet', platform, unheld, 'draws-are-not-held');
    const timers = new EvenfieldQueue(this, 'Timers', platform, {
      deadLetters: unmet,
      // What failed comes back soon; Lambda takes no less than the timeout of the function.
      visibilityTimeoutSeconds: timeoutSeconds + 10,
      oldestSeconds: 300,
      impact: unheld,
      runbook: 'timers-wait',
    });
    const worker = new EvenfieldFunction(this, 'Worker', platform, {
      name: 'sharing-worker',
      environment: {
        STAGE: stage.name,
        OFFERS_TABLE: offersTable.tableName,
        DEVICES_TABLE: devicesTable.tableName,
        SHARING: JSON.stringify(stage.sharing),
        EVENT_BUS_NAME: bus.eventBusName,
        MAX_WEEKLY_MINUTES: String(stage.maxWeeklyMinutes),
        RECORD_RETENTION_DAYS: String(stage.recordRetentionDays),
        SIGNING_KEY_ID: signingKey.keyId,
        TIMERS_QUEUE_URL: timers.queueUrl,
        USER_POOL_ID: accounts.pool.userPoolId,
        CONTACT: stage.contact,
        MAIL_FROM: stage.mailFrom ?? '',
      },
      impact: unheld,
      timeoutSeconds,
      // One whole processor: checking the beacon and ranking entries are work for it.
      memoryMegabytes: 1769,
    })
      .allow(
        [
          'dynamodb:BatchGetItem',
          'dynamodb:ConditionCheckItem',
          'dynamodb:DeleteItem',
          'dynamodb:GetItem',
          'dynamodb:PutItem',
          'dynamodb:Query',
          'dynamodb:UpdateItem',
        ],
        [offersTable.tableArn],
      )
      .allow(
        [
          'dynamodb:DescribeStream',
          'dynamodb:GetRecords',
          'dynamodb:GetShardIterator',
          'dynamodb:ListStreams',
        ],
        [offersTable.streamArn],
      )
      .allow(['dynamodb:Query'], [devicesTable.tableArn])
      .allow(['kms:GetPublicKey', 'kms:Sign'], [signingKey.keyArn])
      .allow(['events:PutEvents'], [bus.eventBusArn])
      .allow(
        ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:SendMessage'],
        [timers.queueArn],
      )
      .allow(['sqs:SendMessage'], [unmet.queueArn])
      .allow(['cognito-idp:AdminGetUser'], [accounts.pool.userPoolArn]);
    if (stage.mailFrom)
      worker.allow(
        ['ses:SendEmail'],
        [Stack.of(this).formatArn({ service: 'ses', resource: 'identity', resourceName: stage.mailFrom })],
      );
    this.createSources(worker, { timers, unmet, offersTable });
    new Rule(this, 'DriverLeft', {
      eventBus: bus,
      eventPattern: {
        source: Match.prefix('evenfield'),
        detailType: [accountClosed],
        // Whose account was ended is passed over, and has the place again when that is undone.
        detail: { reason: ['left'] },
      },
      targets: [new LambdaFunction(worker, { retryAttempts: 10, deadLetterQueue: unmet })],
    });
    const overdue = worker.logGroup.addMetricFilter('Overdue', {
      filterPattern: FilterPattern.all(
        FilterPattern.stringValue('$.message.code', '=', 'sharing.swept'),
        FilterPattern.numberValue('$.message.overdue', '>', 0),
      ),
      metricNamespace: `Evenfield/${stage.name}`,
      metricName: 'draws-overdue',
      metricValue: '$.message.overdue',
    });
    // Nothing fails while the beacon is silent: draws wait for it.
    alarms.add(this, 'Late', {
      metric: overdue.metric({ period: everyMinute, statistic: 'Maximum' }),
      threshold: 1,
      minutes: 2,
      impact: unheld,
      runbook: 'draws-are-late',
    });
    alarms.add(this, 'Lags', {
      metric: worker.metric('IteratorAge', { period: everyMinute, statistic: 'Maximum' }),
      threshold: 30_000,
      minutes: 3,
      impact: unheld,
      runbook: 'draws-lag',
    });
  }

  /** Timers for what is due, changes that make something due, and a clock for what neither reached. */
  private createSources(
    worker: EvenfieldFunction<'sharing-worker'>,
    {
      timers,
      unmet,
      offersTable,
    }: { timers: EvenfieldQueue; unmet: DeadLetters; offersTable: EvenfieldTable },
  ): void {
    new EventSourceMapping(this, 'TimersToWorker', {
      target: worker,
      eventSourceArn: timers.queueArn,
      // No draw waits for another.
      batchSize: 1,
      reportBatchItemFailures: true,
      // Reserved blocks that pass on all at once must not take the account's concurrency away from claims.
      maxConcurrency: 100,
    });
    const inserted = { eventName: FilterRule.isEqual('INSERT') };
    // The second reader of this stream, and DynamoDB advises against a third.
    new EventSourceMapping(this, 'BlocksToWorker', {
      target: worker,
      eventSourceArn: offersTable.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [
        FilterCriteria.filter({ ...inserted, dynamodb: { Keys: { pk: { S: FilterRule.isEqual('DUE') } } } }),
        FilterCriteria.filter({
          dynamodb: {
            Keys: { pk: { S: FilterRule.beginsWith('B#') } },
            NewImage: { st: { S: FilterRule.isEqual('waiting') } },
          },
        }),
        FilterCriteria.filter({
          ...inserted,
          dynamodb: { Keys: { sk: { S: FilterRule.beginsWith('LATE#') } } },
        }),
      ],
      batchSize: 100,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      // The clock finds what is left after these.
      retryAttempts: 5,
      maxRecordAge: Duration.hours(1),
      onFailure: { bind: () => ({ destination: unmet.queueArn }) },
    });
    new Rule(this, 'EveryMinute', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(worker, { retryAttempts: 1 })],
    });
  }
}
