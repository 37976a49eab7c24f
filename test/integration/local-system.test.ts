import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) throw new Error('it did not happen within five seconds');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

describe('a stack', () => {
  let system: LocalSystem;

  beforeAll(async () => {
    system = await startTemplate(
      {
        Resources: {
          ...api,
          Notes: table({ StreamSpecification: { StreamViewType: 'NEW_IMAGE' } }),
          Copies: table(),
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
    const event = await written.json();
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
  afterAll(() => system.stop());
});
