import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { LocalFailure } from '../failure.ts';
import { findFreePort } from '../ports.ts';
import type { Reaper } from '../reaper.ts';
import { callAwsJson } from '../services/aws-json-client.ts';
import { AwsError } from '../services/aws-json-server.ts';
import type { ResolvedResource } from '../services/types.ts';

export interface DynamoDb {
  readonly endpoint: string;
  /** SQLite file of the engine. */
  readonly file: string;
  stop(): Promise<void>;
}

/** The binary says on which port it was asked to listen, not on which it does, so a free one is found first. */
const portAttempts = 5;
const startBudgetMs = 5_000;
const stopBudgetMs = 2_000;

export async function startDynamoDb(folder: string, logFile: string, reaper: Reaper): Promise<DynamoDb> {
  const binary = findBinary();
  // Always a file, in a folder that goes away when nothing is to be kept: the stream trimmer needs it.
  const file = join(folder, 'dynamodb.sqlite');
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    const child = spawn(binary, ['serve', '--host', '127.0.0.1', '--port', String(port), '--db-path', file], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {},
    });
    reaper.watch(child);
    const log = createWriteStream(logFile, { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    const exited = new Promise<void>((resolve) => {
      child.once('exit', () => resolve()).once('error', () => resolve());
    });
    const endpoint = `http://127.0.0.1:${port}`;
    // Asked only after it says that it listens: on a port that was lost to another engine, that one would answer.
    const listens = saysThatItListens(child).then(() => answers(endpoint));
    const started = await Promise.race([
      listens,
      exited.then(() => false),
      delay(startBudgetMs, false, { ref: false }),
    ]);
    const stop = async () => {
      child.kill();
      const timer = setTimeout(() => child.kill('SIGKILL'), stopBudgetMs);
      await exited;
      clearTimeout(timer);
      log.end();
    };
    if (started && child.exitCode === null) return { endpoint, file, stop };
    await stop();
    if (attempt === portAttempts)
      throw new LocalFailure(`the DynamoDB engine does not start; see ${logFile}`);
  }
}

/** On either stream, and perhaps after other lines. Never, if it does not. */
function saysThatItListens({ stdout, stderr }: ChildProcessByStdio<null, Readable, Readable>): Promise<void> {
  return new Promise((resolve) => {
    for (const stream of [stdout, stderr]) {
      let said = '';
      const read = (chunk: Buffer) => {
        said += chunk;
        if (!said.includes('listening')) return;
        stream.off('data', read);
        resolve();
      };
      stream.on('data', read);
    }
  });
}

function findBinary(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    return createRequire(import.meta.url).resolve(`@dynoxide/${platform}/dynoxide`);
  } catch {
    throw new LocalFailure(
      `the DynamoDB engine is missing: package @dynoxide/${platform} is not installed; run npm ci, or see the README for platforms`,
    );
  }
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await callAwsJson(endpoint, 'DynamoDB_20120810.ListTables', { Limit: 1 });
    return true;
  } catch {
    return false;
  }
}

interface TableProperties {
  KeySchema: { AttributeName: string; KeyType: string }[];
  AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
  GlobalSecondaryIndexes?: IndexProperties[];
  LocalSecondaryIndexes?: IndexProperties[];
  StreamSpecification?: { StreamViewType: string };
}
interface IndexProperties {
  IndexName: string;
  KeySchema: unknown;
  Projection: unknown;
}
const indexKeys = ({ IndexName, KeySchema, Projection }: IndexProperties) => ({
  IndexName,
  KeySchema,
  Projection,
});

/** AWS::DynamoDB::Table and AWS::DynamoDB::GlobalTable, which agree in everything that an engine on one machine knows. */
export async function createTable(endpoint: string, table: ResolvedResource): Promise<void> {
  const properties = table.properties as unknown as TableProperties;
  const indexes = properties.GlobalSecondaryIndexes?.map(indexKeys);
  const localIndexes = properties.LocalSecondaryIndexes?.map(indexKeys);
  const definition = {
    TableName: table.physicalId,
    KeySchema: properties.KeySchema,
    AttributeDefinitions: properties.AttributeDefinitions,
    ...(indexes?.length && { GlobalSecondaryIndexes: indexes }),
    ...(localIndexes?.length && { LocalSecondaryIndexes: localIndexes }),
    ...(properties.StreamSpecification && {
      StreamSpecification: {
        StreamEnabled: true,
        StreamViewType: properties.StreamSpecification.StreamViewType,
      },
    }),
  };
  try {
    await callAwsJson(endpoint, 'DynamoDB_20120810.CreateTable', {
      ...definition,
      BillingMode: 'PAY_PER_REQUEST',
    });
  } catch (error) {
    if (!(error instanceof AwsError && error.name === 'ResourceInUseException')) throw error;
    await assertUnchanged(endpoint, definition);
  }
}

async function assertUnchanged(
  endpoint: string,
  definition: {
    TableName: string;
    KeySchema: unknown;
    GlobalSecondaryIndexes?: IndexProperties[];
    LocalSecondaryIndexes?: IndexProperties[];
  },
) {
  const answer = await callAwsJson(endpoint, 'DynamoDB_20120810.DescribeTable', {
    TableName: definition.TableName,
  });
  const stored = answer.Table as unknown as TableProperties;
  const shape = (
    value: Pick<TableProperties, 'GlobalSecondaryIndexes' | 'LocalSecondaryIndexes'> & { KeySchema: unknown },
  ) => ({
    keys: value.KeySchema,
    indexes: [...(value.GlobalSecondaryIndexes ?? []), ...(value.LocalSecondaryIndexes ?? [])]
      .map(({ IndexName, KeySchema }) => ({ IndexName, KeySchema }))
      .sort((a, b) => a.IndexName.localeCompare(b.IndexName)),
  });
  if (!isDeepStrictEqual(shape(stored), shape(definition)))
    throw new LocalFailure(
      `table ${definition.TableName} was kept by a version of the template with other keys or indexes; choose another --data folder`,
    );
}
