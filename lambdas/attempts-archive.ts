import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { attemptsArchive } from '#core/detection/attempts-archive-store.ts';
import { readAttempts } from '#core/detection/read-attempts.ts';
import { readEnvironment } from './env.ts';
import { log } from './shell/log.ts';

const env = readEnvironment('attempts-archive');
const archive = attemptsArchive(env.ARCHIVE_BUCKET);

/** What fits the schema is archived. A message with anything else goes back, and in the end to the dead letters. */
export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const messages = Records.map(({ messageId, body }) => ({ messageId, ...readAttempts(body) }));
  const events = messages.flatMap((message) => message.events);
  const unreadable = messages.filter(({ complete }) => !complete).map(({ messageId }) => messageId);
  if (unreadable.length > 0)
    log.error('attempts.unreadable', new Error('not an attempt batch'), { unreadable });
  if (events.length > 0) await archive.store(events);
  return { batchItemFailures: unreadable.map((itemIdentifier) => ({ itemIdentifier })) };
};
