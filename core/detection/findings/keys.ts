import { accountPartition } from '../keys.ts';

/** Where what of findings and releases lies in the detection table. */

export const evidencePartition = (evidenceId: string) => ({ S: `EVIDENCE#${evidenceId}` });
export const findingKey = (evidenceId: string) => ({
  pk: evidencePartition(evidenceId),
  sk: { S: 'FINDING' },
});
/** All that it was computed from: apart, because lists do without. */
export const recordKey = (evidenceId: string) => ({ pk: evidencePartition(evidenceId), sk: { S: 'RECORD' } });
export const verdictPrefix = 'VERDICT#';
export const verdictKey = (evidenceId: string, verdictId: string) => ({
  pk: evidencePartition(evidenceId),
  sk: { S: `${verdictPrefix}${verdictId}` },
});

/** Names the evidence in the account's own partition, so that it goes with the account. */
export const ownEvidencePrefix = 'EVIDENCE#';
export const ownEvidenceKey = (accountKey: string, evidenceId: string) => ({
  pk: accountPartition(accountKey),
  sk: { S: `${ownEvidencePrefix}${evidenceId}` },
});

/** Sorts as text the way it sorts as a time. */
const timed = (at: number, evidenceId: string) => ({ S: `${new Date(at).toISOString()}#${evidenceId}` });
/** All findings by time. */
export const findingsPartition = { S: 'FINDINGS' };
export const findingsKey = (foundAt: number, evidenceId: string) => ({
  pk: findingsPartition,
  sk: timed(foundAt, evidenceId),
});
/** Findings that go on, by when. */
export const duePartition = { S: 'FINDINGS-DUE' };
export const dueKey = (emitAt: number, evidenceId: string) => ({
  pk: duePartition,
  sk: timed(emitAt, evidenceId),
});
/** The name at the end of such a key. */
export const evidenceIdIn = (sk: string | undefined): string => sk?.slice(sk.indexOf('#') + 1) ?? '';

export const releasesPartition = { S: 'RELEASES' };
export const releaseKey = (releaseId: string) => ({
  pk: releasesPartition,
  sk: { S: `RELEASE#${releaseId}` },
});

export const secondsOf = (at: number): number => Math.ceil(at / 1_000);
