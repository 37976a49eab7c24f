import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
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
  private readonly watched: Record<keyof typeof shared, Watched[]> = { throttled: [], slow: [] };

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

  /** Alarms together with other functions, when the stack is complete. */
  share(kind: keyof typeof shared, watched: Watched): void {
    this.watched[kind].push(watched);
  }

  /** One alarm for several functions: a stack holds 500 resources. */
  addShared(): void {
    for (const kind of Object.keys(shared) as (keyof typeof shared)[])
      for (let from = 0; from < this.watched[kind].length; from += metricsOfAlarm)
        this.addOne(kind, from / metricsOfAlarm + 1, this.watched[kind].slice(from, from + metricsOfAlarm));
  }

  private addOne(kind: keyof typeof shared, number: number, watched: readonly Watched[]): void {
    const { label, minutes, impact, runbook } = shared[kind];
    this.add(this, `${label}${number}`, {
      // So many are beyond their limit.
      metric: new MathExpression({
        expression: watched.map(({ limit }, index) => `(FILL(m${index}, 0) >= ${limit})`).join(' + '),
        usingMetrics: Object.fromEntries(watched.map(({ metric }, index) => [`m${index}`, metric])),
        label,
        period: everyMinute,
      }),
      threshold: 1,
      minutes,
      impact: `${impact}: ${watched.map(({ name }) => name).join(', ')}.`,
      runbook,
    });
  }
}

interface Watched {
  /** Of the function. */
  readonly name: string;
  readonly metric: IMetric;
  /** Alarms at this value and above. */
  readonly limit: number;
}

/** What functions alarm of together. */
const shared = {
  throttled: {
    label: 'Throttled',
    minutes: 1,
    impact: 'Whoever needs one of these is not served, or late',
    runbook: 'a-function-is-throttled',
  },
  slow: {
    label: 'Slow',
    minutes: 3,
    impact: 'People wait for an answer of one of these',
    runbook: 'a-function-is-slow',
  },
} as const;

/** An alarm over metric math takes no more. */
const metricsOfAlarm = 10;

/** Alarms look at single minutes. */
export const everyMinute = Duration.minutes(1);
