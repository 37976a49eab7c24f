import { columnsOf, type Model } from '#core/detection/model/judge.ts';
import type { AccountLook } from '../accounts/looks.ts';

/** Eligible looks of an account-month with their scores, ascending in time. */
export interface Month {
  readonly month: number;
  readonly looks: readonly { readonly look: AccountLook; readonly score: number }[];
  /** Largest score of all: what people's months are counted by. */
  readonly pathScore: number;
  /** Place of the first look that has it. */
  readonly peak: number;
}

/** Months of one account in which it could be judged. */
export const monthsOf = (model: Model, looks: readonly AccountLook[]): readonly Month[] => {
  const eligible = looks.filter(({ isEligible }) => isEligible);
  return [...Map.groupBy(eligible, ({ month }) => month)].map(([month, own]) => {
    const scored = own.map((look) => ({ look, score: model.trees.score(columnsOf(model, look.row)) }));
    const pathScore = Math.max(...scored.map(({ score }) => score));
    return { month, looks: scored, pathScore, peak: scored.findIndex(({ score }) => score === pathScore) };
  });
};
