import { Duration } from 'aws-cdk-lib';
import { type EventBus, Match, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { reviewVerdict } from '#contract/findings.ts';
import type { DeployedEnvironment } from '#lambdas/env.ts';
import type { Activity } from './activity.ts';
import { everyMinute } from './alarms.ts';
import type { Challenges } from './challenges.ts';
import { EvenfieldFunction } from './functions.ts';
import type { HttpContext } from './http-context.ts';
import type { Platform } from './platform.ts';
import { DeadLetters, EvenfieldQueue } from './queues.ts';

export interface DetectionProps {
  readonly http: HttpContext;
  readonly activity: Activity;
  readonly challenges: Challenges;
  readonly bus: EventBus;
}

const unseen = 'Bots go unseen, and people lose blocks to them; nobody is suspected wrongly by it.';
const uncounted = 'Verdicts of reviewers do not count: a detector that errs goes on.';
const timeoutSeconds = 120;

/** Looks at accounts by the clock, keeps what it finds with its evidence, and lets people say how far it can be trusted. */
export class Detection extends Construct {
  readonly review: EvenfieldFunction<'detection-review'>;

  constructor(scope: Construct, id: string, platform: Platform, props: DetectionProps) {
    super(scope, id);
    const { stage } = platform;
    const { http, activity, bus } = props;
    const findings = {
      STAGE: stage.name,
      DETECTION_TABLE: activity.table.tableName,
      DETECTION: JSON.stringify(stage.detection),
      RECORD_RETENTION_DAYS: String(stage.recordRetentionDays),
      EVENT_BUS_NAME: bus.eventBusName,
    };
    const scoring = {
      ...findings,
      PSEUDONYMS_TABLE: activity.pseudonyms.tableName,
      NETWORK_KEYS: activity.networkKey.numberedArns,
    };
    this.createScoring(platform, props, scoring);
    this.createVerdicts(platform, props, findings);
    this.review = new EvenfieldFunction(this, 'Review', platform, {
      name: 'detection-review',
      environment: { ...findings, ...http.environment },
      secrets: [http.edgeSecret],
      impact: 'People cannot look at findings, and cannot stop a detector that errs.',
      timeoutSeconds: 29,
      memoryMegabytes: 512,
      slowMilliseconds: 5_000,
    })
      .allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], [activity.table.tableArn])
      .allow(['events:PutEvents'], [bus.eventBusArn]);
  }

  private createScoring(
    platform: Platform,
    { activity, challenges, bus }: DetectionProps,
    environment: Omit<DeployedEnvironment<'detection-planner'>, 'SCORING_QUEUE_URL'>,
  ): void {
    const { table, pseudonyms, networkKey } = activity;
    const queue = new EvenfieldQueue(this, 'Queue', platform, {
      deadLetters: new DeadLetters(this, 'Unscored', platform, unseen, 'accounts-are-not-scored'),
      // Six times the consumer's timeout, as Lambda asks, so that a batch in work is not handed out twice.
      visibilityTimeoutSeconds: 6 * timeoutSeconds,
      oldestSeconds: 3_600,
      impact: unseen,
      runbook: 'scoring-waits',
    });
    const scorer = new EvenfieldFunction(this, 'Scoring', platform, {
      name: 'detection-scoring',
      environment: {
        ...environment,
        CHALLENGES_TABLE: challenges.table.tableName,
        ATTEMPT_RETENTION_DAYS: String(platform.stage.attemptRetentionDays),
      },
      secrets: [networkKey],
      impact: unseen,
      timeoutSeconds,
      memoryMegabytes: 1024,
    })
      .allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], [queue.queueArn])
      .allow(
        [
          'dynamodb:BatchWriteItem',
          'dynamodb:ConditionCheckItem',
          'dynamodb:GetItem',
          'dynamodb:PutItem',
          'dynamodb:Query',
        ],
        [table.tableArn],
      )
      .allow(['dynamodb:GetItem'], [pseudonyms.tableArn])
      .allow(['dynamodb:DeleteItem', 'dynamodb:PutItem'], [challenges.table.tableArn]);
    new EventSourceMapping(this, 'QueueToScoring', {
      target: scorer,
      eventSourceArn: queue.queueArn,
      batchSize: 4,
      reportBatchItemFailures: true,
      // Scoring may take an hour; claims may not wait for it.
      maxConcurrency: 5,
    });
    // Whoever puts friction also ends it, as soon as a person says that it was wrong.
    new Rule(this, 'FindingDismissed', {
      eventBus: bus,
      eventPattern: {
        source: Match.prefix('evenfield'),
        detailType: [reviewVerdict],
        detail: { verdict: ['dismissed'] },
      },
      targets: [new SqsQueue(queue, { message: RuleTargetInput.fromEventPath('$.detail') })],
    });
    const planner = new EvenfieldFunction(this, 'Planner', platform, {
      name: 'detection-planner',
      environment: { ...environment, SCORING_QUEUE_URL: queue.queueUrl },
      secrets: [networkKey],
      impact: unseen,
      timeoutSeconds: 300,
      memoryMegabytes: 512,
    })
      .allow(
        [
          'dynamodb:DeleteItem',
          'dynamodb:GetItem',
          'dynamodb:PutItem',
          'dynamodb:Query',
          'dynamodb:UpdateItem',
        ],
        [table.tableArn],
      )
      .allow(['dynamodb:GetItem'], [pseudonyms.tableArn])
      .allow(['sqs:SendMessage'], [queue.queueArn])
      .allow(['events:PutEvents'], [bus.eventBusArn]);
    new Rule(this, 'EveryHour', {
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaFunction(planner, { retryAttempts: 1 })],
    });
  }

  private createVerdicts(
    platform: Platform,
    { activity, bus }: DetectionProps,
    environment: DeployedEnvironment<'detection-verdicts'>,
  ): void {
    const verdicts = new EvenfieldFunction(this, 'Verdicts', platform, {
      name: 'detection-verdicts',
      environment,
      impact: uncounted,
      timeoutSeconds: 30,
      memoryMegabytes: 256,
    })
      .allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], [activity.table.tableArn])
      .allow(['events:PutEvents'], [bus.eventBusArn]);
    const uncountedLetters = new DeadLetters(
      this,
      'Uncounted',
      platform,
      uncounted,
      'verdicts-are-not-counted',
    );
    new Rule(this, 'VerdictGiven', {
      eventBus: bus,
      eventPattern: { source: Match.prefix('evenfield'), detailType: [reviewVerdict] },
      targets: [new LambdaFunction(verdicts, { retryAttempts: 10, deadLetterQueue: uncountedLetters })],
    });
    this.watchDemotions(platform, verdicts);
  }

  private watchDemotions(
    { alarms, stage }: Platform,
    verdicts: EvenfieldFunction<'detection-verdicts'>,
  ): void {
    const demoted = verdicts.logGroup.addMetricFilter('Demotions', {
      filterPattern: FilterPattern.all(
        FilterPattern.stringValue('$.message.code', '=', 'verdict.applied'),
        FilterPattern.stringValue('$.message.happened', '=', 'demoted'),
      ),
      metricNamespace: `Evenfield/${stage.name}`,
      metricName: 'detectors-demoted',
    });
    alarms.add(this, 'Demoted', {
      metric: demoted.metric({ period: everyMinute, statistic: 'Sum' }),
      threshold: 1,
      impact:
        'A detector suspected people wrongly and has stopped acting: those it named are to be looked at.',
      runbook: 'a-detector-is-demoted',
    });
  }
}
