import * as z from 'zod/mini';
import { type AuditEntry, auditEntry } from '#contract/cases.ts';
import type { AuditArchive } from './audit-archive-store.ts';

/** A new entry of the table, as its stream tells. */
export interface StreamedEntry {
  /** The stream’s name for it. */
  sequenceNumber: string;
  json: string | undefined;
}

interface Archiving {
  archive: AuditArchive;
  /** Something is not as the audit writes it: there is nothing to try again, and somebody must look. */
  onOdd: (code: 'audit.unreadable' | 'audit.different', facts: Record<string, unknown>) => void;
  onFailed: (error: unknown, facts: Record<string, unknown>) => void;
}

type Read = { sequenceNumber: string; entry: AuditEntry };

const readEntry = (json = ''): AuditEntry | undefined => {
  try {
    const { success, data } = z.safeParse(auditEntry, JSON.parse(json));
    return success ? data : undefined;
  } catch {
    return undefined;
  }
};

/** Entries of one transaction may come in any order, and what belongs between them in another batch. */
const runsOf = (read: readonly Read[]): Read[][] => {
  const runs: Read[][] = [];
  for (const one of [...read].sort((a, b) => a.entry.seq - b.entry.seq)) {
    const run = runs.at(-1);
    const before = run?.at(-1)?.entry;
    if (before?.hash === one.entry.hash) continue;
    if (run && before?.seq === one.entry.seq - 1) run.push(one);
    else runs.push([one]);
  }
  return runs;
};

/**
 * Archives each run of entries without a gap as one object: its name says what is in it, whatever batches it came in. Gives
 * the sequence numbers of what is to be handed over again.
 */
export const archiveEntries = async (
  { archive, onOdd, onFailed }: Archiving,
  streamed: readonly StreamedEntry[],
): Promise<string[]> => {
  const read = streamed.flatMap(({ sequenceNumber, json }) => {
    const entry = readEntry(json);
    if (!entry) onOdd('audit.unreadable', { sequenceNumber });
    return entry ? [{ sequenceNumber, entry }] : [];
  });
  const failed: string[] = [];
  for (const run of runsOf(read)) {
    const facts = { from: run[0]?.entry.seq, to: run.at(-1)?.entry.seq };
    try {
      const archived = await archive.store(run.map(({ entry }) => entry));
      if (archived === 'different') onOdd('audit.different', facts);
    } catch (error) {
      onFailed(error, facts);
      failed.push(...run.map(({ sequenceNumber }) => sequenceNumber));
    }
  }
  return failed;
};
