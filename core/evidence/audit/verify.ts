import * as z from 'zod/mini';
import { type AuditEntry, auditEntry } from '#contract/cases.ts';
import { type AuditHead, genesis, hashOf, lineOf } from './chain.ts';

/** What is wrong with the first entry that something is wrong with. */
export type AuditFault =
  /** No entry, or not written as entries are. */
  | 'form'
  /** Left out, doubled, or in another place. */
  | 'sequence'
  /** It does not name the hash of the entry before. */
  | 'link'
  /** It does not have the hash that it names. */
  | 'hash'
  /** Earlier than what came before. */
  | 'time'
  /** The entry that was known before is another one, or is not there. */
  | 'head'
  /** Entries are missing at the start. */
  | 'start';

export type AuditOutcome =
  /** `first` is the entry that it begins with: what came before was not looked at. */
  | { status: 'verified'; entries: number; first: number; head: AuditHead }
  /** `at` is the number of the entry that should be there. */
  | { status: 'broken'; at: number; reason: AuditFault };

/** What somebody knows from elsewhere. */
export interface ExpectedAudit {
  /** An entry as it was at some time. Entries after it are new ones. */
  head?: AuditHead;
  /** The entry that it has to begin with. Left out: any. */
  first?: number;
}

/** Clocks of machines differ, and a decision takes a while: so far the times may run backwards. */
const toleranceMs = 5 * 60_000;
const hash = /^[0-9a-f]{64}$/;

/** An entry from its line, which must be the one text that it has. */
const parseLine = (line: string): unknown => {
  try {
    const entry = JSON.parse(line) as AuditEntry;
    return lineOf(entry) === line ? entry : undefined;
  } catch {
    return undefined;
  }
};

const toEntry = (given: unknown): AuditEntry | undefined => {
  const value = typeof given === 'string' ? parseLine(given) : given;
  const { success } = z.safeParse(auditEntry, value);
  // As it was given, for its hash: a parsed copy may have lost what the schema does not know.
  return success ? (value as AuditEntry) : undefined;
};

/** The hash, or nothing for what has no canonical JSON. */
const computed = (entry: AuditEntry): string | undefined => {
  try {
    return hashOf(entry);
  } catch {
    return undefined;
  }
};

/** What is wrong with an entry after the one before it; `latest` is the latest time so far. */
const faultOf = (entry: AuditEntry, last: AuditHead, latest: number): AuditFault | undefined => {
  if (entry.seq !== last.seq + 1) return 'sequence';
  if (entry.prev !== last.hash) return 'link';
  if (computed(entry) !== entry.hash) return 'hash';
  return Date.parse(entry.at) < latest - toleranceMs ? 'time' : undefined;
};

/**
 * Follows the chain entry by entry. Entries are values, or the lines of a file with their line feeds. May begin
 * anywhere; then the first `prev` is taken at its word.
 */
export const verifyAudit = async (
  entries: Iterable<unknown> | AsyncIterable<unknown>,
  expected: ExpectedAudit = {},
): Promise<AuditOutcome> => {
  let first: number | undefined;
  let last = genesis;
  let latest = Number.NEGATIVE_INFINITY;
  const { head } = expected;
  const broken = (reason: AuditFault, at = last.seq + 1) => ({ status: 'broken' as const, at, reason });

  for await (const given of entries) {
    const entry = toEntry(given);
    if (!entry) return broken('form');
    if (first === undefined) {
      if (entry.seq < 1 || !hash.test(entry.prev)) return broken('form');
      if (expected.first !== undefined && entry.seq !== expected.first)
        return broken('start', expected.first);
      first = entry.seq;
      last = { seq: entry.seq - 1, hash: entry.seq === 1 ? genesis.hash : entry.prev };
      if (head?.seq === last.seq && head.hash !== last.hash) return broken('head', head.seq);
    }
    const fault = faultOf(entry, last, latest);
    if (fault) return broken(fault);
    latest = Math.max(latest, Date.parse(entry.at));
    last = { seq: entry.seq, hash: entry.hash };
    if (head?.seq === last.seq && head.hash !== last.hash) return broken('head', head.seq);
  }
  const start = first ?? 1;
  if (first === undefined && expected.first !== undefined) return broken('start', expected.first);
  // Before the start nothing was seen, after the end there is nothing.
  if (head && (head.seq < start - 1 || head.seq > last.seq)) return broken('head', head.seq);
  return { status: 'verified', entries: last.seq - start + 1, first: start, head: last };
};
