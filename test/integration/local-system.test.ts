import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { sweepExpired } from '#local/expiry-sweeper.ts';
import { LocalFailure } from '#local/failure.ts';
import { descendants } from '#local/memory.ts';
import { callAwsJson } from '#local/services/aws-json-client.ts';
import { LocalSystem, type LocalSystemOptions } from '#local/system.ts';
import {
  api,
  type HandMade,
  lambda,
  route,
  table,
  withEngines,
  writeAssembly,
} from '#test/support/hand-made-assembly.ts';

const scratch = mkdtempSync(join(tmpdir(), 'local-system-test-'));
let folders = 0;
const newFolder = () => join(scratch, String(++folders));
const running: LocalSystem[] = [];

const start = async (options: LocalSystemOptions): Promise<LocalSystem> => {
  const system = await LocalSystem.start({ seed: false, ...options });
  running.push(system);
  return system;
};
const startTemplate = (
  template: HandMade | string,
  code: Record<string, string> = {},
  options: LocalSystemOptions = {},
) => start({ assembly: writeAssembly(newFolder(), template, code), ...options });

afterAll(async () => {
  await Promise.all(running.map((system) => system.stop()));
  rmSync(scratch, { recursive: true, force: true });
});

const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) throw new Error('it did not happen within five seconds');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

// biome-ignore lint/suspicious/noExplicitAny: what a hand-made function answers has no type.
const json = async (response: Response): Promise<any> => response.json();

