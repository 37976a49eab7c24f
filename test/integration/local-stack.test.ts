import {
  AdminUpdateUserAttributesCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contactsGateway, signOutGateway } from '#core/shared/accounts-gateway.ts';
import { subjectOf } from '#local/engines/cognito.ts';
import { sweepExpired } from '#local/expiry-sweeper.ts';
import { seededPassword } from '#local/seed.ts';
import { callAwsJson } from '#local/services/aws-json-client.ts';
import type { LocalSystem } from '#local/system.ts';
import { api, lambda, route, table, withEngines } from '#test/support/hand-made-assembly.ts';
import { endEverything, json, sendRaw, startTemplate, until } from '#test/support/hand-made-system.ts';

afterAll(endEverything);

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
    const binary = { method: 'POST', headers: { 'content-type': 'application/octet-stream' } };
    const post = async (bytes: number) =>
      (await fetch(`${system.url}/echo`, { ...binary, body: new Uint8Array(bytes) })).status;
    // In base64 the first fits into the 6 MB of an invocation and the second does not.
    expect([await post(4_600_000), await post(4_800_000)]).toEqual([200, 413]);
    const sendHeader = (bytes: number) =>
      sendRaw(
        system.url,
        `GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: ${'x'.repeat(bytes)}\r\n\r\n`,
      );
    expect(await sendHeader(10_100)).toContain('HTTP/1.1 404');
    expect(await sendHeader(10_300)).toContain('HTTP/1.1 431');
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

  it('tells where a user is written to, and signs one out everywhere', async () => {
    const pool = system.resource('AWS::Cognito::UserPool').physicalId;
    const settings = {
      endpoint: system.endpoints.cognito ?? '',
      region: 'eu-central-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    };
    const cognito = new CognitoIdentityProviderClient(settings);
    await system.createUser('grace@example.test');
    const { sub: accountId = '' } = decodeJwt(await system.signIn('grace@example.test'));
    const contact = contactsGateway(pool, settings);
    expect(await contact(accountId)).toEqual({ address: 'grace@example.test' });
    const UserAttributes = [{ Name: 'locale', Value: 'pt-BR' }];
    const user = { UserPoolId: pool, Username: accountId };
    await cognito.send(new AdminUpdateUserAttributesCommand({ ...user, UserAttributes }));
    expect(await contact(accountId)).toEqual({ address: 'grace@example.test', locale: 'pt-BR' });
    expect(await contact(subjectOf('nobody@example.test'))).toEqual({});

    const ClientId = system.resource('AWS::Cognito::UserPoolClient').physicalId;
    const AuthParameters = { USERNAME: 'grace@example.test', PASSWORD: seededPassword };
    const { AuthenticationResult } = await cognito.send(
      new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }),
    );
    const REFRESH_TOKEN = AuthenticationResult?.RefreshToken ?? '';
    const refresh = () =>
      cognito.send(
        new InitiateAuthCommand({
          ...{ ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH' },
          AuthParameters: { REFRESH_TOKEN },
        }),
      );
    await refresh();
    const signOut = signOutGateway(pool, settings);
    for (const account of [accountId, accountId, subjectOf('nobody@example.test')]) await signOut(account);
    await expect(refresh()).rejects.toThrow();
    expect(await system.signIn('grace@example.test')).toBeTruthy();
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
