import type { AuditEntry } from '#contract/cases.ts';
import { type Cell, cells } from './cells.ts';

/** A month of the audit in numbers, exact: for those who may read the audit. */
export interface Figures {
  /** `YYYY-MM`, by UTC. */
  month: string;
  /** First and last entry of the month, by `seq`; none when the month has no entry. */
  audit?: { from: number; to: number };
  /** By the names of `cells`; every one of them is there. */
  counts: ReadonlyMap<string, number>;
  /** From filing to answering, in days, of the appeals answered in the month; none when none was. */
  answerDays?: { answered: number; median: number; worst: number };
}

const dayMs = 86_400_000;

/** From its first millisecond to the first of the next month, by UTC, in milliseconds since the epoch. */
export const monthRange = (month: string): { from: number; until: number } => {
  const [, year, number] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month) ?? [];
  if (year === undefined) throw new Error(`${month} is no month: expected one such as 2026-10`);
  return { from: Date.UTC(Number(year), Number(number) - 1), until: Date.UTC(Number(year), Number(number)) };
};

/** The month that was over last. */
export const lastMonth = (now: number): string => {
  const today = new Date(now);
  return new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - 1)).toISOString().slice(0, 7);
};

const medianOf = (sorted: readonly number[]): number => {
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
};

const isOf = (cell: Cell, { action, facts }: AuditEntry, hadAppeal: boolean): boolean =>
  cell.action === action &&
  (!cell.fact || facts[cell.fact[0]] === cell.fact[1]) &&
  (!cell.appeal || cell.appeal === (hadAppeal ? 'open' : 'none'));

/** Takes the audit entry by entry, so that nobody has to hold all of it. */
export interface MonthCount {
  add(entry: AuditEntry): void;
  figures(): Figures;
}

/**
 * Counts a month. Entries come in order and begin with the audit's first, or at least before the oldest appeal that is
 * open: which appeal a decision answers is told by what came before. What comes after the month changes nothing.
 */
export const countMonth = (month: string): MonthCount => {
  const { from, until } = monthRange(month);
  const counts = new Map(cells.map(({ name }) => [name, 0]));
  const openSince = new Map<string, number>();
  const waited: number[] = [];
  let audit: Figures['audit'];

  return {
    add: (entry) => {
      const { action, seq, caseId = '' } = entry;
      const at = Date.parse(entry.at);
      const isWithin = at >= from && at < until;
      const filedAt = openSince.get(caseId);
      if (isWithin) {
        audit = { from: Math.min(seq, audit?.from ?? seq), to: Math.max(seq, audit?.to ?? seq) };
        for (const cell of cells)
          if (isOf(cell, entry, filedAt !== undefined))
            counts.set(cell.name, (counts.get(cell.name) ?? 0) + 1);
      }
      if (action === 'appeal.filed') openSince.set(caseId, at);
      if ((action === 'decision.uphold' || action === 'decision.overturn') && filedAt !== undefined) {
        openSince.delete(caseId);
        if (isWithin) waited.push((at - filedAt) / dayMs);
      }
    },

    figures: () => {
      const sorted = [...waited].sort((a, b) => a - b);
      const worst = sorted.at(-1);
      return {
        month,
        ...(audit && { audit }),
        counts: new Map(counts),
        ...(worst !== undefined && {
          answerDays: { answered: sorted.length, median: medianOf(sorted), worst },
        }),
      };
    },
  };
};

/** A month of an audit that is at hand. */
export const monthlyFigures = (entries: Iterable<AuditEntry>, month: string): Figures => {
  const count = countMonth(month);
  for (const entry of entries) count.add(entry);
  return count.figures();
};