const isAlive = (pid: number): boolean => {
  try {
    // An ended process that its new parent has not collected yet is not alive.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

const sendRaw = (url: string, text: string) =>
  new Promise<string>((resolve) => {
    let answer = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
  });

describe('a stack', () => {
  let system: LocalSystem;

  beforeAll(async () => {
    system = await startTemplate(
      {
        Resources: {
          ...api,
          Notes: table({ StreamSpecification: { StreamViewType: 'NEW_IMAGE' } }),
          Copies: table(),
          Expiring: table({ TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true } }),
          Write: lambda('write', { Environment: { Variables: { TABLE: { Ref: 'Notes' } } } }),
          Read: lambda('read', { Environment: { Variables: { TABLE: { Ref: 'Copies' } } } }),
          Copy: lambda('copy', { Environment: { Variables: { TABLE: { Ref: 'Copies' } } } }),
          CopyNotes: {
            Type: 'AWS::Lambda::EventSourceMapping',
            Properties: {
              EventSourceArn: { 'Fn::GetAtt': ['Notes', 'StreamArn'] },
              FunctionName: { Ref: 'Copy' },
              BatchSize: 10,
              StartingPosition: 'TRIM_HORIZON',
              FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
            },
          },
          Show: lambda('show', {
            MemorySize: 256,
            Timeout: 5,
            Environment: {
              Variables: { SHOWN: { 'Fn::Join': ['/', [{ Ref: 'AWS::Region' }, { Ref: 'Read' }]] } },
            },
          }),
          Block: lambda('block', { Timeout: 1 }),
          Fail: lambda('fail'),
          Echo: lambda('echo'),
          EdgeSecret: {
            Type: 'AWS::SecretsManager::Secret',
            Properties: { GenerateSecretString: { ExcludePunctuation: true } },
          },
          Edge: {
            Type: 'AWS::CloudFront::Distribution',
            Properties: {
              DistributionConfig: {
                Origins: [
                  {
                    DomainName: {
                      'Fn::Select': [2, { 'Fn::Split': ['/', { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] }] }],
                    },
                    OriginCustomHeaders: [
                      {
                        HeaderName: 'X-Edge',
                        HeaderValue: {
                          'Fn::Join': [
                            '',
                            ['{{resolve:secretsmanager:', { Ref: 'EdgeSecret' }, ':SecretString:::}}'],
                          ],
                        },
                      },
                    ],
                  },
                ],
              },
            },
          },
          Pool: { Type: 'AWS::Cognito::UserPool', Properties: { UsernameAttributes: ['email'] } },
          PoolClient: { Type: 'AWS::Cognito::UserPoolClient', Properties: { UserPoolId: { Ref: 'Pool' } } },
          Readers: {
            Type: 'AWS::Cognito::UserPoolGroup',
            Properties: { UserPoolId: { Ref: 'Pool' }, GroupName: 'readers' },
          },
          ...route('GET /block', 'Block'),
          ...route('GET /fail/{how}', 'Fail'),
          ...route('POST /echo', 'Echo'),
          ...route('PUT /notes/{id}', 'Write'),
          ...route('GET /copies/{id}', 'Read'),
        },
      },
      {
        write: withEngines(`async (event) => {
          await dynamodb('PutItem', { TableName: process.env.TABLE, Item: { pk: { S: event.pathParameters.id }, text: { S: event.body } } });
          return { statusCode: 201, headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) };
        }`),
        read: withEngines(`async (event) => {
          const { Item } = await dynamodb('GetItem', { TableName: process.env.TABLE, Key: { pk: { S: event.pathParameters.id } } });
          return Item ? { text: Item.text.S } : { statusCode: 404, body: 'none' };
        }`),
        show: `console.log('loaded'); process.on('SIGTERM', () => { console.log('flushed'); process.exit(); });
          export const handler = async (event, context) => {
          console.log('shown');
          return { environment: process.env, context: { ...context, remaining: context.getRemainingTimeInMillis() } };
        };`,
        block:
          'export const handler = async ({ rawQueryString }) => { while (rawQueryString !== "skip"); return "free"; };',
        fail: `export const handler = async ({ pathParameters: { how } }) => {
          if (how === 'throw') throw new Error('thrown');
          if (how === 'exit') process.exit(3);
          if (how === 'nonsense') return { statusCode: 'nonsense' };
          return {};
        };`,
        echo: `export const handler = async (event) => ({
          statusCode: 200, cookies: ['x=1', 'y=2'], headers: { 'content-type': 'application/json' },
          body: Buffer.from(JSON.stringify(event)).toString('base64'), isBase64Encoded: true,
        });`,
        copy: withEngines(`async ({ Records }) => {
          for (const { dynamodb: { NewImage } } of Records) await dynamodb('PutItem', { TableName: process.env.TABLE, Item: NewImage });
        }`),
      },
    );
  });

  it('carries a request through a function, a table and its stream to another function', async () => {
    const written = await fetch(`${system.url}/notes/a%2Fb?x=1&x=2`, {
      method: 'PUT',
      body: 'hello',
      headers: { 'content-type': 'text/plain' },
    });
    expect(written.status).toBe(201);
    const event = await json(written);
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'PUT /notes/{id}',
      rawPath: '/notes/a%2Fb',
      rawQueryString: 'x=1&x=2',
      queryStringParameters: { x: '1,2' },
      pathParameters: { id: 'a/b' },
      body: 'hello',
      isBase64Encoded: false,
    });
    const copied = await until(async () => {
      const response = await fetch(`${system.url}/copies/a%2Fb`);
      return response.status === 200 ? response.json() : undefined;
    });
    expect(copied).toEqual({ text: 'hello' });
  });

  it('tells a function what Lambda would, and nothing of the shell that started it', async () => {
    const { environment, context } = (await system.invoke('Show', {})) as {
      environment: Record<string, string>;
      context: { functionName: string; invokedFunctionArn: string; remaining: number };
    };
    expect(environment.SHOWN).toBe('eu-central-1/Read');
    expect(environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE).toBe('256');
    expect(environment.AWS_ENDPOINT_URL_DYNAMODB).toBe(system.endpoints.dynamodb);
    expect(Object.keys(environment)).not.toContain('HOME');
    expect(context.functionName).toBe('Show');
    expect(context.invokedFunctionArn).toBe('arn:aws:lambda:eu-central-1:000000000000:function:Show');
    expect(context.remaining).toBeGreaterThan(4_000);
    // Lines take another way than answers.
    await until(async () => (system.logs('Show').includes('shown') ? true : undefined));
  });

  it('kills a function that blocks its event loop when its time is over, and runs the next request', async () => {
    const blocked = await fetch(`${system.url}/block`);
    expect(blocked.status).toBe(503);
    expect(await blocked.json()).toMatchObject({ status: 503, code: 'try-again' });
    expect((await fetch(`${system.url}/block?skip`)).status).toBe(200);
  });

  it('answers a problem document when a function throws or dies, and runs the next request', async () => {
    for (const how of ['throw', 'exit', 'nonsense']) {
      const failed = await fetch(`${system.url}/fail/${how}`);
      expect(failed.status).toBe(500);
      expect(failed.headers.get('content-type')).toBe('application/problem+json');
      expect(await failed.json()).toMatchObject({ type: 'about:blank', status: 500, code: 'internal-error' });
    }
    expect((await fetch(`${system.url}/fail/not`)).status).toBe(200);
  });

  it('holds five hundred requests at once', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 500 }, async () => (await fetch(`${system.url}/fail/not`)).status),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('keeps binary bodies, cookies and repeated headers as payload format 2.0 has them', async () => {
    const response = await fetch(`${system.url}/echo`, {
      method: 'POST',
      body: Buffer.from([0xff, 0x00, 0xfe]),
      headers: { cookie: 'a=1; b=2', 'content-type': 'application/octet-stream' },
    });
    expect(response.headers.getSetCookie()).toEqual(['x=1', 'y=2']);
    const event = await json(response);
    expect(event).toMatchObject({ body: '/wD+', isBase64Encoded: true, cookies: ['a=1', 'b=2'] });
    expect(event.headers).not.toHaveProperty('cookie');
  });

  it('refuses what is too large, malformed or unknown without calling a function', async () => {
    const large = await fetch(`${system.url}/echo`, {
      method: 'POST',
      body: new Uint8Array(11 * 1024 * 1024),
    });
    expect([large.status, (await json(large)).code]).toEqual([413, 'request-too-large']);
    expect((await fetch(`${system.url}/fail/%E0%A4%A`)).status).toBe(400);
    expect((await fetch(`${system.url}/nowhere`)).status).toBe(404);
    expect(await sendRaw(system.url, 'GET / HTTP/1.1\r\nbad header\r\n\r\n')).toContain('HTTP/1.1 400');
    expect(await sendRaw(system.url, 'nonsense\r\n\r\n')).toContain('HTTP/1.1 400');
    expect((await fetch(`${system.url}/fail/not`)).status).toBe(200);
  });

  it('stands for CloudFront: adds its origin headers and drops those that a client sent', async () => {
    const response = await fetch(`${system.url}/echo`, { method: 'POST', headers: { 'x-edge': 'forged' } });
    expect((await json(response)).headers['x-edge']).toMatch(/^[A-Za-z0-9]{32}$/);
  });

  it('deletes what has expired, and only that', async () => {
    const TableName = system.resource('Expiring').physicalId;
    const call = (operation: string, input: object) =>
      callAwsJson(system.endpoints.dynamodb, `DynamoDB_20120810.${operation}`, { TableName, ...input });
    const now = Math.floor(Date.now() / 1000);
    const expiries = { past: { N: `${now - 1}` }, future: { N: `${now + 60}` }, text: { S: `${now - 1}` } };
    for (const [pk, expiresAt] of Object.entries(expiries))
      await call('PutItem', { Item: { pk: { S: pk }, expiresAt } });
    await sweepExpired(system.endpoints.dynamodb ?? '', system.resources());
    const { Items } = await call('Scan', {});
    expect((Items as { pk: { S: string } }[]).map(({ pk }) => pk.S).sort()).toEqual(['future', 'text']);
  });

  it('signs users of its groups in with tokens that its key set verifies', async () => {
    await system.createUser('ada@example.test', ['readers']);
    await expect(system.signIn('ada@example.test', 'wrong')).rejects.toThrow('refused');
    const token = await system.signIn('ada@example.test');
    const issuer = system.resource('AWS::Cognito::UserPool').attributes.ProviderURL ?? '';
    const { payload } = await jwtVerify(
      token,
      createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`)),
      {
        issuer,
      },
    );
    expect(payload).toMatchObject({ token_use: 'access', 'cognito:groups': ['readers'] });
  });

  it('shows mails that were sent, in its own mailbox only', async () => {
    const other = await startTemplate({ Resources: { ...api } });
    await fetch(`${system.endpoints.ses}/v2/email/outbound-emails`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'AWS4-HMAC-SHA256 Credential=x' },
      body: JSON.stringify({
        FromEmailAddress: 'from@example.test',
        Destination: { ToAddresses: ['to@example.test'] },
        Content: { Simple: { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'There' } } } },
      }),
    });
    expect(await (await fetch(`${system.url}/mailbox`)).text()).toContain('/mailbox/store');
    const read = async (url: string) => (await json(await fetch(`${url}/mailbox/store`))).emails.length;
    expect([await read(system.url), await read(other.url)]).toEqual([1, 0]);
    await other.stop();
  });

  it('lets functions write what they have buffered before it ends', async () => {
    await system.stop();
    expect(system.logs('Show')).toContain('flushed');
  });
});

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
      console.log(system.url);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const url = await new Promise<string>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => resolve(chunk.trim()));
    });
    await expect(start({ assembly, data })).rejects.toThrow(`is in use by process ${child.pid}`);
    const blocked = fetch(`${url}/block`).catch(() => 'cut');
    const ids = Array.from({ length: 30 }, (_, i) => String(i));
    const answers = await Promise.all(ids.map((id) => fetch(`${url}/notes/${id}`, { method: 'PUT' })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const processes = descendants(child.pid ?? 0);
    expect(processes.length).toBeGreaterThanOrEqual(5);
    child.kill('SIGKILL');
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
    expect(await system.signIn('ada@example.test')).toMatch(/^ey/);
    await system.stop();
  });
});
