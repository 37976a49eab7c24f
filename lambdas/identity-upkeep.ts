import type { DynamoDBBatchResponse, DynamoDBStreamEvent, EventBridgeEvent } from 'aws-lambda';
import { accountClosed, accountClosedDetail } from '#contract/events.ts';
import { erasuresStore } from '#core/identity/erasure/erasures-store.ts';
import { finishErasure } from '#core/identity/erasure/finish-erasure.ts';
import { requestErasure } from '#core/identity/erasure/request-erasure.ts';
import { erasureAt } from '#core/identity/keys.ts';
import { sweep } from '#core/identity/sweep.ts';
import { identityUpkeepEnvironment, readEnvironment } from './env.ts';
import { deployedPhotos } from './shell/deployed-identity.ts';
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

/** An account ended: what that leaves without a purpose is erased, by the same way as when its driver asks. */
const onAccountClosed = async (detail: unknown): Promise<void> => {
  const outcome = await requestErasure(deps, accountClosedDetail.parse(detail));
  if (outcome.status === 'refused') throw new Error('the erasure was not begun');
  log.info('erasure.requested', { erasureId: outcome.erasure.erasureId });
};

const onErasures = async (records: DynamoDBStreamEvent['Records']): Promise<DynamoDBBatchResponse> => {
  for (const { dynamodb } of records) {
    const erasure = erasureAt((dynamodb?.Keys ?? {}) as Parameters<typeof erasureAt>[0]);
    if (!erasure) continue;
    const { erasureId } = erasure;
    try {
      await finishErasure(deps, erasure);
      log.info('erasure.done', { erasureId });
    } catch (error) {
      log.error('erasure.failed', error, { erasureId });
      return { batchItemFailures: [{ itemIdentifier: dynamodb?.SequenceNumber ?? '' }] };
    }
  }
  return { batchItemFailures: [] };
};

type Event = Partial<DynamoDBStreamEvent> & Partial<EventBridgeEvent<string, unknown>>;

/** Erasures as they are asked for, accounts as they end; and by the clock whatever is due, unfinished erasures among it. */
export const handler = async (event: Event): Promise<DynamoDBBatchResponse | undefined> => {
  if (event.Records) return onErasures(event.Records);
  if (event['detail-type'] === accountClosed) await onAccountClosed(event.detail);
  else log.info('identity-upkeep.done', await sweep(deps));
  return undefined;
};
