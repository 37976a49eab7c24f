import type { DynamoDBBatchResponse, DynamoDBStreamEvent, EventBridgeEvent } from 'aws-lambda';
import { erasuresStore } from '#core/identity/erasure/erasures-store.ts';
import { sweep } from '#core/identity/sweep.ts';
import { identityUpkeepEnvironment, readEnvironment } from './env.ts';
import { accountEvent } from './shell/account-events.ts';
import { deployedPhotos } from './shell/deployed-identity.ts';
import { finishErasures } from './shell/finish-erasures.ts';
import { log } from './shell/log.ts';

const env = readEnvironment(identityUpkeepEnvironment);
const common = deployedPhotos(env);
const deps = {
  ...common,
  erasures: erasuresStore(common.database, env.IDENTITY_TABLE, env.RECORD_RETENTION_DAYS),
  signing: common.wrapping,
  signingKeyId: env.SIGNING_KEY_ID,
  recordRetentionDays: env.RECORD_RETENTION_DAYS,
  onFailed: (kind: string, error: unknown) => log.error('identity-upkeep.failed', error, { kind }),
};

type Event = Partial<DynamoDBStreamEvent> & Partial<EventBridgeEvent<string, unknown>>;

/**
 * Erasures as they are asked for, accounts as they end and as that is taken back; and by the clock whatever is due,
 * unfinished erasures among it.
 */
export const handler = async (event: Event): Promise<DynamoDBBatchResponse | undefined> => {
  if (event.Records) return finishErasures(deps, event.Records);
  const handled = accountEvent(deps, event);
  if (handled) await handled;
  else log.info('identity-upkeep.done', await sweep(deps));
  return undefined;
};
