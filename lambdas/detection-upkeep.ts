import type { EventBridgeEvent } from 'aws-lambda';
import { accountClosedDetail } from '#contract/events.ts';
import { forgetAccount } from '#core/detection/ingest/forget-account.ts';
import { forgettingStore } from '#core/detection/scoring/forgetting-store.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { detectionUpkeepEnvironment, readEnvironment } from './env.ts';
import { runtime } from './runtime.ts';
import { deployedActivity } from './shell/deployed-activity.ts';
import { log } from './shell/log.ts';

const env = readEnvironment(detectionUpkeepEnvironment);
const database = dynamoDb();
const { pseudonyms } = deployedActivity(env, database);
const accounts = forgettingStore({ ...runtime, database, table: env.DETECTION_TABLE });

/** A driver left: what the account did and what was found of it is deleted, and whose it was. An account that was ended is remembered for its appeal. */
export const handler = async ({ detail }: EventBridgeEvent<string, unknown>): Promise<void> => {
  const { driverId, reason } = accountClosedDetail.parse(detail);
  if (reason === 'left')
    log.info('account.forgotten', { found: await forgetAccount({ pseudonyms, accounts }, driverId) });
};
