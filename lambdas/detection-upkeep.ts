import type { EventBridgeEvent } from 'aws-lambda';
import { accountClosedDetail } from '#contract/events.ts';
import { forgetAccount } from '#core/detection/ingest/forget-account.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { detectionUpkeepEnvironment, readEnvironment } from './env.ts';
import { deployedActivity } from './shell/deployed-activity.ts';
import { log } from './shell/log.ts';

const deps = deployedActivity(readEnvironment(detectionUpkeepEnvironment), dynamoDb());

/** A driver left: whose the account's activity was is forgotten. An account that was ended is remembered for its appeal. */
export const handler = async ({ detail }: EventBridgeEvent<string, unknown>): Promise<void> => {
  const { driverId, reason } = accountClosedDetail.parse(detail);
  if (reason === 'left') log.info('account.forgotten', { found: await forgetAccount(deps, driverId) });
};
