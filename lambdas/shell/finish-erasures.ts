import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { finishErasure } from '#core/identity/erasure/finish-erasure.ts';
import { erasureAt } from '#core/identity/keys.ts';
import { log } from './log.ts';

/** Erasures that were begun, from the table's stream: what fails comes again with all that follows it. */
export const finishErasures = async (
  deps: Parameters<typeof finishErasure>[0],
  records: DynamoDBStreamEvent['Records'],
): Promise<DynamoDBBatchResponse> => {
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
