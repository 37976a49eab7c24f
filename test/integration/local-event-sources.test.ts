import { afterAll, describe, expect, it } from 'vitest';
import { callAwsJson } from '#local/services/aws-json-client.ts';
import { lambda, table, withEngines } from '#test/support/hand-made-assembly.ts';
import { endEverything, startTemplate, until } from '#test/support/hand-made-system.ts';

afterAll(endEverything);

describe('event sources', () => {
  it('redeliver only what a function reports as failed, and give up into the dead-letter queue', async () => {
    const system = await startTemplate(
      {
        Resources: {
          Seen: table(),
          Dead: { Type: 'AWS::SQS::Queue' },
          Work: {
            Type: 'AWS::SQS::Queue',
            Properties: {
              VisibilityTimeout: 1,
              RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 2 },
            },
          },
          Worker: lambda('worker', { Environment: { Variables: { TABLE: { Ref: 'Seen' } } } }),
          WorkerSource: {
            Type: 'AWS::Lambda::EventSourceMapping',
            Properties: {
              EventSourceArn: { 'Fn::GetAtt': ['Work', 'Arn'] },
              FunctionName: { 'Fn::GetAtt': ['Worker', 'Arn'] },
              FunctionResponseTypes: ['ReportBatchItemFailures'],
              BatchSize: 10,
            },
          },
        },
      },
      {
        // Fails "second" once and "never" always.
        worker: withEngines(`async ({ Records }) => {
          const batchItemFailures = [];
          for (const { messageId, body } of Records) {
            const { Attributes } = await dynamodb('UpdateItem', {
              TableName: process.env.TABLE, Key: { pk: { S: body } }, UpdateExpression: 'ADD times :one',
              ExpressionAttributeValues: { ':one': { N: '1' } }, ReturnValues: 'ALL_NEW',
            });
            if (body === 'never' || (body === 'second' && Attributes.times.N === '1')) batchItemFailures.push({ itemIdentifier: messageId });
          }
          return { batchItemFailures };
        }`),
      },
    );
    const queue = (id: string, operation: string, input: object) =>
      callAwsJson(system.endpoints.sqs, `AmazonSQS.${operation}`, {
        QueueUrl: system.resource(id).physicalId,
        ...input,
      });
    const times = async (pk: string) => {
      const key = { TableName: system.resource('Seen').physicalId, Key: { pk: { S: pk } } };
      const { Item } = await callAwsJson(system.endpoints.dynamodb, 'DynamoDB_20120810.GetItem', key);
      return Number((Item as { times: { N: string } } | undefined)?.times.N ?? 0);
    };
    for (const MessageBody of ['first', 'second', 'never'])
      await queue('Work', 'SendMessage', { MessageBody });
    const dead = await until(
      async () => (await queue('Dead', 'ReceiveMessage', {})).Messages as { Body: string }[] | undefined,
    );
    expect(dead.map(({ Body }) => Body)).toEqual(['never']);
    expect([await times('first'), await times('second'), await times('never')]).toEqual([1, 2, 2]);
    await system.stop();
  });

  it('let no message wait for another where batches are of one', async () => {
    const system = await startTemplate(
      {
        Resources: {
          Seen: table(),
          Work: { Type: 'AWS::SQS::Queue' },
          Worker: lambda('worker', { Environment: { Variables: { TABLE: { Ref: 'Seen' } } } }),
          WorkerSource: {
            Type: 'AWS::Lambda::EventSourceMapping',
            Properties: {
              EventSourceArn: { 'Fn::GetAtt': ['Work', 'Arn'] },
              FunctionName: { 'Fn::GetAtt': ['Worker', 'Arn'] },
              BatchSize: 1,
            },
          },
        },
      },
      {
        // Each is done when the other one has come.
        worker: withEngines(`async ({ Records: [{ body }] }) => {
          const item = (pk) => ({ TableName: process.env.TABLE, Key: { pk: { S: pk } } });
          await dynamodb('UpdateItem', { ...item(body), UpdateExpression: 'SET came = :yes', ExpressionAttributeValues: { ':yes': { BOOL: true } } });
          const other = body === 'first' ? 'second' : 'first';
          while (!(await dynamodb('GetItem', item(other))).Item) await new Promise((resolve) => setTimeout(resolve, 20));
          await dynamodb('UpdateItem', { ...item(body), UpdateExpression: 'SET met = :yes', ExpressionAttributeValues: { ':yes': { BOOL: true } } });
        }`),
      },
    );
    const QueueUrl = system.resource('Work').physicalId;
    for (const MessageBody of ['first', 'second'])
      await callAwsJson(system.endpoints.sqs, 'AmazonSQS.SendMessage', { QueueUrl, MessageBody });
    const TableName = system.resource('Seen').physicalId;
    for (const pk of ['first', 'second'])
      await until(async () => {
        const { Item } = await callAwsJson(system.endpoints.dynamodb, 'DynamoDB_20120810.GetItem', {
          TableName,
          Key: { pk: { S: pk } },
        });
        return (Item as { met?: unknown } | undefined)?.met;
      });
    await system.stop();
  });

  it('retry a stream in order, halve a failing batch, give up on one record and go on', async () => {
    const system = await startTemplate(
      {
        Resources: {
          Notes: table({ StreamSpecification: { StreamViewType: 'NEW_IMAGE' } }),
          Lost: { Type: 'AWS::SQS::Queue' },
          Reader: lambda('reader'),
          ReaderSource: {
            Type: 'AWS::Lambda::EventSourceMapping',
            Properties: {
              EventSourceArn: { 'Fn::GetAtt': ['Notes', 'StreamArn'] },
              FunctionName: { Ref: 'Reader' },
              StartingPosition: 'TRIM_HORIZON',
              BisectBatchOnFunctionError: true,
              MaximumRetryAttempts: 1,
              DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Lost', 'Arn'] } } },
            },
          },
        },
      },
      {
        reader: withEngines(`async ({ Records }) => {
          const keys = Records.map((record) => record.dynamodb.Keys.pk.S);
          if (keys.includes('poison')) throw new Error('poison');
          for (const key of keys) console.log('read ' + key);
        }`),
      },
    );
    const Items = ['1', '2', 'poison', '3', '4'].map((pk) => ({ PutRequest: { Item: { pk: { S: pk } } } }));
    for (const item of Items)
      await callAwsJson(system.endpoints.dynamodb, 'DynamoDB_20120810.BatchWriteItem', {
        RequestItems: { [system.resource('Notes').physicalId]: [item] },
      });
    const read = await until(async () => {
      const lines = system.logs('Reader').filter((line) => line.startsWith('read '));
      return lines.includes('read 4') ? lines : undefined;
    });
    expect(read).toEqual(['read 1', 'read 2', 'read 3', 'read 4']);
    const { Messages } = await callAwsJson(system.endpoints.sqs, 'AmazonSQS.ReceiveMessage', {
      QueueUrl: system.resource('Lost').physicalId,
    });
    expect(
      (Messages as { Body: string }[]).map(({ Body }) => JSON.parse(Body).DDBStreamBatchInfo.batchSize),
    ).toEqual([1]);
    await system.stop();
  });
});
