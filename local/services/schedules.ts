import { randomUUID } from 'node:crypto';
import { describeError } from '../failure.ts';
import { isJsonObject, type JsonObject } from './aws-json-server.ts';
import { type Clock, realClock } from './clock.ts';
import { compileInput } from './event-input.ts';
import { compileTarget, createDispatcher, type EventTarget } from './event-targets.ts';
import { compileSchedule, type NextRun } from './schedule-expression.ts';
import type { ResolvedResource, Service, ServiceDeps } from './types.ts';

interface Schedule {
  readonly where: string;
  readonly next: NextRun;
  /** Not due any more from here on. */
  readonly endsAt: number;
  readonly targets: readonly {
    readonly target: EventTarget;
    render(dueAt: number, eventId: string): string;
  }[];
}

/**
 * AWS::Events::Rule with a ScheduleExpression and AWS::Scheduler::Schedule.
 *
 * As on AWS a tick does not wait for the one before: a function slower than its schedule overlaps with itself.
 * Ticks missed while the machine slept are not made up for, the next one is simply the next.
 * A flexible window opens and fires at once.
 */
export function startSchedules(
  deps: ServiceDeps,
  { clock = realClock }: { clock?: Clock } = {},
): Promise<Service> {
  const schedules = deps.resources.flatMap((resource) => compile(resource, deps, clock.now()));
  const dispatcher = createDispatcher(deps, clock);
  const cancels = new Map<Schedule, () => void>();

  const plan = (schedule: Schedule, after: number): void => {
    const dueAt = schedule.next(after);
    if (dueAt === undefined || dueAt >= schedule.endsAt) return;
    cancels.set(
      schedule,
      clock.after(dueAt - clock.now(), () => tick(schedule, dueAt)),
    );
  };
  const tick = (schedule: Schedule, dueAt: number): void => {
    // A timer may fire a millisecond early; the same tick must not be due again.
    plan(schedule, Math.max(dueAt, clock.now()));
    const eventId = randomUUID();
    for (const { target, render } of schedule.targets) {
      try {
        dispatcher.dispatch(target, render(dueAt, eventId), eventId);
      } catch (error) {
        deps.log(`${schedule.where}: ${describeError(error)}`);
      }
    }
  };
  for (const schedule of schedules) plan(schedule, clock.now());

  return Promise.resolve({
    endpoint: '',
    stop: async () => {
      for (const cancel of cancels.values()) cancel();
      dispatcher.stop();
    },
  });
}

/** No schedule for one that is disabled; it is checked all the same. */
function compile(resource: ResolvedResource, deps: ServiceDeps, now: number): Schedule[] {
  const { type, properties } = resource;
  const isRule = type === 'AWS::Events::Rule' && properties.ScheduleExpression !== undefined;
  if (!isRule && type !== 'AWS::Scheduler::Schedule') return [];
  const schedule = isRule ? compileRule(resource, deps, now) : compileScheduler(resource, deps, now);
  return properties.State === 'DISABLED' ? [] : [schedule];
}

function compileRule(
  { logicalId, physicalId, attributes, properties }: ResolvedResource,
  deps: ServiceDeps,
  now: number,
): Schedule {
  const where = `rule ${logicalId}`;
  const arn = attributes.Arn ?? physicalId;
  const [, , , region = '', account = ''] = arn.split(':');
  const targets = Array.isArray(properties.Targets) ? properties.Targets.filter(isJsonObject) : [];
  return {
    where,
    next: compileSchedule(
      { expression: String(properties.ScheduleExpression), timezone: 'UTC', startsAt: now },
      where,
    ),
    endsAt: Infinity,
    targets: targets.map((properties) => {
      const render = compileInput(properties, where);
      return {
        target: compileTarget(properties, where, deps),
        render: (dueAt, id) => {
          const time = isoSeconds(dueAt);
          // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
          const event: JsonObject = {
            version: '0',
            id,
            'detail-type': 'Scheduled Event',
            source: 'aws.events',
            account,
            time,
            region,
            resources: [arn],
            detail: {},
          };
          return render(event, { ruleArn: arn, ruleName: physicalId, ingestionTime: time });
        },
      };
    }),
  };
}

function compileScheduler(
  { logicalId, physicalId, attributes, properties }: ResolvedResource,
  deps: ServiceDeps,
  now: number,
): Schedule {
  const where = `schedule ${logicalId}`;
  const target = isJsonObject(properties.Target) ? properties.Target : {};
  const startsAt = timeOf(properties.StartDate) ?? now;
  const next = compileSchedule(
    {
      expression: String(properties.ScheduleExpression),
      timezone: String(properties.ScheduleExpressionTimezone ?? 'UTC'),
      startsAt,
    },
    where,
  );
  const input = typeof target.Input === 'string' ? target.Input : '{}';
  const arn = attributes.Arn ?? physicalId;
  return {
    where,
    next: (after) => next(Math.max(after, startsAt - 1)),
    endsAt: timeOf(properties.EndDate) ?? Infinity,
    targets: [
      {
        target: compileTarget(target, where, deps),
        render: (dueAt, id) => fillContext(input, arn, dueAt, id),
      },
    ],
  };
}

/** The keywords of https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function fillContext(input: string, arn: string, dueAt: number, executionId: string): string {
  return input
    .replaceAll('<aws.scheduler.schedule-arn>', arn)
    .replaceAll('<aws.scheduler.scheduled-time>', isoSeconds(dueAt))
    .replaceAll('<aws.scheduler.execution-id>', executionId)
    .replaceAll('<aws.scheduler.attempt-number>', '1');
}

function timeOf(date: unknown): number | undefined {
  return date === undefined ? undefined : new Date(String(date)).getTime();
}

function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
