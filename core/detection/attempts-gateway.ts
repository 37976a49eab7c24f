import { SendMessageCommand, SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import type { AttemptEvent } from '#contract/events.ts';

/** Puts a batch of attempts into the queue as one message. */
export const attemptsQueue = (queueUrl: string, settings: SQSClientConfig = {}) => {
  const client = new SQSClient(settings);
  return async (events: readonly AttemptEvent[]): Promise<void> => {
    await client.send(
      new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify({ v: 1, events }) }),
    );
  };
};
