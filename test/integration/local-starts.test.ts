import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { LocalFailure } from '#local/failure.ts';
import { descendants } from '#local/memory.ts';
import { callAwsJson } from '#local/services/aws-json-client.ts';
import {
  api,
  type HandMade,
  lambda,
  route,
  table,
  withEngines,
  writeAssembly,
} from '#test/support/hand-made-assembly.ts';
import {
  endEverything,
  isAlive,
  newFolder,
  start,
  startTemplate,
  until,
} from '#test/support/hand-made-system.ts';

afterAll(endEverything);

describe('a start that cannot succeed', () => {
  const refusal = async (template: HandMade | string, code: Record<string, string> = {}) => {
    const before = descendants(process.pid).length;
    const error = await startTemplate(template, code).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LocalFailure);
    expect((error as Error).message).not.toContain('\n');
    expect(descendants(process.pid)).toHaveLength(before);
    return (error as Error).message;
  };

  it('refuses a route whose tokens API Gateway would check', async () => {
    const message = await refusal(
      {
        Resources: { ...api, Read: lambda('read'), ...route('GET /x', 'Read', { AuthorizationType: 'JWT' }) },
      },
      { read: 'export const handler = async () => ({});' },
    );
    expect(message).toContain('"GET /x"');
    expect(message).toContain('JWT');
  });

  it('names the resource and the place of what cannot be resolved', async () => {
    const Environment = { Variables: { TABLE: { 'Fn::GetAtt': ['Missing', 'Arn'] } } };
    const message = await refusal({ Resources: { Read: lambda('read', { Environment }) } }, { read: '' });
    expect(message).toBe(
      'cannot resolve Fn::GetAtt at Read.Environment.Variables.TABLE: there is no resource "Missing"',
    );
  });

  it('names the file of a template that is not JSON, of one without resources, and a folder that is no assembly', async () => {
    expect(await refusal('{ "Resources": ')).toContain('stack.template.json is not JSON');
    expect(await refusal('{}')).toContain('it has no Resources');
    await expect(start({ assembly: newFolder() })).rejects.toThrow('manifest.json is missing');
  });

  it('says at once that the data folder cannot be made', async () => {
    await expect(start({ data: '/proc/none/of/these' })).rejects.toThrow(
      '/proc/none/of/these cannot be used',
    );
  });

  it('says in one line that the port is in use', async () => {
    const first = await startTemplate({ Resources: { ...api } });
    const port = Number(new URL(first.url).port);
    await expect(startTemplate({ Resources: { ...api } }, {}, { port })).rejects.toThrow(
      new LocalFailure(`port ${port} is in use; choose another with --port`),
    );
    await first.stop();
  });
});

