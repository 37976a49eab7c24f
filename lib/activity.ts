import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { type EventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { accountClosed } from '#contract/events.ts';
import { explain } from './explain.ts';
import { EvenfieldFunction } from './functions.ts';
import type { Platform } from './platform.ts';
import { DeadLetters } from './queues.ts';
import { SecretGenerations } from './secrets.ts';
import { EvenfieldTable } from './tables.ts';

const unscored = 'What accounts do is not scored: bots go unseen.';
const unforgotten = 'Drivers who left stay known by what they did until it expires.';

/** What accounts did, by pseudonym, and the one place that says whose it is. */
export class Activity extends Construct {
  readonly table: EvenfieldTable;
  readonly pseudonyms: EvenfieldTable;
  /** Phones and networks are named by hashes under it. */
  readonly networkKey: SecretGenerations;
  /** Of every function that knows whose an account is. */
  readonly environment: { DETECTION_TABLE: string; PSEUDONYMS_TABLE: string; ATTEMPT_RETENTION_DAYS: string };

  constructor(scope: Construct, id: string, platform: Platform, bus: EventBus) {
    super(scope, id);
    const { stage } = platform;
    this.table = new EvenfieldTable(this, 'Table', platform, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      impact: unscored,
    });
    this.pseudonyms = new EvenfieldTable(this, 'Pseudonyms', platform, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      restorable: false,
      impact: unscored,
    });
    explain(this.pseudonyms, { DDB3: 'A link that could be restored would undo every forgetting.' });
    this.networkKey = new SecretGenerations(this, 'NetworkKey', stage.secrets.networkKey);
    this.environment = {
      DETECTION_TABLE: this.table.tableName,
      PSEUDONYMS_TABLE: this.pseudonyms.tableName,
      ATTEMPT_RETENTION_DAYS: String(stage.attemptRetentionDays),
    };
    this.createUpkeep(platform, bus);
  }

  private createUpkeep(platform: Platform, bus: EventBus): void {
    const upkeep = new EvenfieldFunction(this, 'Upkeep', platform, {
      name: 'detection-upkeep',
      environment: { STAGE: platform.stage.name, ...this.environment },
      impact: unforgotten,
      timeoutSeconds: 60,
      memoryMegabytes: 256,
    })
      .allow(['dynamodb:BatchWriteItem', 'dynamodb:Query'], [this.table.tableArn])
      .allow(['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'], [this.pseudonyms.tableArn]);
    const unfinished = new DeadLetters(
      this,
      'Unfinished',
      platform,
      unforgotten,
      'accounts-are-not-forgotten',
    );
    new Rule(this, 'DriverLeft', {
      eventBus: bus,
      eventPattern: {
        source: Match.prefix('evenfield'),
        detailType: [accountClosed],
        // Of an account that was ended, the appeal still needs to know.
        detail: { reason: ['left'] },
      },
      targets: [new LambdaFunction(upkeep, { retryAttempts: 10, deadLetterQueue: unfinished })],
    });
  }
}
