import { createHash } from 'node:crypto';
import type { AuditEntry } from '#contract/cases.ts';
import { canonicalJson } from './canonical.ts';

/** Something that was done, or looked at. Facts are codes, counts and hashes: no free text, no address. */
export interface AuditEvent {
  /** Milliseconds since the epoch. */
  at: number;
  actor: AuditEntry['actor'];
  /** Such as `case.read` or `decision.warn`. */
  action: string;
  caseId?: string;
  driverId?: string;
  facts: Record<string, string | number | boolean>;
}

/** The last entry there is. Whoever knows it knows everything before it. */
export interface AuditHead {
  seq: number;
  /** SHA-256, as lower-case hex. */
  hash: string;
}

/** Before the first entry. */
export const genesis: AuditHead = { seq: 0, hash: '0'.repeat(64) };

/** SHA-256 of an entry, its own hash aside, as lower-case hex. */
export const hashOf = (entry: Omit<AuditEntry, 'hash'> & { hash?: string }): string => {
  const { hash: _, ...hashed } = entry;
  return createHash('sha256').update(canonicalJson(hashed)).digest('hex');
};

/** An entry as a line of a file: its canonical JSON and a line feed. */
export const lineOf = (entry: AuditEntry): string => `${canonicalJson(entry)}\n`;

/** The entries that follow a head, and the head after them. */
export const chain = (
  head: AuditHead,
  events: readonly AuditEvent[],
): { entries: AuditEntry[]; head: AuditHead } => {
  const entries: AuditEntry[] = [];
  let last = head;
  for (const { at, ...event } of events) {
    const unsealed = {
      v: 1 as const,
      seq: last.seq + 1,
      at: new Date(at).toISOString(),
      ...event,
      prev: last.hash,
    };
    const entry = { ...unsealed, hash: hashOf(unsealed) };
    entries.push(entry);
    last = { seq: entry.seq, hash: entry.hash };
  }
  return { entries, head: last };
};
