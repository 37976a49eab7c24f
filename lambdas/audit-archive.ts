import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { archiveEntries } from '#core/evidence/audit/archive-entries.ts';
import { auditArchive } from '#core/evidence/audit/audit-archive-store.ts';
import { auditArchiveEnvironment, readEnvironment } from './env.ts';
import { log } from './shell/log.ts';

const env = readEnvironment(auditArchiveEnvironment);
const deps: Parameters<typeof archiveEntries>[0] = {
  archive: auditArchive(env.AUDIT_BUCKET),
  onOdd: (code, facts) => log.error(code, new Error('not as the audit was written'), facts),
  onFailed: (error, facts) => log.error('audit.unarchived', error, facts),
};

/** What could not be written is handed over again, with what came after it: both are harmless twice. */
export const handler = async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const failed = await archiveEntries(
    deps,
    Records.map(({ dynamodb }) => ({
      sequenceNumber: dynamodb?.SequenceNumber ?? '',
      json: dynamodb?.NewImage?.d?.S,
    })),
  );
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
};
