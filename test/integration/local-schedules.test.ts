import { describe, expect, it } from 'vitest';
import { LocalFailure } from '#local/failure.ts';
import { type Clock, realClock } from '#local/services/clock.ts';
import { compileSchedule } from '#local/services/schedule-expression.ts';
import { startSchedules } from '#local/services/schedules.ts';
import type { ResolvedResource, ServiceDeps } from '#local/services/types.ts';
import { VirtualClock } from '#local/services/virtual-clock.ts';

const dayMs = 86_400_000;
const newYear = new Date('2027-01-01T00:00:00Z');
const lambda = (name: string) => `arn:aws:lambda:eu-west-1:000000000000:function:${name}`;
const ruleArn = 'arn:aws:events:eu-west-1:000000000000:rule/Tick';

const aRule = (logicalId: string, properties: object): ResolvedResource => ({
  logicalId,
  type: 'AWS::Events::Rule',
  physicalId: 'Tick',
  attributes: { Arn: ruleArn },
  properties: { Targets: [{ Id: 'T', Arn: lambda(logicalId) }], ...properties },
});

const aSchedule = (logicalId: string, properties: object): ResolvedResource => ({
  logicalId,
  type: 'AWS::Scheduler::Schedule',
  physicalId: logicalId,
  attributes: { Arn: `arn:aws:scheduler:eu-west-1:000000000000:schedule/default/${logicalId}` },
  properties: {
    Target: { Arn: lambda(logicalId), Input: '{"at":"<aws.scheduler.scheduled-time>"}' },
    ...properties,
  },
});

function aSystem(resources: ResolvedResource[], answer: () => Promise<unknown> = async () => null) {
  const clock = new VirtualClock(newYear);
  const calls: { name: string; at: number; event: unknown }[] = [];
  const lines: string[] = [];
  const deps: ServiceDeps = {
    resources,
    endpoints: {},
    log: (line) => lines.push(line),
    invoke: (arn, event) => {
      calls.push({ name: arn.split(':').at(-1) ?? '', at: clock.now(), event });
      return answer();
    },
  };
  const timesOf = (name: string) =>
    calls.filter((call) => call.name === name).map(({ at }) => new Date(at).toISOString());
  return { clock, calls, lines, deps, timesOf };
}

