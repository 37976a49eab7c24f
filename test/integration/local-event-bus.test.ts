import { describe, expect, it } from 'vitest';
import { LocalFailure } from '#local/failure.ts';
import { AwsError, startAwsJsonServer } from '#local/services/aws-json-server.ts';
import type { ResolvedResource } from '#local/services/types.ts';
import {
  aBus,
  anEntry,
  aRule,
  arn,
  aSystem,
  lambda,
  running,
  suspicion,
  toMachine,
} from '#test/support/local-stand-ins.ts';

describe('the event bus', () => {
  it('takes the good entries of a request and refuses the others one by one', async () => {
    const system = await aSystem([aBus]);
    const { Entries, FailedEntryCount } = await system.put(
      anEntry({ a: 1 }),
      anEntry({}, { Source: '' }),
      anEntry({}, { Detail: '{"a":' }),
      anEntry({}, { Detail: '[1]' }),
      anEntry({}, { Source: 'aws.ec2' }),
      anEntry({}, { EventBusName: 'Other' }),
      anEntry({ text: 'x'.repeat(262_144) }),
    );
    expect(FailedEntryCount).toBe(6);
    expect((Entries as { ErrorCode?: string }[]).map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      'InvalidArgument',
      'MalformedDetail',
      'MalformedDetail',
      'NotAuthorizedForSourceException',
      'InvalidArgument',
      'InvalidArgument',
    ]);
    await expect(system.put()).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(system.put(...Array(11).fill(anEntry({})))).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await expect(system.put({ Source: 7 })).rejects.toMatchObject({ name: 'SerializationException' });
  });

  it('delivers at least once: a failed delivery is tried again, and a hopeless one goes to the dead letters', async () => {
    const dead: unknown[] = [];
    const queue = await startAwsJsonServer({
      targetPrefix: 'AmazonSQS',
      operations: { SendMessage: (message) => dead.push(message) && {} },
      log: () => {},
    });
    running.push(queue);
    const deadLetters: ResolvedResource = {
      logicalId: 'Dead',
      type: 'AWS::SQS::Queue',
      physicalId: `${queue.endpoint}/000000000000/Dead`,
      attributes: { Arn: arn('sqs', 'Dead') },
      properties: {},
    };
    let tries = 0;
    let hurried = 0;
    const system = await aSystem(
      [
        aBus,
        deadLetters,
        aRule('Shaky', {
          EventPattern: suspicion,
          Targets: [{ Id: 'L', Arn: lambda('shaky'), InputPath: '$.detail' }],
        }),
        aRule('Hopeless', {
          EventPattern: suspicion,
          Targets: [
            {
              Id: 'L',
              Arn: lambda('hopeless'),
              InputPath: '$.detail',
              DeadLetterConfig: { Arn: arn('sqs', 'Dead') },
            },
          ],
        }),
        aRule('Hurried', {
          EventPattern: suspicion,
          Targets: [{ Id: 'L', Arn: lambda('hurried'), RetryPolicy: { MaximumRetryAttempts: 0 } }],
        }),
        aRule('Off', {
          EventPattern: suspicion,
          State: 'DISABLED',
          Targets: [{ Id: 'L', Arn: lambda('shaky') }],
        }),
      ],
      {
        shaky: () => {
          tries += 1;
          if (tries === 1) throw new Error('busy');
        },
        hurried: () => {
          hurried += 1;
          throw new Error('late');
        },
        hopeless: () => Promise.reject(new Error('gone')),
      },
      { sqs: queue.endpoint },
    );
    await system.put(
      anEntry({ caseId: 'secret-case' }),
      anEntry({}, { DetailType: 'something-else' }),
      anEntry({}, { EventBusName: 'default' }),
    );
    await system.clock.advance(60_000);
    expect([tries, hurried]).toEqual([2, 1]);
    expect(dead).toEqual([{ QueueUrl: deadLetters.physicalId, MessageBody: '{"caseId":"secret-case"}' }]);
    expect(system.lines).toEqual([
      expect.stringMatching(/^rule Hurried, target L: dead letter .* 1 tries: late$/),
      expect.stringMatching(/^rule Hopeless, target L: dead letter .* 3 tries: gone$/),
    ]);
  });

  it('starts an execution under one name in all tries, so that a lost answer does not start it twice', async () => {
    const names: unknown[] = [];
    const states = await startAwsJsonServer({
      targetPrefix: 'AWSStepFunctions',
      operations: {
        StartExecution: ({ name }) => {
          names.push(name);
          if (names.length === 1) throw new AwsError('InternalFailure', 'the answer is lost', 500);
          throw new AwsError('ExecutionAlreadyExists', 'it runs');
        },
      },
      log: () => {},
    });
    running.push(states);
    const system = await aSystem([aBus, toMachine], {}, { states: states.endpoint });
    await system.put(anEntry({}));
    await system.clock.advance(60_000);
    expect(names).toEqual([expect.stringMatching(/^[\w-]{1,80}$/), names[0]]);
    expect(system.lines).toEqual([]);
  });

  it('hands on a template in quotes as text, whatever the value holds', async () => {
    const seen: unknown[] = [];
    const InputTransformer = {
      InputPathsMap: { id: '$.detail.caseId' },
      InputTemplate: '"case <id> is open"',
    };
    const system = await aSystem(
      [
        aBus,
        aRule('R', { EventPattern: suspicion, Targets: [{ Id: 'T', Arn: lambda('f'), InputTransformer }] }),
      ],
      { f: (event) => seen.push(event) },
    );
    await system.put(anEntry({ caseId: 'c-"1"' }), anEntry({ caseId: { n: 1 } }), anEntry({}));
    await system.clock.quiet();
    expect(seen).toEqual(['case c-"1" is open', 'case {"n":1} is open', 'case  is open']);
  });

  it.each<[string, object]>([
    ['rule R: unknown operator "contains" at "source"', { EventPattern: { source: [{ contains: 'x' }] } }],
    ['rule R: no event bus "Nowhere" in the template', { EventPattern: suspicion, EventBusName: 'Nowhere' }],
    [
      'rule R, target T: no local delivery to arn:aws:sns:x, only to Lambda, SQS and Step Functions',
      { EventPattern: suspicion, Targets: [{ Id: 'T', Arn: 'arn:aws:sns:x' }] },
    ],
    [
      'rule R, target T: no queue arn:aws:sqs:x in the template',
      { EventPattern: suspicion, Targets: [{ Id: 'T', Arn: 'arn:aws:sqs:x' }] },
    ],
    [
      'rule R, target T: InputTemplate is not JSON, a text stands in quotes',
      {
        EventPattern: suspicion,
        Targets: [
          { Id: 'T', Arn: lambda('f'), InputTransformer: { InputTemplate: 'case <aws.events.rule-name>' } },
        ],
      },
    ],
    [
      'rule R, target T: unknown JSON path "$.a[*]"',
      { EventPattern: suspicion, Targets: [{ Id: 'T', Arn: lambda('f'), InputPath: '$.a[*]' }] },
    ],
  ])('refuses at start, in one line, what it cannot carry out: %s', async (reason, properties) => {
    await expect(aSystem([aBus, aRule('R', properties)])).rejects.toThrow(new LocalFailure(reason));
  });
});
