import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { FunctionFailed } from '#local/functions/protocol.ts';
import { startAwsJsonServer } from '#local/services/aws-json-server.ts';
import {
  aBus,
  aMachine,
  aRule,
  arn,
  aSystem,
  dayMs,
  lambda,
  machineArn,
  newYear,
  notice,
  running,
} from '#test/support/local-stand-ins.ts';

describe('an execution', () => {
  const waiting = { StartAt: 'W', States: { W: { Type: 'Wait', SecondsPath: '$.seconds', End: true } } };

  it('is started once by name: the same start again is the same execution, another input or a closed one is refused', async () => {
    const system = await aSystem([aMachine(waiting)]);
    const first = await system.start({ seconds: 60 }, 'case-1');
    expect(first).toEqual({
      executionArn: arn('states', 'execution:Notice:case-1'),
      startDate: newYear.getTime() / 1000,
    });
    await system.clock.advance(1000);
    expect(await system.start({ seconds: 60 }, 'case-1')).toEqual(first);
    const refused = { name: 'ExecutionAlreadyExists', status: 400 };
    await expect(system.start({ seconds: 61 }, 'case-1')).rejects.toMatchObject(refused);
    await system.clock.advance(60_000);
    expect(await system.describe('case-1')).toMatchObject({ status: 'SUCCEEDED' });
    await expect(system.start({ seconds: 60 }, 'case-1')).rejects.toMatchObject(refused);
    await system.start({ seconds: 60 }, 'case-2');
    await system.clock.advance(90 * dayMs);
    await system.start({ seconds: 60 }, 'case-1');
    const { executions } = await system.call('ListExecutions', {
      stateMachineArn: machineArn,
      statusFilter: 'RUNNING',
    });
    expect(executions).toMatchObject([{ name: 'case-1' }]);
    const pages = [];
    for (let nextToken: unknown, page = 0; page === 0 || nextToken; page += 1) {
      const answer = await system.call('ListExecutions', {
        stateMachineArn: machineArn,
        maxResults: 1,
        ...(nextToken ? { nextToken } : {}),
      });
      pages.push(answer.executions);
      nextToken = answer.nextToken;
    }
    expect(pages).toMatchObject([[{ name: 'case-1' }], [{ name: 'case-2' }]]);
  });

  it('that is stopped is aborted with the reason given, and nothing of it happens later', async () => {
    let acts = 0;
    const throttled = { errorType: 'Throttled', errorMessage: 'slower' };
    const system = await aSystem([aMachine(notice)], {
      act: () => {
        acts += 1;
        throw new FunctionFailed('act', 'error', throttled);
      },
    });
    const { executionArn } = await system.start({ detail: { caseId: 'c', score: 1 } }, 'stopped');
    await system.clock.advance(30 * dayMs + 1000);
    await system.call('StopExecution', { executionArn, error: 'Operator', cause: 'a mistake' });
    await system.clock.advance(dayMs);
    expect(await system.describe('stopped')).toMatchObject({
      status: 'ABORTED',
      error: 'Operator',
      cause: 'a mistake',
    });
    expect(acts).toBe(1);
    const { events } = await system.call('GetExecutionHistory', {
      executionArn,
      reverseOrder: true,
      maxResults: 1,
    });
    expect(events).toMatchObject([{ type: 'ExecutionAborted' }]);
  });

  it('that takes longer than the machine allows is timed out, after 60 days too', async () => {
    const system = await aSystem([aMachine({ ...waiting, TimeoutSeconds: 60 * 86_400 })]);
    await system.start({ seconds: 61 * 86_400 }, 'slow');
    await system.clock.advance(60 * dayMs - 1);
    expect(await system.describe('slow')).toMatchObject({ status: 'RUNNING' });
    await system.clock.advance(1);
    expect(await system.describe('slow')).toMatchObject({ status: 'TIMED_OUT' });
  });

  it('keeps its name across a restart, and is aborted with a clear cause if it ran', async () => {
    const data = await mkdtemp(join(tmpdir(), 'executions-'));
    try {
      const before = await aSystem([aMachine(waiting)], {}, { data });
      await before.start({ seconds: 0 }, 'done');
      await before.start({ seconds: 60 }, 'ran');
      await before.clock.quiet();
      await Promise.all(running.splice(0).map((service) => service.stop()));
      // What a SIGKILL in the middle of a write leaves behind.
      await appendFile(join(data, 'executions.jsonl'), '{"arn":"arn:aws:sta');

      for (const _ of ['first restart', 'second restart']) {
        const after = await aSystem([aMachine(waiting)], {}, { data });
        expect(await after.describe('done')).toMatchObject({ status: 'SUCCEEDED', output: '{"seconds":0}' });
        expect(await after.describe('ran')).toMatchObject({
          status: 'ABORTED',
          cause: expect.stringContaining('restart'),
        });
        for (const name of ['done', 'ran']) {
          await expect(after.start({ seconds: 60 }, name)).rejects.toMatchObject({
            name: 'ExecutionAlreadyExists',
          });
        }
      }
    } finally {
      await rm(data, { recursive: true });
    }
  });

  it('that nobody can start is refused with the errors of Step Functions', async () => {
    const system = await aSystem([aMachine(waiting)]);
    const refusal = (operation: string, input: object) =>
      system.call(operation, input).catch(({ name }) => name);
    const start = { stateMachineArn: machineArn };
    expect(await refusal('StartExecution', { stateMachineArn: `${machineArn}X` })).toBe(
      'StateMachineDoesNotExist',
    );
    expect(await refusal('StartExecution', { ...start, input: '{' })).toBe('InvalidExecutionInput');
    expect(await refusal('StartExecution', { ...start, input: `"${'x'.repeat(262_143)}"` })).toBe(
      'InvalidExecutionInput',
    );
    expect(await refusal('StartExecution', { ...start, name: 'a b' })).toBe('InvalidName');
    expect(await refusal('StartExecution', { ...start, name: 'x'.repeat(81) })).toBe('InvalidName');
    expect(await refusal('DescribeExecution', { executionArn: 'x' })).toBe('ExecutionDoesNotExist');
    expect(await refusal('CreateStateMachine', {})).toBe('UnknownOperationException');
  });
});

