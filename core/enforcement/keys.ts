import type { Item } from '#core/shared/dynamodb-store.ts';

/** Keys of the enforcement table. Times in keys are milliseconds, as long as each other, so that they sort. */
export const sortableTime = (at: number): string => String(at).padStart(15, '0');

const key = (pk: string, sk: string): Item => ({ pk: { S: pk }, sk: { S: sk } });

export const caseKey = (caseId: string): Item => key(`CASE#${caseId}`, 'CASE');
export const standingKey = (driverId: string): Item => key(`DRIVER#${driverId}`, 'STANDING');
export const noticePrefix = 'N#';
export const noticeKey = (driverId: string, at: number, noticeId: string): Item =>
  key(`DRIVER#${driverId}`, `${noticePrefix}${sortableTime(at)}#${noticeId}`);
export const driverPartition = (driverId: string) => ({ S: `DRIVER#${driverId}` });

/** A finding that is in a case: once, ever. */
export const seenKey = (evidenceId: string): Item => key(`SEEN#${evidenceId}`, 'SEEN');

/** Cases in one state, and those that wait for a person; due first. */
export const statePartition = (state: string) => `CASES#${state}`;
export const waitingPartition = 'CASES#waiting';
/** What happens by itself, when it is due: for the sweeper. */
export const duePartition = 'DUE';
export const rowKey = (partition: string, at: number, id: string): Item =>
  key(partition, `${sortableTime(at)}#${id}`);
