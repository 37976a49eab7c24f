import type { AttemptEvent } from '#contract/events.ts';
import { type AwsService, awsJson } from '#core/shared/aws-json-gateway.ts';

/** Nothing waits for it longer: the next batch takes along what this one could not send. */
const timeoutMs = 1_500;

/** Puts a batch of attempts into the queue as one message. */
export const attemptsQueue = (QueueUrl: string, access: Pick<AwsService, 'region' | 'credentials'>) => {
  const call = awsJson({ ...access, service: 'sqs', endpoint: QueueUrl, timeoutMs });
  return async (events: readonly AttemptEvent[]): Promise<void> => {
    await call('AmazonSQS.SendMessage', { QueueUrl, MessageBody: JSON.stringify({ v: 1, events }) });
  };
};
