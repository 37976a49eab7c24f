import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import { type EventBus, Match, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { botSuspected, credentialsShared } from '#contract/findings.ts';
import type { DeployedEnvironment, FunctionName } from '#lambdas/env.ts';
import type { Accounts } from './accounts.ts';
import type { Activity } from './activity.ts';
import { everyMinute } from './alarms.ts';
import { explain } from './explain.ts';
import { EvenfieldFunction } from './functions.ts';
import type { Platform } from './platform.ts';
import { DeadLetters } from './queues.ts';
import { removalPolicy } from './removal-policy.ts';
import { workplacesVariable } from './stage-config.ts';
import { EvenfieldTable } from './tables.ts';
import { workflowDefinition } from './workflow.ts';

/** What cases are about, and what they touch. */
export interface CaseContext {
  readonly accounts: Accounts;
  readonly activity: Activity;
  readonly bus: EventBus;
  readonly devicesTable: EvenfieldTable;
  readonly offersTable: EvenfieldTable;
  readonly challengesTable: EvenfieldTable;
}

const unopened = 'What was found about accounts waits, and nobody looks at it; nobody is restricted by that.';
const unmoved = 'Cases do not move, and notices are late; clocks that drivers rely on may be missed.';

const reads = ['dynamodb:GetItem', 'dynamodb:Query'];
const writes = ['dynamodb:DeleteItem', 'dynamodb:PutItem'];
/** Of transactions that hold only while something else is so. */
const checks = ['dynamodb:ConditionCheckItem'];

/** From suspicion to removal, and back: what opens cases, and what moves them. */
export class Enforcement extends Construct {
  readonly table: EvenfieldTable;
  /** Of every function that works on cases. */
  readonly environment: DeployedEnvironment<'enforcement-workflow'>;
  private readonly stateMachineArn: string;

  constructor(scope: Construct, id: string, platform: Platform, props: CaseContext) {
    super(scope, id);
    const { stage } = platform;
    this.table = new EvenfieldTable(this, 'Table', platform, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      dynamoStream: StreamViewType.NEW_IMAGE,
      impact: unmoved,
    });
    const name = `evenfield-${stage.name}-warn-then-offboard`;
    // Named, since the functions that it calls have to name it.
    this.stateMachineArn = Stack.of(this).formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: name,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.environment = {
      STAGE: stage.name,
      ENFORCEMENT_TABLE: this.table.tableName,
      DEVICES_TABLE: props.devicesTable.tableName,
      OFFERS_TABLE: props.offersTable.tableName,
      CHALLENGES_TABLE: props.challengesTable.tableName,
      USER_POOL_ID: props.accounts.pool.userPoolId,
      EVENT_BUS_NAME: props.bus.eventBusName,
      STATE_MACHINE_ARN: this.stateMachineArn,
      WORKPLACES: workplacesVariable(stage.stations),
      CONTACT: stage.contact,
      MAIL_FROM: stage.mailFrom ?? '',
      RECORD_RETENTION_DAYS: String(stage.recordRetentionDays),
    };
    this.createIntake(platform, props);
    const worker = this.createWorkflow(platform, props, name);
    this.createUpkeep(platform, props, worker);
  }

  /** What every function of it reads and writes: cases, where the driver works, phones by name, and the language. */
  allowCases<F extends FunctionName>(
    to: EvenfieldFunction<F>,
    { accounts, devicesTable, offersTable }: CaseContext,
  ): void {
    to.addToRolePolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions: ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'],
        resources: [this.table.tableArn],
        // Entries of the audit are put once, on the condition that there is none; its head is put.
        conditions: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': ['AUDIT*'] } },
      }),
    );
    to.allow([...reads, ...writes], [this.table.tableArn])
      .allow(['dynamodb:Query'], [devicesTable.tableArn])
      .allow(['dynamodb:BatchGetItem', 'dynamodb:Query'], [offersTable.tableArn])
      .allow(['cognito-idp:AdminGetUser'], [accounts.pool.userPoolArn]);
  }

  /** And what steps of a case do elsewhere. */
  allowEffects<F extends FunctionName>(to: EvenfieldFunction<F>, props: CaseContext): void {
    const { accounts, bus, challengesTable, devicesTable, offersTable } = props;
    to.allow(checks, [this.table.tableArn])
      .allow([...checks, ...writes], [devicesTable.tableArn])
      .allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], [offersTable.tableArn])
      .allow(['dynamodb:DeleteItem', 'dynamodb:PutItem'], [challengesTable.tableArn])
      .allow(['cognito-idp:AdminUserGlobalSignOut'], [accounts.pool.userPoolArn])
      .allow(['events:PutEvents'], [bus.eventBusArn]);
  }

  private allowMail<F extends FunctionName>(to: EvenfieldFunction<F>, { stage }: Platform): void {
    if (!stage.mailFrom) return;
    const identity = Stack.of(this).formatArn({
      service: 'ses',
      resource: 'identity',
      resourceName: stage.mailFrom,
    });
    to.allow(['ses:SendEmail'], [identity]);
  }

  allowWaking<F extends FunctionName>(to: EvenfieldFunction<F>): void {
    to.allow(['states:SendTaskSuccess', 'states:StartExecution'], [this.stateMachineArn]);
  }

  private createIntake(platform: Platform, props: CaseContext): void {
    const { activity, bus } = props;
    const intake = new EvenfieldFunction(this, 'Intake', platform, {
      name: 'enforcement-intake',
      environment: {
        ...this.environment,
        DETECTION_TABLE: activity.table.tableName,
        PSEUDONYMS_TABLE: activity.pseudonyms.tableName,
        DETECTION: JSON.stringify(platform.stage.detection),
      },
      impact: unopened,
      timeoutSeconds: 60,
      memoryMegabytes: 512,
    }).allow(['dynamodb:GetItem'], [activity.table.tableArn]);
    this.allowCases(intake, props);
    this.allowWaking(intake);
    const unread = new DeadLetters(this, 'Unopened', platform, unopened, 'findings-open-no-case');
    new Rule(this, 'Suspected', {
      eventBus: bus,
      eventPattern: {
        source: Match.prefix('evenfield'),
        detailType: [botSuspected, credentialsShared],
      },
      targets: [new LambdaFunction(intake, { retryAttempts: 20, deadLetterQueue: unread })],
    });
  }

  private createWorkflow(
    platform: Platform,
    props: CaseContext,
    stateMachineName: string,
  ): EvenfieldFunction<'enforcement-workflow'> {
    const { stage, alarms } = platform;
    const worker = new EvenfieldFunction(this, 'Workflow', platform, {
      name: 'enforcement-workflow',
      environment: this.environment,
      impact: unmoved,
      timeoutSeconds: 60,
      memoryMegabytes: 512,
    });
    this.allowCases(worker, props);
    this.allowEffects(worker, props);
    this.allowMail(worker, platform);
    this.allowWaking(worker);
    const role = new Role(this, 'MachineRole', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [worker.functionArn] }),
    );
    const machine = new StateMachine(this, 'Machine', {
      stateMachineName,
      role,
      definitionBody: DefinitionBody.fromString(
        Stack.of(this).toJsonString(workflowDefinition(worker.functionArn)),
      ),
      logs: {
        destination: new LogGroup(this, 'MachineLogs', {
          retention: stage.logRetentionDays,
          removalPolicy: removalPolicy(stage),
        }),
        level: LogLevel.ERROR,
        // Inputs name nobody but the case.
        includeExecutionData: false,
      },
      removalPolicy: removalPolicy(stage),
    });
    explain(machine, {
      SF1: 'Errors are logged; every step of a case is in its own audit.',
      SF2: 'A trace would show waits of days, and what they wait for is in the audit.',
    });
    explain(role, { 'IAM5[Resource::*]': 'Delivery of logs knows no resources.' });
    alarms.add(this, 'Failed', {
      metric: machine.metricFailed({ period: everyMinute }),
      threshold: 1,
      impact: unmoved,
      runbook: 'a-workflow-failed',
    });
    return worker;
  }

  private createUpkeep(
    platform: Platform,
    props: CaseContext,
    worker: EvenfieldFunction<'enforcement-workflow'>,
  ): void {
    const { stage, alarms } = platform;
    const upkeep = new EvenfieldFunction(this, 'Upkeep', platform, {
      name: 'enforcement-upkeep',
      environment: this.environment,
      impact: unmoved,
      timeoutSeconds: 300,
      memoryMegabytes: 512,
    });
    this.allowCases(upkeep, props);
    this.allowEffects(upkeep, props);
    this.allowMail(upkeep, platform);
    this.allowWaking(upkeep);
    new Rule(this, 'EveryMinute', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(upkeep, { retryAttempts: 1 })],
    });
    const watch = (field: 'near' | 'overdue' | 'failed') =>
      upkeep.logGroup
        .addMetricFilter(`Cases-${field}`, {
          filterPattern: FilterPattern.all(
            FilterPattern.stringValue('$.message.code', '=', 'enforcement.swept'),
            FilterPattern.numberValue(`$.message.${field}`, '>', 0),
          ),
          metricNamespace: `Evenfield/${stage.name}`,
          metricName: `cases-${field}`,
          metricValue: `$.message.${field}`,
        })
        .metric({ period: everyMinute, statistic: 'Maximum' });
    alarms.add(this, 'ClockNear', {
      metric: watch('near'),
      threshold: 1,
      impact: 'Somebody waits for a person, and the time that the law or our word gives runs out soon.',
      runbook: 'a-clock-runs-out',
    });
    // Lapsed or late: said by whoever found out, and counted by the same name.
    for (const logs of [upkeep.logGroup, worker.logGroup])
      logs.addMetricFilter('ClocksMissed', {
        filterPattern: FilterPattern.stringValue('$.message.code', '=', 'clock.missed'),
        metricNamespace: `Evenfield/${stage.name}`,
        metricName: 'cases-overdue',
        metricValue: '$.message.missed',
      });
    alarms.add(this, 'ClockMissed', {
      metric: watch('overdue'),
      threshold: 1,
      impact: 'Somebody waited for a person longer than the law or our word allows.',
      runbook: 'a-clock-was-missed',
    });
    alarms.add(this, 'Stuck', {
      metric: watch('failed'),
      threshold: 1,
      minutes: 3,
      impact: unmoved,
      runbook: 'a-case-is-stuck',
    });
  }
}
