import { pValueOf } from '#core/detection/model/calibration.ts';
import {
  comparedWith,
  type Judgement,
  judge,
  type Model,
  type Verdict,
  verdictOf,
} from '#core/detection/model/judge.ts';
import type { AccountLook } from '../accounts/looks.ts';
import { type Month, monthsOf } from './months.ts';

/** What an account-month comes to when it is judged at each of its looks and a warning, once given, stays given. */
export interface JudgedMonth {
  readonly month: number;
  readonly pathScore: number;
  /** Smallest of its looks. */
  readonly pValue: number;
  readonly cohort: string;
  readonly verdict: Verdict;
  /** At the first warning, else where the score is largest. */
  readonly told: Judgement;
  readonly firstWarningAt: number | null;
  readonly evidence: AccountLook['evidence'];
}

const judgeMonth = (model: Model, { month, looks, pathScore, peak }: Month): JudgedMonth => {
  const { calibration } = model.file;
  let path = { score: 0 };
  let least = { pValue: 1, cohort: 'all' };
  let atPeak: Judgement | undefined;
  let warning: { told: Judgement; at: number } | undefined;
  for (const [place, { look, score }] of looks.entries()) {
    const soFar = Math.max(path.score, score);
    const compared = pValueOf(calibration, comparedWith(model, look.evidence), soFar);
    if (compared.pValue < least.pValue || place === 0) least = compared;
    // Only what may be told needs its reasons.
    if (place === peak || (!warning && compared.pValue <= calibration.alpha)) {
      const judged = judge(model, { row: look.row, evidence: look.evidence, path });
      if (place === peak) atPeak = judged;
      if (judged.verdict === 'warn-review') warning ??= { told: judged, at: look.at };
    }
    path = { score: soFar };
  }
  const told = warning?.told ?? (atPeak as Judgement);
  const { alpha } = calibration;
  return {
    month,
    pathScore,
    ...least,
    verdict: warning
      ? 'warn-review'
      : verdictOf({ eligible: true, pValue: least.pValue, families: 0, alpha }),
    told,
    firstWarningAt: warning?.at ?? null,
    evidence: (looks.at(-1) as Month['looks'][number]).look.evidence,
  };
};

/** An account with the months in which it could be judged; none is an abstention. */
export interface JudgedAccount {
  readonly months: readonly JudgedMonth[];
  /** At the last look, on however little. */
  readonly last: Judgement;
  readonly lastEvidence: AccountLook['evidence'];
}

/** Judges an account at all of its looks. `looks` holds every eligible one and the last. */
export const judgeAccount = (model: Model, looks: readonly AccountLook[]): JudgedAccount => {
  const last = looks.at(-1);
  if (!last) throw new RangeError('an account without a look');
  return {
    months: monthsOf(model, looks).map((month) => judgeMonth(model, month)),
    last: judge(model, { row: last.row, evidence: last.evidence, path: { score: 0 } }),
    lastEvidence: last.evidence,
  };
};
