import { readFileSync } from 'node:fs';
import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { environments } from '#lambdas/env.ts';
import { readStage } from '#lib/stage-config.ts';
import { resources, synthesise } from './synth.ts';

const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
  heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-'),
);

interface Alarm {
  AlarmDescription: string;
  AlarmActions: { Ref: string }[];
  MetricName: string;
  TreatMissingData: string;
}

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
    expect(alarms.map(({ MetricName }) => MetricName)).toContain(metric);
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