describe('a task', () => {
  it('repeats per item with the item, times out from its input, and sends events that rules see', async () => {
    const seen: unknown[] = [];
    const watch = aRule('Watch', {
      EventPattern: { source: ['case'], detail: { step: [{ prefix: 'item-' }] } },
      Targets: [
        {
          Id: 'L',
          Arn: lambda('watch'),
          InputTransformer: {
            InputPathsMap: { step: '$.detail.step', id: '$.resources[0]' },
            InputTemplate: '{"text":"<step> of <id>","step":<step>,"none":<aws.events.rule-name>}',
          },
        },
      ],
    });
    const definition = {
      StartAt: 'Each',
      States: {
        Each: {
          Type: 'Map',
          ItemsPath: '$.items',
          ItemSelector: {
            'step.$': "States.Format('item-{}', $$.Map.Item.Value)",
            'index.$': '$$.Map.Item.Index',
          },
          ItemProcessor: {
            StartAt: 'Tell',
            States: {
              Tell: {
                Type: 'Task',
                Resource: 'arn:aws:states:::events:putEvents',
                Parameters: {
                  Entries: [
                    {
                      EventBusName: 'Bus',
                      Source: 'case',
                      DetailType: 'told',
                      Detail: { 'step.$': '$.step' },
                    },
                  ],
                },
                ResultPath: null,
                End: true,
              },
            },
          },
          ResultPath: '$.told',
          Next: 'Late',
        },
        Late: {
          Type: 'Task',
          Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
          Parameters: {
            QueueUrl: 'http://127.0.0.1/000000000000/Desk',
            MessageBody: { 'token.$': '$$.Task.Token' },
          },
          TimeoutSecondsPath: '$.patienceSeconds',
          Catch: [
            { ErrorEquals: ['States.TaskFailed'], Next: 'Failed' },
            { ErrorEquals: ['States.Timeout'], ResultPath: '$.late', Next: 'Plain' },
          ],
          Next: 'Failed',
        },
        Plain: { Type: 'Task', Resource: lambda('plain'), End: true },
        Failed: { Type: 'Fail' },
      },
    };
    expect(aslValidator(structuredClone(definition))).toMatchObject({ isValid: true });
    const sent: string[] = [];
    const queue = await startAwsJsonServer({
      targetPrefix: 'AmazonSQS',
      operations: {
        SendMessage: ({ MessageBody }) => ({ MessageId: String(sent.push(String(MessageBody))) }),
      },
      log: () => {},
    });
    running.push(queue);
    const system = await aSystem(
      [aBus, watch, aMachine(definition)],
      { watch: (event) => seen.push(event), plain: ({ late }: { late: object }) => ({ plainly: late }) },
      { sqs: queue.endpoint },
    );
    await system.start({ items: ['a', 'b'], patienceSeconds: 7200 }, 'many');
    await system.clock.quiet();
    const id = arn('states', 'execution:Notice:many');
    expect(seen).toEqual(
      ['item-a', 'item-b'].map((step) => ({ text: `${step} of ${id}`, step, none: 'Watch' })),
    );

    const { token } = JSON.parse(String(sent[0]));
    await system.clock.advance(7_199_999);
    await system.call('SendTaskHeartbeat', { taskToken: token });
    await system.clock.advance(1);
    const { status, output } = await system.describe('many');
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(String(output))).toEqual({
      plainly: { Error: 'States.Timeout', Cause: 'States.Timeout' },
    });
    await expect(system.call('SendTaskHeartbeat', { taskToken: token })).rejects.toMatchObject({
      name: 'TaskTimedOut',
    });
  });
});

describe('a state', () => {
  const until = { StartAt: 'Until', States: { Until: { Type: 'Wait', TimestampPath: '$.at', End: true } } };

  it('waits until a time of the clock, which is also that of the history', async () => {
    const system = await aSystem([aMachine(until)]);
    const { executionArn } = await system.start({ at: '2027-03-02T00:00:00Z' }, 'until');
    await system.clock.advance(60 * dayMs - 1);
    expect(await system.describe('until')).toMatchObject({ status: 'RUNNING' });
    await system.clock.advance(1);
    const { status, stopDate } = await system.describe('until');
    expect([status, stopDate]).toEqual(['SUCCEEDED', Date.parse('2027-03-02T00:00:00Z') / 1000]);
    const { events } = await system.call('GetExecutionHistory', { executionArn, reverseOrder: true });
    expect(events).toMatchObject([{ type: 'ExecutionSucceeded', timestamp: stopDate }, {}, {}, {}]);
  });

  it.each([
    ['States.DataLimitExceeded', { Resource: lambda('large') }],
    [
      'EventBridge.FailedEntry',
      {
        Resource: 'arn:aws:states:::events:putEvents',
        Parameters: { Entries: [{ EventBusName: 'Nowhere', Source: 'a', DetailType: 'b', Detail: {} }] },
      },
    ],
  ])('fails with %s', async (error, state) => {
    const system = await aSystem(
      [aMachine({ StartAt: 'S', States: { S: { Type: 'Task', ...state, End: true } } })],
      {
        large: () => 'x'.repeat(262_144),
      },
    );
    await system.start({}, 'failing');
    await system.clock.quiet();
    expect(await system.describe('failing')).toMatchObject({ status: 'FAILED', error });
  });
});
