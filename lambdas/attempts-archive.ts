import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { type AttemptEvent, attemptBatch } from '#contract/events.ts';
import { attemptsArchive } from '#core/detection/attempts-archive-store.ts';
import { readEnvironment } from './env.ts';
import { log } from './shell/log.ts';

const env = readEnvironment('attempts-archive');
const archive = attemptsArchive(env.ARCHIVE_BUCKET);

/** A message that does not fit the schema goes back and, after its tries, to the dead-letter queue. */
export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const events: AttemptEvent[] = [];
  const unreadable: string[] = [];
  for (const { messageId, body } of Records) {
    const batch = z.safeParse(attemptBatch, parseJson(body));
    if (batch.success) events.push(...batch.data.events);
    else unreadable.push(messageId);
  }
  if (unreadable.length > 0)
    log.error('attempts.unreadable', new Error('not an attempt batch'), { unreadable });
  if (events.length > 0) await archive.store(events);
  return { batchItemFailures: unreadable.map((itemIdentifier) => ({ itemIdentifier })) };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
