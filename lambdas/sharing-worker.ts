import type { Context, DynamoDBRecord, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { accountClosed } from '#contract/events.ts';
import { tick } from '#core/draws/work-off.ts';
import { readEnvironment, sharingWorkerEnvironment } from './env.ts';
import { deployedSharing } from './shell/deployed-sharing.ts';
import { log } from './shell/log.ts';
import { changesFound, driverGone, timersDone } from './shell/sharing-sources.ts';

const deps = deployedSharing(readEnvironment(sharingWorkerEnvironment));

type Records = (SQSRecord | DynamoDBRecord)[];
const isTimer = (record: SQSRecord | DynamoDBRecord): record is SQSRecord => 'messageId' in record;

/** What is due when its time has come, what the table and the bus tell of, and by the clock whatever was missed. */
export const handler = async (
  event: { Records?: Records; 'detail-type'?: string; detail?: unknown },
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<SQSBatchResponse | undefined> => {
  const { Records, detail } = event;
  if (!Records) {
    if (event['detail-type'] === accountClosed) await driverGone(deps, detail);
    else log.info('sharing.swept', await tick(deps));
    return undefined;
  }
  const timers = Records.filter(isTimer);
  if (timers.length > 0) return timersDone(deps, timers, Date.now() + context.getRemainingTimeInMillis());
  return changesFound(
    deps,
    Records.filter((record) => !isTimer(record)),
  );
};
