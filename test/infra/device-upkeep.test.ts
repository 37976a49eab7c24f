import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import { expect, it } from 'vitest';
import { Accounts } from '#lib/accounts.ts';
import { Alarms } from '#lib/alarms.ts';
import { DeviceUpkeep } from '#lib/device-upkeep.ts';
import { readStage, type StageConfig } from '#lib/stage-config.ts';
import { EvenfieldTable } from '#lib/tables.ts';
import { resources, theResource } from './synth.ts';

const appleSecretArn = 'arn:aws:secretsmanager:us-west-2:111122223333:secret:apple-AbCdEf';

/** The upkeep and what it needs; the code of its functions does not matter here. */
const upkeepOf = (stage: StageConfig, secret?: string): Template => {
  const stack = new Stack(new App(), 'Stack', { env: { region: stage.region } });
  const bundles = { folderOf: () => import.meta.dirname, metafile: { inputs: {}, outputs: {} } };
  const platform = { stage, bundles, alarms: new Alarms(stack, 'Alarms', stage) };
  const table = new EvenfieldTable(stack, 'Table', platform, {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    dynamoStream: StreamViewType.NEW_IMAGE,
    impact: 'Nobody.',
  });
  new DeviceUpkeep(stack, 'DeviceUpkeep', platform, {
    table,
    accounts: new Accounts(stack, 'Accounts', stage),
    ...(secret && { appleSecretArn: secret }),
  });
  return Template.fromStack(stack);
};

const { mailFrom: _, ...mute } = readStage('dev');
const speaking = { ...mute, mailFrom: 'notices@example.com' };

const functionsOf = (template: Template) =>
  resources(template, 'AWS::Lambda::Function').map(({ properties }) => properties.Description.split(': ')[1]);

it('a stage has the functions that it has a key and a sender for', () => {
  expect(functionsOf(upkeepOf(mute))).toEqual(['status-list']);
  expect(functionsOf(upkeepOf(mute, appleSecretArn)).sort()).toEqual(['receipts', 'status-list']);
  expect(functionsOf(upkeepOf(speaking)).sort()).toEqual(['device-notices', 'status-list']);
});

it('lists and receipts are refreshed every hour', () => {
  const rules = resources(upkeepOf(speaking, appleSecretArn), 'AWS::Events::Rule');
  expect(rules.map(({ properties }) => properties.ScheduleExpression)).toEqual([
    'rate(1 hour)',
    'rate(1 hour)',
  ]);
});

it('no deployment passes on where a stand-in of a phone maker is', () => {
  expect(JSON.stringify(upkeepOf(speaking, appleSecretArn).toJSON())).not.toMatch(
    /ANDROID_STATUS_LIST_URL|APPLE_ATTESTATION_DATA_URL/,
  );
});

it('notices are new items of the table, and are kept when they cannot be sent', () => {
  const { properties } = theResource(upkeepOf(speaking), 'AWS::Lambda::EventSourceMapping');
  expect(JSON.parse(properties.FilterCriteria.Filters[0].Pattern)).toEqual({
    eventName: ['INSERT'],
    dynamodb: { Keys: { pk: { S: [{ prefix: 'NOTICE#' }] } } },
  });
  expect(properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  expect(properties.DestinationConfig.OnFailure.Destination).toBeDefined();
});
