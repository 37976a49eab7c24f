import { type AwsService, awsJson } from '#core/shared/aws-json-gateway.ts';
import type { SetTimer } from './timers.ts';

/** One message for each timer; it shows itself when its time has come. */
export const timersGateway = (
  QueueUrl: string,
  access: Pick<AwsService, 'region' | 'credentials'>,
): SetTimer => {
  const call = awsJson({ ...access, service: 'sqs', endpoint: QueueUrl });
  return async (due, DelaySeconds) => {
    await call('AmazonSQS.SendMessage', { QueueUrl, DelaySeconds, MessageBody: JSON.stringify(due) });
  };
};
