import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { PhoneContext } from './devices.ts';
import { EvenfieldFunction } from './functions.ts';
import type { Platform } from './platform.ts';
import { SecretGenerations } from './secrets.ts';
import { EvenfieldTable } from './tables.ts';

const impact = 'Drivers who are challenged cannot go on; their blocks go to others when the hold ends.';

/** Challenges, clearances and drivers' last claims in one table, and the key that signs clearances. */
export class Challenges extends Construct {
  readonly table: EvenfieldTable;
  readonly key: SecretGenerations;
  /** Of every function that looks at how drivers claim. */
  readonly environment: { CHALLENGES_TABLE: string; CHALLENGE: string };

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.table = new EvenfieldTable(this, 'Table', platform, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      impact,
    });
    this.key = new SecretGenerations(this, 'Key', platform.stage.secrets.challengeKey);
    const { mode, risk, holds } = platform.stage.challenge;
    this.environment = {
      CHALLENGES_TABLE: this.table.tableName,
      CHALLENGE: JSON.stringify({ mode, risk, holds }),
    };
  }
}

export interface ChallengeTasksProps {
  readonly challenges: Challenges;
  readonly phones: PhoneContext;
  readonly offersTable: EvenfieldTable;
  readonly attempts: Queue;
}

/** Shows tasks, grades answers, and lets people answer for a driver. */
export class ChallengeTasks extends EvenfieldFunction<'challenges'> {
  constructor(scope: Construct, id: string, platform: Platform, props: ChallengeTasksProps) {
    const { challenges, phones, offersTable, attempts } = props;
    const { stage } = platform;
    const { provider } = stage.challenge;
    super(scope, id, platform, {
      name: 'challenges',
      environment: {
        ...phones.phoneEnvironment,
        ...challenges.environment,
        CHALLENGE_KEYS: challenges.key.numberedArns,
        OFFERS_TABLE: offersTable.tableName,
        ATTEMPTS_QUEUE_URL: attempts.queueUrl,
        RECORD_RETENTION_DAYS: String(stage.recordRetentionDays),
        PROVIDER: JSON.stringify(provider),
        UNLOCK: JSON.stringify(stage.devices.unlock ?? null),
      },
      secrets: [phones.edgeSecret, phones.tokenKey, challenges.key],
      impact,
      timeoutSeconds: 15,
      // Drawing and grading are work for the processor, and Lambda gives it by memory.
      memoryMegabytes: 1024,
      slowMilliseconds: 2_000,
    });
    this.allow(
      [
        'dynamodb:DeleteItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
      ],
      [challenges.table.tableArn],
    );
    this.allow(['dynamodb:UpdateItem'], [offersTable.tableArn]);
    this.allow(['sqs:SendMessage'], [attempts.queueArn]);
    phones.allowProofs(this, { consume: true });
    phones.allowUnlockKeys(this);
    if ('secretArn' in provider) this.allow(['secretsmanager:GetSecretValue'], [provider.secretArn]);
  }
}
