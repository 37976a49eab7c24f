import type { AuditEntry } from '#contract/cases.ts';

/** An entry of an audit that is counted and not verified: its hashes are zeros. */
export const anEntry = (
  seq: number,
  at: number,
  action: string,
  more: Partial<AuditEntry> = {},
): AuditEntry => ({
  v: 1,
  seq,
  at: new Date(at).toISOString(),
  actor: { kind: 'machine', id: 'machine' },
  action,
  caseId: 'case-1',
  driverId: 'driver-1',
  facts: {},
  prev: '0'.repeat(64),
  hash: '0'.repeat(64),
  ...more,
});

/** Entries in order, an hour apart, each of a case and its driver. */
export const anAudit = (
  from: number,
  ...entries: [action: string, caseId?: string, facts?: AuditEntry['facts']][]
): AuditEntry[] =>
  entries.map(([action, caseId = 'case-1', facts = {}], index) =>
    anEntry(index + 1, from + index * 3_600_000, action, { caseId, driverId: `driver-of-${caseId}`, facts }),
  );
