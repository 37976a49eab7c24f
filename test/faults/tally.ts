import type { HistoryReport } from './history.ts';
import { type FaultKind, faultKinds } from './network.ts';

/** What a number of histories came to. */
export interface Tally {
  histories: number;
  claims: number;
  releases: number;
  /** Of allocators. */
  runs: number;
  delivered: number;
  faults: Record<FaultKind, number>;
  /** Histories in which a fault hit something under way. */
  hit: number;
  /** Histories in which two requests about one block, or two runs of one draw, were under way at once. */
  contended: number;
  violating: { seed: number; violations: string[] }[];
}

export const noTally = (): Tally => ({
  histories: 0,
  claims: 0,
  releases: 0,
  runs: 0,
  delivered: 0,
  faults: Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>,
  hit: 0,
  contended: 0,
  violating: [],
});

export const tallyOf = ({ seed, violations, contended, ...report }: HistoryReport): Tally => ({
  histories: 1,
  claims: report.claims,
  releases: report.releases,
  runs: report.runs ?? 0,
  delivered: report.delivered,
  faults: report.faults,
  hit: Object.values(report.faults).some((count) => count > 0) ? 1 : 0,
  contended: contended ? 1 : 0,
  violating: violations.length > 0 ? [{ seed, violations }] : [],
});

export const addTally = (sum: Tally, part: Tally): Tally => ({
  histories: sum.histories + part.histories,
  claims: sum.claims + part.claims,
  releases: sum.releases + part.releases,
  runs: sum.runs + part.runs,
  delivered: sum.delivered + part.delivered,
  faults: Object.fromEntries(
    faultKinds.map((kind) => [kind, sum.faults[kind] + part.faults[kind]]),
  ) as Record<FaultKind, number>,
  hit: sum.hit + part.hit,
  contended: sum.contended + part.contended,
  violating: [...sum.violating, ...part.violating],
});
