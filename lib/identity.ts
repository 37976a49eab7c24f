import { Duration } from 'aws-cdk-lib';
import { AttributeType, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import { type EventBus, Match, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { accountClosed, accountReopened } from '#contract/events.ts';
import type { PhoneContext } from './devices.ts';
import { EvenfieldFunction } from './functions.ts';
import { Photos } from './photos.ts';
import type { Platform } from './platform.ts';
import { DeadLetters } from './queues.ts';
import { removalPolicy } from './removal-policy.ts';
import { SecretGenerations } from './secrets.ts';
import { degrees } from './stage-config.ts';
import { EvenfieldTable } from './tables.ts';

export interface IdentityProps {
  readonly phones: PhoneContext;
  readonly offersTable: EvenfieldTable;
  readonly devicesTable: EvenfieldTable;
  /** How drivers stand, which they are told with the rest. */
  readonly enforcementTable: EvenfieldTable;
  readonly attempts: Queue;
  /** Where it is said that an account ended. */
  readonly bus: EventBus;
}

const unseen = 'Drivers cannot show who drives by a photo; the ways without a face at the station stay.';
const unerased = 'Photos that drivers asked to erase stay in storage, unreadable, and receipts are late.';
const reads = ['dynamodb:GetItem', 'dynamodb:Query'];
const writes = [
  'dynamodb:ConditionCheckItem',
  'dynamodb:DeleteItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
];

/** Who drives: consent, photos and checks, check-in, people who look, and the end of all of it. */
export class Identity extends Construct {
  readonly checkIn: EvenfieldFunction<'check-in'>;
  readonly drivers: EvenfieldFunction<'identity'>;
  readonly review: EvenfieldFunction<'identity-review'>;
  readonly me: EvenfieldFunction<'me'>;
  /** Signs receipts and the records of draws. */
  readonly signingKey: Key;
  private readonly table: EvenfieldTable;
  private readonly photos: Photos;
  /** Of every function that reads how drivers stand. */
  private readonly records: { IDENTITY: string; IDENTITY_TABLE: string; RECORD_RETENTION_DAYS: string };
  private readonly storage: { DRIVER_KEYS_TABLE: string; PHOTOS_BUCKET: string; WRAPPING_KEY_ID: string };

  constructor(scope: Construct, id: string, platform: Platform, props: IdentityProps) {
    super(scope, id);
    const { stage } = platform;
    this.table = new EvenfieldTable(this, 'Table', platform, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      // Nothing of a driver but the name goes through the stream.
      dynamoStream: StreamViewType.KEYS_ONLY,
      impact: unseen,
    });
    this.photos = new Photos(this, 'Photos', platform, unseen);
    this.signingKey = new Key(this, 'SigningKey', {
      description: `Evenfield ${stage.name}: signs what drivers can check without this service`,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: removalPolicy(stage),
    });
    this.records = {
      IDENTITY: JSON.stringify(stage.identity),
      IDENTITY_TABLE: this.table.tableName,
      RECORD_RETENTION_DAYS: String(stage.recordRetentionDays),
    };
    this.storage = {
      DRIVER_KEYS_TABLE: this.photos.keys.tableName,
      PHOTOS_BUCKET: this.photos.bucket.bucketName,
      WRAPPING_KEY_ID: this.photos.wrappingKey.keyId,
    };
    this.checkIn = this.createCheckIn(platform, props);
    this.drivers = this.createDrivers(platform, props);
    this.review = this.createReview(platform, props);
    this.me = this.createMe(platform, props);
    this.createUpkeep(platform, props);
  }

  private createCheckIn(platform: Platform, { phones, offersTable, attempts }: IdentityProps) {
    const { stage } = platform;
    const key = new SecretGenerations(this, 'ScheduleKey', stage.secrets.scheduleKey);
    const positions = stage.stations.flatMap(({ stationId, position }) =>
      position
        ? [[stationId, [degrees(position.latitude), degrees(position.longitude), position.radiusMeters]]]
        : [],
    );
    const checkIn = new EvenfieldFunction(this, 'CheckIn', platform, {
      name: 'check-in',
      environment: {
        ...phones.phoneEnvironment,
        ...this.records,
        OFFERS_TABLE: offersTable.tableName,
        ATTEMPTS_QUEUE_URL: attempts.queueUrl,
        SCHEDULE_KEYS: key.numberedArns,
        CHECK_IN: JSON.stringify({ ...stage.checkIn, positions: Object.fromEntries(positions) }),
      },
      secrets: [phones.edgeSecret, phones.tokenKey, key],
      impact: 'Drivers cannot check in for their blocks.',
      timeoutSeconds: 10,
      memoryMegabytes: 512,
      slowMilliseconds: 2_000,
    });
    phones.allowProofs(checkIn);
    return checkIn
      .allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [this.table.tableArn])
      .allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [offersTable.tableArn])
      .allow(['sqs:SendMessage'], [attempts.queueArn]);
  }

  private createDrivers(platform: Platform, { phones, attempts }: IdentityProps) {
    const drivers = new EvenfieldFunction(this, 'Drivers', platform, {
      name: 'identity',
      environment: {
        ...phones.phoneEnvironment,
        ...this.records,
        ...this.storage,
        ATTEMPTS_QUEUE_URL: attempts.queueUrl,
      },
      secrets: [phones.edgeSecret, phones.tokenKey],
      impact: unseen,
      timeoutSeconds: 29,
      // Photos are unpacked to see that they are whole.
      memoryMegabytes: 1024,
      slowMilliseconds: 8_000,
    });
    phones.allowProofs(drivers);
    drivers
      .allow([...reads, ...writes], [this.table.tableArn])
      .allow(['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'], [this.photos.keys.tableArn])
      .allow(['kms:Decrypt', 'kms:GenerateDataKey'], [this.photos.wrappingKey.keyArn])
      .allow(['sqs:SendMessage'], [attempts.queueArn]);
    Photos.allowPreflight(drivers);
    this.photos.allow(drivers, ['s3:DeleteObject', 's3:GetObject', 's3:PutObject']);
    Photos.allowComparing(drivers);
    Photos.denySearching(drivers);
    return drivers;
  }

  private createReview(platform: Platform, { phones }: IdentityProps) {
    const review = new EvenfieldFunction(this, 'Review', platform, {
      name: 'identity-review',
      environment: {
        ...phones.environment,
        ...this.records,
        ...this.storage,
        STATION_IDS: platform.stage.stations.map(({ stationId }) => stationId).join(','),
      },
      secrets: [phones.edgeSecret],
      impact: 'People cannot look at checks that wait, and staff cannot give out codes.',
      timeoutSeconds: 29,
      // A photo of 16 megapixels is drawn anew with the reviewer's name in it.
      memoryMegabytes: 1536,
      slowMilliseconds: 10_000,
    });
    review
      .allow([...reads, 'dynamodb:DeleteItem', 'dynamodb:PutItem'], [this.table.tableArn])
      .allow(['dynamodb:GetItem'], [this.photos.keys.tableArn])
      .allow(['kms:Decrypt'], [this.photos.wrappingKey.keyArn]);
    this.photos.allow(review, ['s3:DeleteObject', 's3:GetObject']);
    Photos.denySearching(review);
    return review;
  }

  private createMe(
    platform: Platform,
    { phones, offersTable, devicesTable, enforcementTable }: IdentityProps,
  ) {
    const { releaseLeadMinutes, sharing } = platform.stage;
    const me = new EvenfieldFunction(this, 'Me', platform, {
      name: 'me',
      environment: {
        ...phones.environment,
        ...this.records,
        DEVICES_TABLE: devicesTable.tableName,
        ENFORCEMENT_TABLE: enforcementTable.tableName,
        OFFERS_TABLE: offersTable.tableName,
        RELEASE_LEAD_MINUTES: String(releaseLeadMinutes),
        RELEASES: JSON.stringify(sharing.releases),
        SIGNING_KEY_ID: this.signingKey.keyId,
      },
      secrets: [phones.edgeSecret],
      impact: 'Drivers cannot see how they stand, their receipts and their data.',
      timeoutSeconds: 15,
      memoryMegabytes: 512,
      slowMilliseconds: 3_000,
    });
    Photos.allowPreflight(me);
    return me
      .allow(reads, [this.table.tableArn, enforcementTable.tableArn])
      .allow(['dynamodb:BatchGetItem', 'dynamodb:Query'], [devicesTable.tableArn, offersTable.tableArn])
      .allow(['kms:GetPublicKey'], [this.signingKey.keyArn]);
  }

  private createUpkeep(platform: Platform, { bus }: IdentityProps): void {
    const upkeep = new EvenfieldFunction(this, 'Upkeep', platform, {
      name: 'identity-upkeep',
      environment: {
        STAGE: platform.stage.name,
        ...this.records,
        ...this.storage,
        SIGNING_KEY_ID: this.signingKey.keyId,
      },
      impact: unerased,
      timeoutSeconds: 300,
      memoryMegabytes: 512,
    });
    const unfinished = new DeadLetters(this, 'Unfinished', platform, unerased, 'erasures-are-unfinished');
    upkeep
      .allow(
        [...reads, 'dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem'],
        [this.table.tableArn],
      )
      .allow(['dynamodb:DeleteItem', 'dynamodb:GetItem'], [this.photos.keys.tableArn])
      .allow(
        [
          'dynamodb:DescribeStream',
          'dynamodb:GetRecords',
          'dynamodb:GetShardIterator',
          'dynamodb:ListStreams',
        ],
        [this.table.streamArn],
      )
      .allow(['s3:ListBucket', 's3:ListBucketVersions'], [this.photos.bucket.bucketArn])
      .allow(['kms:GetPublicKey', 'kms:Sign'], [this.signingKey.keyArn])
      .allow(['sqs:SendMessage'], [unfinished.queueArn]);
    this.photos.allow(upkeep, ['s3:DeleteObject', 's3:DeleteObjectVersion']);
    Photos.denySearching(upkeep);
    new EventSourceMapping(this, 'ErasuresToUpkeep', {
      target: upkeep,
      eventSourceArn: this.table.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('INSERT'),
          dynamodb: { Keys: { sk: { S: FilterRule.beginsWith('ERASURE#') } } },
        }),
      ],
      batchSize: 10,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      // What is left after these the clock goes on with; the queue tells people.
      retryAttempts: 10,
      maxRecordAge: Duration.hours(6),
      onFailure: { bind: () => ({ destination: unfinished.queueArn }) },
    });
    new Rule(this, 'AccountClosed', {
      eventBus: bus,
      eventPattern: { source: Match.prefix('evenfield'), detailType: [accountClosed, accountReopened] },
      targets: [new LambdaFunction(upkeep, { retryAttempts: 10, deadLetterQueue: unfinished })],
    });
    new Rule(this, 'UpkeepEveryHour', {
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaFunction(upkeep, { retryAttempts: 1 })],
    });
  }
}
