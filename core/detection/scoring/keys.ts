import { accountPartition } from '../keys.ts';

/** Where what of the scoring lies in the detection table. */

/** Of the chunks of an account, see `chunkKey`. */
export const chunkPrefix = 'C#';
/** All that is kept of an account between two looks. */
export const stateKey = (accountKey: string) => ({ pk: accountPartition(accountKey), sk: { S: 'STATE' } });
/** The finding of a release in an account-month that goes on, or may yet: there is one at a time. */
export const openKey = (accountKey: string, release: string, monthStart: number) => ({
  pk: accountPartition(accountKey),
  sk: { S: `OPEN#${release}#${monthStart}` },
});

/** Accounts that are to be looked at in an hour: an account is in one of some three hundred. */
export const lookPartition = (hour: string) => ({ S: `LOOK#${hour}` });
export const lookKey = (hour: string, accountKey: string) => ({
  pk: lookPartition(hour),
  sk: { S: accountKey },
});

/** How far was planned, and which batches are not closed. */
export const plannerKey = { pk: { S: 'PLANNER' }, sk: { S: 'STATE' } };

export const batchPartition = (batchId: string) => ({ S: `BATCH#${batchId}` });
export const batchKey = (batchId: string) => ({ pk: batchPartition(batchId), sk: { S: 'BATCH' } });
export const partPrefix = 'PART#';
/** What one message of a batch found. */
export const partKey = (batchId: string, part: string) => ({
  pk: batchPartition(batchId),
  sk: { S: `${partPrefix}${part}` },
});
