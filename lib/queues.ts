import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { everyMinute } from './alarms.ts';
import { explain } from './explain.ts';
import type { Platform } from './platform.ts';

const common = {
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: Duration.days(14),
} as const satisfies QueueProps;

/** Keeps for 14 days what could not be processed; anything in it alarms. */
export class DeadLetters extends Queue {
  constructor(scope: Construct, id: string, { alarms }: Platform, impact: string, runbook: string) {
    super(scope, id, common);
    explain(this, { SQS3: 'It is the end of the line, of a queue or of a stream.' });
    alarms.add(this, 'Undelivered', {
      metric: this.metricApproximateNumberOfMessagesVisible({ period: everyMinute, statistic: 'Maximum' }),
      threshold: 1,
      impact,
      runbook,
    });
  }
}

export interface EvenfieldQueueProps {
  readonly deadLetters: DeadLetters;
  readonly visibilityTimeoutSeconds: number;
  /** Alarms when a message waits longer. */
  readonly oldestSeconds: number;
  readonly impact: string;
  readonly runbook: string;
}

export class EvenfieldQueue extends Queue {
  constructor(scope: Construct, id: string, { alarms }: Platform, props: EvenfieldQueueProps) {
    super(scope, id, {
      ...common,
      visibilityTimeout: Duration.seconds(props.visibilityTimeoutSeconds),
      deadLetterQueue: { queue: props.deadLetters, maxReceiveCount: 5 },
    });
    alarms.add(this, 'Waits', {
      metric: this.metricApproximateAgeOfOldestMessage({ period: everyMinute }),
      threshold: props.oldestSeconds,
      minutes: 3,
      impact: props.impact,
      runbook: props.runbook,
    });
  }
}
