import { readFileSync } from 'node:fs';
import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { environments, type FunctionName } from '#lambdas/env.ts';
import { functionOf } from '#lib/operations.ts';
import { readStage } from '#lib/stage-config.ts';
import { deployedFunction, resources, synthesise } from './synth.ts';

const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
  heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-'),
);

interface Metric {
  MetricName: string;
  Dimensions: { Name: string; Value: unknown }[];
}

interface Alarm extends Partial<Metric> {
  AlarmDescription: string;
  AlarmActions: { Ref: string }[];
  /** Of an alarm over several. */
  Metrics?: { MetricStat?: { Metric: Metric } }[];
  TreatMissingData: string;
}

/** Every metric that an alarm looks at. */
const metricsOf = ({ MetricName, Dimensions = [], Metrics = [] }: Alarm): Metric[] =>
  MetricName === undefined
    ? Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? [])
    : [{ MetricName, Dimensions }];

let template: Template;
let alarms: Alarm[];

beforeAll(async () => {
  ({ template } = await synthesise(readStage('production')));
  alarms = resources(template, 'AWS::CloudWatch::Alarm').map(({ properties }) => properties as Alarm);
});

const anchorOf = ({ AlarmDescription }: Alarm) =>
  AlarmDescription.match(/^[A-Z].*\. Runbook: docs\/runbook\.md#([a-z0-9-]+)$/)?.[1];

describe('an alarm', () => {
  it('says who is hurt and names a heading of the runbook', () => {
    for (const alarm of alarms) expect(anchors, alarm.AlarmDescription).toContain(anchorOf(alarm));
  });

  it('goes to the address of the stage', () => {
    for (const { AlarmActions } of alarms) expect(AlarmActions).toHaveLength(1);
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: readStage('production').alarmEmail,
    });
  });

  it('may publish to its topic, as nothing else may', () => {
    const policies = resources(template, 'AWS::SNS::TopicPolicy');
    for (const topic of new Set(alarms.flatMap(({ AlarmActions }) => AlarmActions.map(({ Ref }) => Ref)))) {
      const statements = policies
        .filter(({ properties }) => properties.Topics.some(({ Ref }: { Ref: string }) => Ref === topic))
        .flatMap(({ properties }) => properties.PolicyDocument.Statement);
      expect(statements.filter(({ Effect }) => Effect === 'Allow')).toMatchObject([
        {
          Effect: 'Allow',
          Action: 'sns:Publish',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Resource: { Ref: topic },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ]);
    }
  });

  it('looks at no more metrics than CloudWatch takes', () => {
    for (const alarm of alarms) expect(metricsOf(alarm).length).toBeLessThanOrEqual(10);
  });

  it('stays silent while nothing happens', () => {
    for (const { TreatMissingData } of alarms) expect(TreatMissingData).toBe('notBreaching');
  });
});

describe('there is an alarm', () => {
  it.each(Object.keys(environments))('when %s fails', (name) => {
    expect(alarms.map(anchorOf)).toContain(`${name}-fails`);
  });

  it.each([
    'Throttles',
    'Duration',
    'IteratorAge',
    'ApproximateAgeOfOldestMessage',
    'ApproximateNumberOfMessagesVisible',
    '5xx',
    'ReadThrottleEvents',
    'WriteThrottleEvents',
    'SystemErrors',
  ])('on %s', (metric) => {
    expect(alarms.flatMap(metricsOf).map(({ MetricName }) => MetricName)).toContain(metric);
  });

  /** Which functions an alarm of this runbook entry looks at, by their logical ids. */
  const watchedBy = (runbook: string, MetricName: string) =>
    alarms
      .filter((alarm) => anchorOf(alarm) === runbook)
      .flatMap(metricsOf)
      .filter((metric) => metric.MetricName === MetricName)
      .flatMap(({ Dimensions }) => Dimensions.map(({ Value }) => (Value as { Ref: string }).Ref));

  it('when any function is throttled, which says its name', () => {
    const functions = Object.keys(environments) as FunctionName[];
    const ids = functions.map((name) => deployedFunction(template, name).id);
    expect(watchedBy('a-function-is-throttled', 'Throttles').sort()).toEqual(expect.arrayContaining(ids));
    const texts = alarms.map(({ AlarmDescription }) => AlarmDescription).join();
    for (const name of functions)
      expect(texts).toMatch(new RegExp(`not served, or late: [^.]*\\b${name}\\b`));
  });

  it('when any function is slow that people wait for', () => {
    const ids = Object.values(functionOf).map((name) => deployedFunction(template, name).id);
    expect(watchedBy('a-function-is-slow', 'Duration')).toEqual(expect.arrayContaining(ids));
  });
});

it('the runbook has no heading for an alarm that is gone', () => {
  const [, section = ''] = runbook.split(/^## Alarms$/m);
  const [list = ''] = section.split(/^## /m);
  const headings = [...list.matchAll(/^### (.+)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase().replaceAll(' ', '-'),
  );
  expect(headings.sort()).toEqual([...new Set(alarms.map(anchorOf))].sort());
});
