import type { Context, DynamoDBRecord, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { tick } from '#core/draws/work-off.ts';
import { readEnvironment, sharingWorkerEnvironment } from './env.ts';
import { deployedSharing } from './shell/deployed-sharing.ts';
import { log } from './shell/log.ts';
import { changesFound, timersDone } from './shell/sharing-sources.ts';

const deps = deployedSharing(readEnvironment(sharingWorkerEnvironment));

type Records = (SQSRecord | DynamoDBRecord)[];
const isTimer = (record: SQSRecord | DynamoDBRecord): record is SQSRecord => 'messageId' in record;

/** What is due when its time has come, what the table tells of, and by the clock whatever neither reached. */
export const handler = async (
  { Records }: { Records?: Records },
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<SQSBatchResponse | undefined> => {
  if (!Records) {
    log.info('sharing.swept', await tick(deps));
    return undefined;
  }
  const timers = Records.filter(isTimer);
  if (timers.length > 0) return timersDone(deps, timers, Date.now() + context.getRemainingTimeInMillis());
  return changesFound(
    deps,
    Records.filter((record) => !isTimer(record)),
  );
};
