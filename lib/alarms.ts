import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { StageConfig } from './stage-config.ts';

export interface AlarmProps {
  readonly metric: IMetric;
  /** Alarms at this value and above. */
  readonly threshold: number;
  /** Minutes out of the last five that must reach the threshold. */
  readonly minutes?: number;
  /** Who is hurt, as a sentence: the first thing that the person on call reads. */
  readonly impact: string;
  /** Heading of docs/runbook.md, as its anchor. */
  readonly runbook: string;
}

/** Tells the stage's address whenever somebody is hurt, who it is and where the remedy stands. */
export class Alarms extends Construct {
  private readonly action: SnsAction;

  constructor(scope: Construct, id: string, { alarmEmail }: StageConfig) {
    super(scope, id);
    const topic = new Topic(this, 'Topic', { enforceSSL: true });
    // The policy that refuses plain text replaces the default one, and with it the right of alarms to publish.
    topic.grantPublish(
      new ServicePrincipal('cloudwatch.amazonaws.com').withConditions({
        StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
      }),
    );
    if (alarmEmail) topic.addSubscription(new EmailSubscription(alarmEmail));
    this.action = new SnsAction(topic);
  }

  add(scope: Construct, id: string, { metric, threshold, minutes = 1, impact, runbook }: AlarmProps): void {
    new Alarm(scope, id, {
      alarmDescription: `${impact} Runbook: docs/runbook.md#${runbook}`,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 5,
      datapointsToAlarm: minutes,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(this.action);
  }
}

/** Alarms look at single minutes. */
export const everyMinute = Duration.minutes(1);
