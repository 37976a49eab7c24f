import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { erasuresStore } from '#core/identity/erasure/erasures-store.ts';
import { finishErasure } from '#core/identity/erasure/finish-erasure.ts';
import { sweep } from '#core/identity/sweep.ts';
import { readEnvironment } from './env.ts';
import { deployedPhotos } from './shell/deployed-identity.ts';
import { log } from './shell/log.ts';

const env = readEnvironment('identity-upkeep');
const common = deployedPhotos(env);
const deps = {
  ...common,
  erasures: erasuresStore(common.database, env.IDENTITY_TABLE),
  signing: common.wrapping,
  signingKeyId: env.SIGNING_KEY_ID,
  recordRetentionDays: env.RECORD_RETENTION_DAYS,
  onFailed: (kind: string, error: unknown) => log.error('identity-upkeep.failed', error, { kind }),
};

/** Erasures as they are asked for, from the table's stream; and by the clock whatever is due, unfinished ones among it. */
export const handler = async (event: Partial<DynamoDBStreamEvent>): Promise<DynamoDBBatchResponse> => {
  if (!event.Records) {
    log.info('identity-upkeep.done', await sweep(deps));
    return { batchItemFailures: [] };
  }
  for (const { dynamodb } of event.Records) {
    const { dr, id } = dynamodb?.NewImage ?? {};
    if (!dr?.S || !id?.S) continue;
    try {
      await finishErasure(deps, { driverId: dr.S, erasureId: id.S });
      log.info('erasure.done', { erasureId: id.S });
    } catch (error) {
      log.error('erasure.failed', error, { erasureId: id.S });
      return { batchItemFailures: [{ itemIdentifier: dynamodb?.SequenceNumber ?? '' }] };
    }
  }
  return { batchItemFailures: [] };
};
