import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { readNotice, sendNotice } from '#core/devices/send-notice.ts';
import { accountsGateway } from '#core/shared/accounts-gateway.ts';
import { mailGateway } from '#core/shared/mail-gateway.ts';
import { deviceNoticesEnvironment, readEnvironment } from './env.ts';
import { log } from './shell/log.ts';

const env = readEnvironment(deviceNoticesEnvironment);
const deps = { findAddress: accountsGateway(env.USER_POOL_ID), sendMail: mailGateway(env.MAIL_FROM) };

/** One mail after the other: a stream is taken up again at the first failure, and what came before is not repeated. */
export const handler = async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  for (const { dynamodb } of Records) {
    const notice = readNotice(dynamodb?.NewImage?.n?.S);
    if (!notice) {
      log.error('notice.unreadable', new Error('not a notice'));
      continue;
    }
    const facts = { kind: notice.kind, deviceId: notice.deviceId };
    try {
      const outcome = await sendNotice(deps, notice);
      if (outcome.status === 'refused') log.error('notice.refused', new Error(outcome.reason), facts);
      else log.info(`notice.${outcome.status}`, facts);
    } catch (error) {
      // Its message may name the address.
      log.error('notice.failed', new Error((error as Error).name), facts);
      return { batchItemFailures: [{ itemIdentifier: dynamodb?.SequenceNumber ?? '' }] };
    }
  }
  return { batchItemFailures: [] };
};
