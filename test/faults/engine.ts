import { type ChildProcess, spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '#core/shared/dynamodb-store.ts';

/**
 * A DynamoDB engine in memory with one table, reached over its own protocol. The SDK is left out on purpose:
 * its client costs more than the engine, and no retry of its own may hide a fault.
 */
export interface Engine extends Database {
  table: string;
  /** One more, of this name. */
  createTable(name: string): Promise<void>;
  dropTable(name: string): Promise<void>;
  stop(): Promise<void>;
}

const table = 'offers';
const startBudgetMs = 10_000;
/** Far above what a call takes; an engine that hangs must end the run with a message. */
const callBudgetMs = 30_000;

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

/** The engine does not check signatures, but refuses requests that do not look signed. */
const headers = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
};

const connect = (port: number) => {
  const agent = new Agent({ keepAlive: true });
  const call = (operation: string, input: object) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const body = Buffer.from(toWire(input));
      const target = `DynamoDB_20120810.${operation}`;
      const sent = request(
        {
          agent,
          port,
          host: '127.0.0.1',
          method: 'POST',
          headers: { ...headers, 'x-amz-target': target, 'content-length': body.length },
          timeout: callBudgetMs,
        },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (part: Buffer) => parts.push(part));
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString() }),
          );
          answer.on('error', reject);
        },
      );
      sent.on('timeout', () => sent.destroy(new Error(`the engine did not answer a ${operation}`)));
      sent.on('error', reject);
      sent.end(body);
    });
  return { call, close: () => agent.destroy() };
};

/** What DynamoDB says no with, as the SDK would throw it: named, with cancellation reasons or the item. */
export class DatabaseError extends Error {
  constructor(body: string) {
    const { __type = '', message, Message, ...details } = JSON.parse(body);
    super(message ?? Message);
    Object.assign(this, details, { name: __type.slice(__type.lastIndexOf('#') + 1) });
  }
}

/** Binary attributes are base64 on the way, and bytes on both ends. */
const toWire = (input: object): string =>
  JSON.stringify(input, function (this: Record<string, unknown>, key, value) {
    const original = this[key];
    return original instanceof Uint8Array ? Buffer.from(original).toString('base64') : value;
  });
const fromWire = (body: string) =>
  body.includes('"B":"')
    ? JSON.parse(body, (key, value) =>
        key === 'B' && typeof value === 'string' ? Buffer.from(value, 'base64') : value,
      )
    : JSON.parse(body);

const nameOf = (command: object) => command.constructor.name.replace(/Command$/, '');

export const startEngine = async (): Promise<Engine> => {
  const binary = createRequire(import.meta.url).resolve(
    `@dynoxide/${process.platform}-${process.arch}/dynoxide`,
  );
  const port = await freePort();
  const child: ChildProcess = spawn(binary, ['serve', '--port', String(port)], { stdio: 'ignore', env: {} });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve()).once('error', () => resolve());
  });
  const kill = () => child.kill('SIGKILL');
  const end = () => process.exit(1);
  process.once('exit', kill).once('SIGINT', end).once('SIGTERM', end);
  const { call, close } = connect(port);
  const stop = async () => {
    close();
    kill();
    process.off('exit', kill).off('SIGINT', end).off('SIGTERM', end);
    await exited;
  };
  const deadline = Date.now() + startBudgetMs;
  while (!(await call('ListTables', {}).catch(() => undefined))) {
    if (Date.now() > deadline || child.exitCode !== null) {
      await stop();
      throw new Error('the DynamoDB engine does not start');
    }
    await delay(20);
  }
  const createTable = async (TableName: string) => {
    await call('CreateTable', {
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    });
  };
  await createTable(table);
  return {
    table,
    createTable,
    dropTable: async (TableName) => {
      await call('DeleteTable', { TableName });
    },
    stop,
    send: async (command) => {
      const { status, body } = await call(nameOf(command), command.input);
      if (status === 200) return fromWire(body);
      throw new DatabaseError(body);
    },
  };
};
