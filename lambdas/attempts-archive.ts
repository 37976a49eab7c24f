import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { rememberAttempts } from '#core/challenge/risk/remember-attempts.ts';
import { attemptsStore } from '#core/challenge/risk/watched-store.ts';
import { activityArchive } from '#core/detection/ingest/archive-store.ts';
import { hashNames } from '#core/detection/ingest/hash-names.ts';
import { ingest } from '#core/detection/ingest/ingest.ts';
import { readAttempts } from '#core/detection/read-attempts.ts';
import { cached } from '#core/shared/cached.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { currentKey } from '#core/shared/key-generations.ts';
import { attemptsArchiveEnvironment, readEnvironment } from './env.ts';
import { runtime } from './runtime.ts';
import { deployedActivity } from './shell/deployed-activity.ts';
import { deployedKeys } from './shell/deployed-keys.ts';
import { secretLifetimeMs } from './shell/deployed-shell.ts';
import { log } from './shell/log.ts';

const env = readEnvironment(attemptsArchiveEnvironment);
const database = dynamoDb();
const keys = deployedKeys(env.NETWORK_KEYS);
const ingestDeps = {
  ...deployedActivity(env, database),
  archive: activityArchive(env.ARCHIVE_BUCKET),
  hashName: cached(async () => hashNames(currentKey(await keys())), secretLifetimeMs, Date.now),
  now: Date.now,
};
const policy = env.CHALLENGE.risk;
const memory = { ...runtime, policy, store: attemptsStore(database, env.CHALLENGES_TABLE) };

/**
 * What fits the schema is archived, and drivers' last claims are brought together from it. A message with anything else
 * goes back, and in the end to the dead letters. While a store fails all messages go back; both may be done again.
 */
export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const messages = Records.map(({ messageId, body }) => ({ messageId, ...readAttempts(body) }));
  const attempts = messages.flatMap((message) => message.events);
  const unreadable = messages.filter(({ complete }) => !complete).map(({ messageId }) => messageId);
  if (unreadable.length > 0)
    log.error('attempts.unreadable', new Error('not an attempt batch'), { unreadable });
  if (attempts.length > 0)
    await Promise.all([ingest(ingestDeps, attempts), rememberAttempts(memory, attempts)]);
  return { batchItemFailures: unreadable.map((itemIdentifier) => ({ itemIdentifier })) };
};
