import { join } from 'node:path';
import type { DataFolder } from '../data-folder.ts';
import type { Reaper } from '../reaper.ts';
import type { ResolvedResource } from '../services/types.ts';
import { type Cognito, startCognito } from './cognito.ts';
import { createTable, type DynamoDb, startDynamoDb } from './dynamodb.ts';
import { type Faces, startFaces } from './faces.ts';
import { type Mail, startMail } from './mail.ts';
import { type QueuesAndBuckets, startQueuesAndBuckets } from './queues-and-buckets.ts';

export interface Engines {
  readonly dynamodb: DynamoDb;
  readonly cognito: Cognito;
  readonly queuesAndBuckets: QueuesAndBuckets;
  readonly mail: Mail;
  readonly faces: Faces;
}

/** All or none: when one does not start, those that did are stopped. */
export async function startEngines(
  folder: DataFolder,
  region: string,
  reaper: Reaper,
  log: (line: string) => void,
  warmFaces: boolean,
): Promise<Engines> {
  const logFile = (engine: string) => join(folder.logs, `engine-${engine}.log`);
  const starting = [
    startDynamoDb(folder.path, logFile('dynamodb'), reaper),
    startCognito(folder.path, logFile('cognito'), log),
    startQueuesAndBuckets(folder.kept, region, logFile('queues-and-buckets')),
    startMail(folder.kept, logFile('mail')),
    startFaces(logFile('faces'), reaper, { region, warm: warmFaces }),
  ] as const;
  try {
    const [dynamodb, cognito, queuesAndBuckets, mail, faces] = await Promise.all(starting);
    return { dynamodb, cognito, queuesAndBuckets, mail, faces };
  } catch (error) {
    const outcomes = await Promise.allSettled(starting);
    await Promise.all(outcomes.map((outcome) => outcome.status === 'fulfilled' && outcome.value.stop()));
    throw error;
  }
}

/** Makes what the template says: tables, queues, buckets, user pools. What is there from an earlier run is kept. */
export async function defineResources(
  engines: Engines,
  resources: readonly ResolvedResource[],
): Promise<void> {
  const tables = resources.filter(({ type }) =>
    ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'].includes(type),
  );
  await Promise.all([
    ...tables.map((table) => createTable(engines.dynamodb.endpoint, table)),
    engines.queuesAndBuckets.define(resources),
    engines.cognito.define(resources),
  ]);
}