describe('schedules', () => {
  it('tick through a year in order, none lost and none doubled', async () => {
    const { clock, calls, deps, timesOf } = aSystem([
      aRule('Hourly', { ScheduleExpression: 'rate(1 hour)' }),
      aRule('Workdays', { ScheduleExpression: 'cron(0 18 ? * MON-FRI *)' }),
      aRule('Off', { ScheduleExpression: 'rate(1 minute)', State: 'DISABLED' }),
      aSchedule('Local', {
        ScheduleExpression: 'cron(30 8 1 * ? *)',
        ScheduleExpressionTimezone: 'Europe/Berlin',
      }),
      aSchedule('Once', { ScheduleExpression: 'at(2027-07-01T12:00:00)' }),
      aSchedule('Window', {
        ScheduleExpression: 'rate(1 day)',
        StartDate: '2027-02-01T00:00:00Z',
        EndDate: '2027-02-04T00:00:00Z',
      }),
    ]);
    const schedules = await startSchedules(deps, { clock });
    await clock.advance(365 * dayMs);
    await schedules.stop();
    await clock.advance(dayMs);

    expect(timesOf('Hourly')).toHaveLength(365 * 24);
    expect(new Set(timesOf('Hourly')).size).toBe(365 * 24);
    expect(timesOf('Workdays')).toHaveLength(261);
    expect(timesOf('Off')).toEqual([]);
    expect(timesOf('Once')).toEqual(['2027-07-01T12:00:00.000Z']);
    expect(timesOf('Window').map((time) => time.slice(5, 10))).toEqual(['02-01', '02-02', '02-03']);
    // 8:30 in Berlin is 7:30 UTC in winter and 6:30 UTC in summer.
    expect(timesOf('Local').map((time) => time.slice(11, 16))).toEqual(
      [7, 7, 7, 6, 6, 6, 6, 6, 6, 6, 7, 7].map((hour) => `0${hour}:30`),
    );
    expect(calls.map(({ at }) => at)).toEqual(calls.map(({ at }) => at).toSorted((a, b) => a - b));
  });

  it('tick once also when a timer fires a millisecond early, as those of Node may', async () => {
    const { clock, deps, timesOf } = aSystem([aRule('Hourly', { ScheduleExpression: 'rate(1 hour)' })]);
    const hasty: Clock = {
      now: () => clock.now(),
      after: (delayMs, callback) => clock.after(delayMs - 1, callback),
      during: (work) => clock.during(work),
    };
    const schedules = await startSchedules(deps, { clock: hasty });
    await clock.advance(dayMs);
    await schedules.stop();
    expect(timesOf('Hourly')).toHaveLength(24);
  });

  it('wait on the real clock for more than the 24.8 days of a Node timer', async () => {
    let fired = false;
    const cancel = realClock.after(30 * dayMs, () => {
      fired = true;
    });
    await new Promise<void>((resolve) => realClock.after(20, resolve));
    cancel();
    expect(fired).toBe(false);
  });

  it('send a rule the event that AWS sends, and a schedule its input', async () => {
    const { clock, calls, deps } = aSystem([
      aRule('Plain', { ScheduleExpression: 'rate(5 minutes)' }),
      aRule('Constant', {
        ScheduleExpression: 'rate(5 minutes)',
        Targets: [{ Id: 'T', Arn: lambda('Constant'), Input: '{"sweep":true}' }],
      }),
      aSchedule('Timed', { ScheduleExpression: 'rate(5 minutes)' }),
    ]);
    const schedules = await startSchedules(deps, { clock });
    await clock.advance(5 * 60_000);
    await schedules.stop();
    const [plain, constant, timed] = calls.map(({ event }) => event);
    expect(plain).toEqual({
      version: '0',
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '000000000000',
      time: '2027-01-01T00:05:00Z',
      region: 'eu-west-1',
      resources: [ruleArn],
      detail: {},
    });
    expect(constant).toEqual({ sweep: true });
    expect(timed).toEqual({ at: '2027-01-01T00:05:00Z' });
  });

  it('go on after a function that keeps failing, which is logged once per lost tick', async () => {
    const failing = () => Promise.reject(new Error('out of order'));
    const { clock, deps, lines, timesOf } = aSystem(
      [aRule('Nightly', { ScheduleExpression: 'rate(1 day)' })],
      failing,
    );
    const schedules = await startSchedules(deps, { clock });
    await clock.advance(2 * dayMs + 60_000);
    await schedules.stop();
    expect(timesOf('Nightly').map((time) => time.slice(8, 19))).toEqual(
      ['02', '03'].flatMap((day) => [`${day}T00:00:00`, `${day}T00:00:01`, `${day}T00:00:06`]),
    );
    expect(lines).toEqual(
      Array(2).fill(expect.stringMatching(/^rule Nightly: dead letter .* 3 tries: out of order$/)),
    );
  });

  const next = (expression: string, after: string) => {
    const run = compileSchedule({ expression, timezone: 'UTC', startsAt: newYear.getTime() }, 'rule R');
    const due = run(Date.parse(after));
    return due === undefined ? undefined : new Date(due).toISOString().replace(':00.000Z', '');
  };

  it.each<[string, string, string | undefined]>([
    // The examples of the documentation of AWS cron expressions.
    ['cron(15 10 ? * 6L 2026-2028)', '2026-11-01T00:00:00Z', '2026-11-27T10:15'],
    ['cron(0 10 * * ? *)', '2027-01-01T10:00:00Z', '2027-01-02T10:00'],
    ['cron(15 12 * * ? *)', '2027-01-01T12:14:59Z', '2027-01-01T12:15'],
    ['cron(0 8 1 * ? *)', '2027-01-01T08:00:00Z', '2027-02-01T08:00'],
    ['cron(0/15 * * * ? *)', '2027-01-01T00:45:00Z', '2027-01-01T01:00'],
    ['cron(0/5 8-17 ? * MON-FRI *)', '2027-01-01T17:55:00Z', '2027-01-04T08:00'],
    ['cron(0 9 ? * 2#1 *)', '2027-01-01T00:00:00Z', '2027-01-04T09:00'],
    ['cron(0 0 ? * 1 *)', '2027-01-01T00:00:00Z', '2027-01-03T00:00'],
    ['cron(0 8 L * ? *)', '2027-02-01T00:00:00Z', '2027-02-28T08:00'],
    ['cron(0 8 3W * ? *)', '2027-01-01T00:00:00Z', '2027-01-04T08:00'],
    ['cron(0 12 ? JAN,JUL * *)', '2027-01-31T12:00:00Z', '2027-07-01T12:00'],
    ['cron(0 12 * * ? 2026)', '2027-01-01T00:00:00Z', undefined],
    ['rate(5 minutes)', '2027-01-01T00:05:00Z', '2027-01-01T00:10'],
    ['rate(1 day)', '2027-01-01T00:00:00Z', '2027-01-02T00:00'],
    ['at(2027-03-01T06:30:00)', '2027-01-01T00:00:00Z', '2027-03-01T06:30'],
    ['at(2027-03-01T06:30:00)', '2027-03-01T06:30:00Z', undefined],
  ])('%s after %s is due at %s', (expression, after, due) => {
    expect(next(expression, after)).toBe(due);
  });

  it.each([
    ['cron(0 10 * * * *)', 'exactly one of day-of-month and day-of-week is "?"'],
    ['cron(0 10 ? * ? *)', 'exactly one of day-of-month and day-of-week is "?"'],
    ['cron(0 10 * * ?)', '5 fields instead of 6'],
    ['rate(1 minutes)', 'no rate'],
    ['rate(0 minutes)', 'no rate'],
    ['at(2027-01-01)', 'no time as yyyy-mm-ddThh:mm:ss'],
    ['every day', 'no rate(), cron() or at()'],
  ])('%s is refused in one line that names the rule', (expression, reason) => {
    expect(() => next(expression, '2027-01-01')).toThrow(
      new LocalFailure(`rule R: ${reason} in "${expression}"`),
    );
  });
});
