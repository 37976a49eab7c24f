import { falseShares } from '#core/detection/findings/benjamini-hochberg.ts';
import type { Reason, Verdict } from '#core/detection/model/judge.ts';
import type { JudgedAccount, JudgedMonth } from './judge-account.ts';

/** What is written of an account. */
export interface ScoreLine {
  readonly accountId: string;
  readonly score: number;
  readonly pathScore: number;
  readonly pValue: number;
  /** Expected share of false findings among all accounts of the files that are at least as suspect. */
  readonly qValue: number;
  readonly cohort: string;
  readonly verdict: Verdict;
  readonly families: readonly string[];
  readonly reasons: readonly Reason[];
  readonly novelty: number;
  readonly events: number;
  readonly activeDays: number;
  /** Account-months that could be judged; the line tells of the most suspect one. */
  readonly months: number;
  /** Milliseconds since the epoch; null when there is none. */
  readonly firstWarningAt: number | null;
  readonly model: string;
}

const rank = { 'warn-review': 2, watch: 1, clear: 0, abstain: 0 } as const;

/** The month that an account is told by: the gravest verdict, then the smallest p-value, then the latest. */
export const gravest = (months: readonly JudgedMonth[]): JudgedMonth | undefined =>
  months.toSorted((a, b) => rank[b.verdict] - rank[a.verdict] || a.pValue - b.pValue || b.month - a.month)[0];

const earliest = (months: readonly JudgedMonth[]): number | null =>
  months.find(({ firstWarningAt }) => firstWarningAt !== null)?.firstWarningAt ?? null;

const lineOf = (
  accountId: string,
  model: string,
  { months, last, lastEvidence }: JudgedAccount,
): ScoreLine => {
  const month = gravest(months);
  const told = month?.told ?? last;
  return {
    accountId,
    score: last.score,
    pathScore: month?.pathScore ?? 0,
    pValue: month?.pValue ?? 1,
    qValue: 1,
    cohort: month?.cohort ?? 'none',
    verdict: month?.verdict ?? 'abstain',
    families: told.families,
    reasons: told.reasons,
    novelty: told.novelty,
    events: month?.evidence.events ?? lastEvidence.events,
    activeDays: month?.evidence.activeDays ?? lastEvidence.activeDays,
    months: months.length,
    firstWarningAt: earliest(months),
    model,
  };
};

/** Lines of a batch, with their q-values; an account's p-value counts once for each of its months. */
export const scoreLines = (
  model: string,
  judged: readonly { readonly accountId: string; readonly account: JudgedAccount }[],
): readonly ScoreLine[] => {
  const lines = judged.map(({ accountId, account }) => lineOf(accountId, model, account));
  const tested = lines.flatMap(({ months }, at) => (months > 0 ? [at] : []));
  const qValues = falseShares(
    tested.map((at) => {
      const { pValue, months } = lines[at] as ScoreLine;
      return Math.min(1, pValue * months);
    }),
  );
  const qOf = new Map(tested.map((at, place) => [at, qValues[place] as number]));
  return lines.map((line, at) => ({ ...line, qValue: qOf.get(at) ?? 1 }));
};
