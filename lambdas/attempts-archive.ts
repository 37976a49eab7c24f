import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { rememberAttempts } from '#core/challenge/risk/remember-attempts.ts';
import { attemptsStore } from '#core/challenge/risk/watched-store.ts';
import { attemptsArchive } from '#core/detection/attempts-archive-store.ts';
import { readAttempts } from '#core/detection/read-attempts.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { attemptsArchiveEnvironment, readEnvironment } from './env.ts';
import { runtime } from './runtime.ts';
import { log } from './shell/log.ts';

const env = readEnvironment(attemptsArchiveEnvironment);
const archive = attemptsArchive(env.ARCHIVE_BUCKET);
const policy = env.CHALLENGE.risk;
const deps = { ...runtime, policy, store: attemptsStore(dynamoDb(), env.CHALLENGES_TABLE) };

/**
 * What fits the schema is archived, and drivers' last claims are brought together from it. A message with anything else
 * goes back, and in the end to the dead letters. Both may be done again for a message that comes twice.
 */
export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const messages = Records.map(({ messageId, body }) => ({ messageId, ...readAttempts(body) }));
  const events = messages.flatMap((message) => message.events);
  const unreadable = messages.filter(({ complete }) => !complete).map(({ messageId }) => messageId);
  if (unreadable.length > 0)
    log.error('attempts.unreadable', new Error('not an attempt batch'), { unreadable });
  if (events.length > 0) await Promise.all([archive.store(events), rememberAttempts(deps, events)]);
  return { batchItemFailures: unreadable.map((itemIdentifier) => ({ itemIdentifier })) };
};
