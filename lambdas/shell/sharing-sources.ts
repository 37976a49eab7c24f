import type { DynamoDBRecord, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { accountClosedDetail } from '#contract/events.ts';
import { duePartition, toDue } from '#core/draws/due-store.ts';
import { type LeaveRotationsDeps, leaveRotations } from '#core/draws/leave-rotations.ts';
import { type Changes, handleChanges, handleDue, type WorkOffDeps } from '#core/draws/work-off.ts';
import { toLateRelease } from '#core/offers/late-releases-store.ts';
import { log } from './log.ts';

const timer = z.strictObject({ at: z.int(), kind: z.enum(['draw', 'confirm', 'offer']), id: z.string() });

/** Left for the work itself after a wait. */
const reserveMs = 60_000;

/** A timer that fails comes again, and in the end to the dead letters; what it was for stays due. */
export const timersDone = async (
  deps: WorkOffDeps,
  records: readonly SQSRecord[],
  endsAt: number,
): Promise<SQSBatchResponse> => {
  const failed: string[] = [];
  for (const { messageId, body } of records)
    try {
      const due = timer.parse(JSON.parse(body));
      const outcome = await handleDue(deps, due, endsAt - reserveMs);
      log.info(`timer.${outcome.status}`, { kind: due.kind, id: due.id, ...outcome });
    } catch (error) {
      log.error('timer.failed', error, { body });
      failed.push(messageId);
    }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
};

/** What a batch of the stream of the offers table tells. */
const changesIn = (records: readonly DynamoDBRecord[]): Changes => {
  const keys = records.map(({ dynamodb }) => ({
    pk: dynamodb?.Keys?.pk?.S ?? '',
    sk: dynamodb?.Keys?.sk?.S ?? '',
  }));
  return {
    due: keys.flatMap(({ pk, sk }) => (pk === duePartition.S ? (toDue(sk) ?? []) : [])),
    waiting: keys.flatMap(({ pk }) => (pk.startsWith('B#') ? pk.slice(2) : [])),
    late: keys.flatMap(({ pk, sk }) => toLateRelease(pk, sk) ?? []),
  };
};

/** A batch as a whole: repeating it changes nothing. */
export const changesFound = async (
  deps: WorkOffDeps,
  records: readonly DynamoDBRecord[],
): Promise<SQSBatchResponse> => {
  const changes = changesIn(records);
  await handleChanges(deps, changes);
  return { batchItemFailures: [] };
};

/** Whose account ended, as the bus tells. */
export const driverGone = async (deps: WorkOffDeps & LeaveRotationsDeps, detail: unknown): Promise<void> => {
  const { driverId } = accountClosedDetail.parse(detail);
  log.info('rotations.left', { stations: await leaveRotations(deps, driverId) });
};