describe('a data folder', () => {
  it('keeps all that was acknowledged through a SIGKILL, and no process stays behind', async () => {
    const data = newFolder();
    const assembly = writeAssembly(
      newFolder(),
      {
        Resources: {
          ...api,
          Notes: table({ StreamSpecification: { StreamViewType: 'NEW_IMAGE' } }),
          Copies: table(),
          Waiting: { Type: 'AWS::SQS::Queue' },
          Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString: {} } },
          Pool: { Type: 'AWS::Cognito::UserPool', Properties: { UsernameAttributes: ['email'] } },
          PoolClient: { Type: 'AWS::Cognito::UserPoolClient', Properties: { UserPoolId: { Ref: 'Pool' } } },
          Write: lambda('write', {
            Environment: { Variables: { TABLE: { Ref: 'Notes' }, QUEUE: { Ref: 'Waiting' } } },
          }),
          Copy: lambda('copy', { Environment: { Variables: { TABLE: { Ref: 'Copies' } } } }),
          Block: lambda('block', { Timeout: 60 }),
          CopyNotes: {
            Type: 'AWS::Lambda::EventSourceMapping',
            Properties: {
              EventSourceArn: { 'Fn::GetAtt': ['Notes', 'StreamArn'] },
              FunctionName: { Ref: 'Copy' },
              BatchSize: 5,
            },
          },
          ...route('PUT /notes/{id}', 'Write'),
          ...route('GET /block', 'Block'),
        },
      },
      {
        write: withEngines(`async ({ pathParameters: { id } }) => {
          await dynamodb('PutItem', { TableName: process.env.TABLE, Item: { pk: { S: id } } });
          await sqs('SendMessage', { QueueUrl: process.env.QUEUE, MessageBody: id });
          return { statusCode: 201 };
        }`),
        copy: withEngines(`async ({ Records }) => {
          for (const { dynamodb: { NewImage } } of Records) await dynamodb('PutItem', { TableName: process.env.TABLE, Item: NewImage });
        }`),
        block: 'export const handler = async () => { for (;;); };',
      },
    );

    const code = `
      const { LocalSystem } = await import('#local/system.ts');
      const system = await LocalSystem.start({ assembly: ${JSON.stringify(assembly)}, data: ${JSON.stringify(data)}, seed: false });
      await system.createUser('ada@example.test');
      console.log(JSON.stringify({ url: system.url, token: await system.signIn('ada@example.test') }));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const { url, token } = await new Promise<{ url: string; token: string }>((resolve) => {
      child.stdout.setEncoding('utf8').once('data', (chunk: string) => resolve(JSON.parse(chunk)));
    });
    await expect(start({ assembly, data })).rejects.toThrow(`is in use by process ${child.pid}`);
    const blocked = fetch(`${url}/block`).catch(() => 'cut');
    const ids = Array.from({ length: 30 }, (_, i) => String(i));
    const answers = await Promise.all(ids.map((id) => fetch(`${url}/notes/${id}`, { method: 'PUT' })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const processes = descendants(child.pid ?? 0);
    expect(processes.length).toBeGreaterThanOrEqual(5);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    expect(await blocked).toBe('cut');
    await until(async () => (processes.some(isAlive) ? undefined : true));

    const system = await start({ assembly, data });
    const scan = async (id: string) => {
      const input = { TableName: system.resource(id).physicalId };
      const { Items } = await callAwsJson(system.endpoints.dynamodb, 'DynamoDB_20120810.Scan', input);
      return (Items as { pk: { S: string } }[]).map(({ pk }) => pk.S).sort();
    };
    expect(await scan('Notes')).toEqual([...ids].sort());
    await until(async () => ((await scan('Copies')).length === ids.length ? true : undefined));
    // Records that every reader has passed are gone but for the last, so that writes stay fast.
    const engine = new DatabaseSync(join(data, 'dynamodb.sqlite'), { readOnly: true });
    const records = engine.prepare('SELECT COUNT(*) AS count FROM _stream_records');
    await until(async () => (records.get()?.count === 1 ? true : undefined));
    engine.close();
    const { Attributes } = await callAwsJson(system.endpoints.sqs, 'AmazonSQS.GetQueueAttributes', {
      QueueUrl: system.resource('Waiting').physicalId,
      AttributeNames: ['ApproximateNumberOfMessages'],
    });
    expect(Attributes).toEqual({ ApproximateNumberOfMessages: String(ids.length) });
    const issuer = system.resource('AWS::Cognito::UserPool').attributes.ProviderURL ?? '';
    const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(token, keys, { issuer });
    expect(payload).toMatchObject({ token_use: 'access' });
    expect(await system.signIn('ada@example.test')).toMatch(/^ey/);
    await system.stop();
  });

  it('tells after a restart that an execution was interrupted, not that its task failed', async () => {
    const arn = 'arn:aws:lambda:eu-central-1:000000000000:function:Slow';
    const definition = {
      StartAt: 'Wait',
      States: { Wait: { Type: 'Task', Resource: arn, End: true } },
    };
    const assembly = writeAssembly(
      newFolder(),
      {
        Resources: {
          Slow: lambda('slow', { Timeout: 60 }),
          Machine: {
            Type: 'AWS::StepFunctions::StateMachine',
            Properties: { DefinitionString: JSON.stringify(definition), RoleArn: 'role' },
          },
        },
      },
      {
        slow: `export const handler = () => {
          console.log('waiting');
          return new Promise((resolve) => setTimeout(resolve, 50_000));
        };`,
      },
    );
    const options = { assembly, data: newFolder() };
    const first = await start(options);
    const call = (system: typeof first, operation: string, input: object) =>
      callAwsJson(system.endpoints.states, `AWSStepFunctions.${operation}`, { ...input });
    const stateMachineArn = first.resource('Machine').physicalId;
    const { executionArn } = await call(first, 'StartExecution', { stateMachineArn });
    await until(async () => (first.logs('Slow').includes('waiting') ? true : undefined));
    await first.stop();
    const second = await start(options);
    const { status, error } = await call(second, 'DescribeExecution', { executionArn });
    expect([status, error]).toEqual(['ABORTED', 'Local.Restarted']);
    await second.stop();
  });

  it('starts on another sign-in port, and says so, when its own is taken', async () => {
    const data = newFolder();
    const lines: string[] = [];
    const options = { data, log: (line: string) => lines.push(line) };
    const first = await startTemplate({ Resources: { ...api } }, {}, options);
    const { port } = new URL(first.endpoints.cognito ?? '');
    await first.stop();
    const other = createServer().listen(Number(port), '127.0.0.1');
    onTestFinished(() => {
      other.close();
    });
    await once(other, 'listening');
    const second = await startTemplate({ Resources: { ...api } }, {}, options);
    expect(lines).toEqual([expect.stringContaining(`port ${port} is taken`)]);
    await second.stop();
  });
});
