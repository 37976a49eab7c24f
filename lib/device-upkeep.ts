import { Duration, Stack } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Accounts } from './accounts.ts';
import { EvenfieldFunction } from './functions.ts';
import type { Platform } from './platform.ts';
import { DeadLetters } from './queues.ts';
import type { EvenfieldTable } from './tables.ts';

export interface DeviceUpkeepProps {
  readonly table: EvenfieldTable;
  readonly accounts: Accounts;
  /** Of the key that requests to Apple are signed with. Left out: no risk metrics. */
  readonly appleSecretArn?: string;
}

const unheard = 'Drivers do not hear that a phone was added to their account, or that theirs was suspended.';

/** What becomes of phones after they were enrolled: makers' reports about their keys, and what drivers hear of it. */
export class DeviceUpkeep extends Construct {
  constructor(scope: Construct, id: string, platform: Platform, props: DeviceUpkeepProps) {
    super(scope, id);
    this.createStatusList(platform, props);
    if (props.appleSecretArn) this.createReceipts(platform, props, props.appleSecretArn);
    if (platform.stage.mailFrom) this.createNotices(platform, props, platform.stage.mailFrom);
  }

  private createStatusList(platform: Platform, { table }: DeviceUpkeepProps): void {
    const { stage } = platform;
    const statusList = new EvenfieldFunction(this, 'StatusList', platform, {
      name: 'status-list',
      environment: {
        STAGE: stage.name,
        DEVICES_TABLE: table.tableName,
        RECORD_RETENTION_DAYS: String(stage.recordRetentionDays),
      },
      impact:
        'Phones with stolen keys stay enrolled; without a list of today no Android phone can be enrolled.',
      // As long as Lambda allows: one listed batch key may belong to many phones.
      timeoutSeconds: 900,
      memoryMegabytes: 512,
    }).allow(
      ['dynamodb:BatchWriteItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      [table.tableArn],
    );
    this.everyHour('StatusListEveryHour', statusList);
  }

  private createReceipts(platform: Platform, { table }: DeviceUpkeepProps, appleSecretArn: string): void {
    const { stage } = platform;
    const receipts = new EvenfieldFunction(this, 'Receipts', platform, {
      name: 'receipts',
      environment: {
        STAGE: stage.name,
        DEVICES_TABLE: table.tableName,
        RECORD_RETENTION_DAYS: String(stage.recordRetentionDays),
        PRODUCTION: String(stage.production),
        DEVICE_POLICY: JSON.stringify(stage.devices),
        APPLE_SECRET: appleSecretArn,
      },
      secretArns: [appleSecretArn],
      impact: 'Nobody is hurt today; people who investigate see no risk metric of iPhones.',
      timeoutSeconds: 600,
      memoryMegabytes: 512,
    }).allow(
      [
        'dynamodb:DeleteItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
      ],
      [table.tableArn],
    );
    this.everyHour('ReceiptsEveryHour', receipts);
  }

  private createNotices(platform: Platform, { table, accounts }: DeviceUpkeepProps, mailFrom: string): void {
    const notices = new EvenfieldFunction(this, 'Notices', platform, {
      name: 'device-notices',
      environment: {
        STAGE: platform.stage.name,
        USER_POOL_ID: accounts.pool.userPoolId,
        MAIL_FROM: mailFrom,
      },
      impact: unheard,
      timeoutSeconds: 60,
      memoryMegabytes: 256,
    });
    const unsent = new DeadLetters(this, 'Unsent', platform, unheard, 'device-notices-are-undeliverable');
    notices
      .allow(['cognito-idp:AdminGetUser'], [accounts.pool.userPoolArn])
      .allow(
        ['ses:SendEmail'],
        [Stack.of(this).formatArn({ service: 'ses', resource: 'identity', resourceName: mailFrom })],
      )
      .allow(
        [
          'dynamodb:DescribeStream',
          'dynamodb:GetRecords',
          'dynamodb:GetShardIterator',
          'dynamodb:ListStreams',
        ],
        [table.streamArn],
      )
      .allow(['sqs:SendMessage'], [unsent.queueArn]);
    new EventSourceMapping(this, 'DevicesToNotices', {
      target: notices,
      eventSourceArn: table.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('INSERT'),
          dynamodb: { Keys: { pk: { S: FilterRule.beginsWith('NOTICE#') } } },
        }),
      ],
      batchSize: 10,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      // An outage of the mail service lasts hours, and a notice of yesterday still helps.
      retryAttempts: 100,
      maxRecordAge: Duration.hours(12),
      onFailure: { bind: () => ({ destination: unsent.queueArn }) },
    });
  }

  private everyHour(id: string, target: EvenfieldFunction<'status-list' | 'receipts'>): void {
    new Rule(this, id, {
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaFunction(target, { retryAttempts: 1 })],
    });
  }
}
