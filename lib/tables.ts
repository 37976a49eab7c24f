import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import {
  type Attribute,
  Billing,
  type StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { everyMinute } from './alarms.ts';
import type { Platform } from './platform.ts';
import { removalPolicy } from './removal-policy.ts';

export interface EvenfieldTableProps {
  readonly partitionKey: Attribute;
  readonly sortKey?: Attribute;
  readonly timeToLiveAttribute?: string;
  readonly dynamoStream?: StreamViewType;
  /** Whether it can be restored to any second of the last 35 days; else deleted is gone. Default yes. */
  readonly restorable?: boolean;
  /** Who is hurt when it refuses work, as a sentence. */
  readonly impact: string;
}

/** A table on demand, recoverable to any second of the last 35 days unless it must forget. */
export class EvenfieldTable extends TableV2 {
  constructor(scope: Construct, id: string, { stage, alarms }: Platform, props: EvenfieldTableProps) {
    const { impact, restorable = true, ...shape } = props;
    super(scope, id, {
      ...shape,
      billing: Billing.onDemand(),
      // Encrypted with DynamoDB's own key: a key of ours would add a KMS call, its price and its throttle to
      // every claim, and protect from nobody who may not read the table already.
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: restorable },
      deletionProtection: stage.removalPolicy === 'retain',
      removalPolicy: removalPolicy(stage),
    });
    const events = (metricName: string) => this.metric(metricName, { period: everyMinute, statistic: 'Sum' });
    alarms.add(this, 'Throttled', {
      metric: new MathExpression({
        expression: 'FILL(reads, 0) + FILL(writes, 0)',
        usingMetrics: { reads: events('ReadThrottleEvents'), writes: events('WriteThrottleEvents') },
        label: 'Throttled',
        period: everyMinute,
      }),
      threshold: 1,
      impact,
      runbook: 'a-table-is-throttled',
    });
  }

  get streamArn(): string {
    if (!this.tableStreamArn) throw new Error(`${this.node.path} has no stream`);
    return this.tableStreamArn;
  }

  /** Alarms when DynamoDB itself fails at one of these operations. */
  watch({ alarms }: Platform, operations: readonly string[], impact: string): void {
    for (const operation of operations)
      alarms.add(this, `${operation}Fails`, {
        metric: this.metric('SystemErrors', {
          period: everyMinute,
          statistic: 'Sum',
          dimensionsMap: { TableName: this.tableName, Operation: operation },
        }),
        threshold: 1,
        impact,
        runbook: 'a-table-fails',
      });
  }
}
