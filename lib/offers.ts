import { AttributeType, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Challenges } from './challenges.ts';
import type { PhoneContext } from './devices.ts';
import { EvenfieldFunction } from './functions.ts';
import type { Platform } from './platform.ts';
import type { SecretGenerations } from './secrets.ts';
import { instantVariable, sharesVariable } from './stage-config.ts';
import { EvenfieldTable } from './tables.ts';

export interface OffersProps {
  readonly phones: PhoneContext;
  readonly offerKey: SecretGenerations;
  readonly attempts: Queue;
  readonly challenges: Challenges;
}

/** Blocks, drops and drivers' weeks in one table, and who may change them. */
export class Offers extends Construct {
  readonly table: EvenfieldTable;
  readonly claims: EvenfieldFunction<'claims'>;
  readonly schedule: EvenfieldFunction<'schedule'>;
  readonly operator: EvenfieldFunction<'operator'>;

  constructor(scope: Construct, id: string, platform: Platform, props: OffersProps) {
    super(scope, id);
    this.table = new EvenfieldTable(this, 'Table', platform, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      dynamoStream: StreamViewType.NEW_IMAGE,
      impact: 'Drivers cannot claim or release blocks.',
    });
    this.table.watch(platform, ['TransactWriteItems'], 'Drivers cannot claim or release blocks.');
    this.claims = this.createClaims(platform, props);
    this.schedule = this.createSchedule(platform, props);
    this.operator = this.createOperator(platform, props);
  }

  private createClaims(platform: Platform, { phones, offerKey, attempts, challenges }: OffersProps) {
    const { stage } = platform;
    const { maxWeeklyMinutes, releaseLeadMinutes, recordRetentionDays } = stage;
    const {
      allowMissingCategory = false,
      validationCategories = [],
      bundleVersions,
    } = stage.devices.ios ?? {};
    const claims = new EvenfieldFunction(this, 'Claims', platform, {
      name: 'claims',
      environment: {
        ...phones.phoneEnvironment,
        ...challenges.environment,
        CHALLENGE_KEYS: challenges.key.numberedArns,
        OFFERS_TABLE: this.table.tableName,
        OFFER_KEYS: offerKey.numberedArns,
        MAX_WEEKLY_MINUTES: String(maxWeeklyMinutes),
        RELEASE_LEAD_MINUTES: String(releaseLeadMinutes),
        RECORD_RETENTION_DAYS: String(recordRetentionDays),
        ATTEMPTS_QUEUE_URL: attempts.queueUrl,
        ASSERTIONS: JSON.stringify({ validationCategories, allowMissingCategory, bundleVersions }),
        LATE_HOURS: String(stage.sharing.releases.lateHours),
        INSTANT: instantVariable(stage),
      },
      secrets: [phones.edgeSecret, phones.tokenKey, offerKey, challenges.key],
      impact: 'Drivers cannot claim or release blocks.',
      timeoutSeconds: 10,
      memoryMegabytes: 1024,
      slowMilliseconds: 1_000,
    })
      .allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], [this.table.tableArn])
      .allow(
        ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
        [challenges.table.tableArn],
      )
      .allow(['sqs:SendMessage'], [attempts.queueArn]);
    phones.allowProofs(claims, { consume: true });
    return claims;
  }

  private createSchedule(platform: Platform, { phones }: OffersProps) {
    const schedule = new EvenfieldFunction(this, 'Schedule', platform, {
      name: 'schedule',
      environment: {
        ...phones.phoneEnvironment,
        OFFERS_TABLE: this.table.tableName,
        RELEASE_LEAD_MINUTES: String(platform.stage.releaseLeadMinutes),
      },
      secrets: [phones.edgeSecret, phones.tokenKey],
      impact: 'Drivers cannot see the blocks that they have.',
      timeoutSeconds: 10,
      memoryMegabytes: 512,
      slowMilliseconds: 2_000,
    }).allow(['dynamodb:BatchGetItem', 'dynamodb:Query'], [this.table.tableArn]);
    phones.allowProofs(schedule);
    return schedule;
  }

  private createOperator(platform: Platform, { phones }: OffersProps) {
    const { stage } = platform;
    return new EvenfieldFunction(this, 'Operator', platform, {
      name: 'operator',
      environment: {
        ...phones.environment,
        OFFERS_TABLE: this.table.tableName,
        SHARES: sharesVariable(stage.stations),
        DRAWS: JSON.stringify(stage.sharing.draws),
        RECORD_RETENTION_DAYS: String(stage.recordRetentionDays),
      },
      secrets: [phones.edgeSecret],
      impact: 'Publishers cannot publish blocks, and drivers will find none.',
      timeoutSeconds: 20,
      memoryMegabytes: 512,
      slowMilliseconds: 10_000,
    }).allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [this.table.tableArn]);
  }
}
