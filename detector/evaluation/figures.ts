import type { Model } from '#core/detection/model/judge.ts';
import { type JudgedAccount, type JudgedMonth, judgeAccount } from '../scoring/judge-account.ts';
import { smoothP } from '../scoring/smooth-p.ts';
import { ascending, quantileOf } from '../statistics/order.ts';
import { type Share, shareOf } from '../statistics/share.ts';
import type { AccountLooks } from '../training/study.ts';
import { peopleFor } from '../training/train-model.ts';

/** The two rates that recall is reported at. */
export const rates = [0.001, 0.01] as const;

export interface Judged {
  readonly account: number;
  readonly judged: JudgedAccount;
  readonly firstAt: number;
}

export const judgeAll = (
  model: Model,
  all: readonly AccountLooks[],
  firstAtOf: (account: number) => number,
): readonly Judged[] =>
  all.flatMap(({ account, looks }) =>
    looks.length === 0 ? [] : [{ account, judged: judgeAccount(model, looks), firstAt: firstAtOf(account) }],
  );

/** How some accounts fare: of bots it is recall, of people false alarms. */
export interface Figures {
  readonly accounts: number;
  /** Accounts without a single eligible look. */
  readonly abstained: number;
  /** Account-months with a p-value of at most 0.001 and 0.01; null where too few people stand for such a p-value. */
  readonly atRates: readonly (Share | null)[];
  /** With a warning: p at most alpha and two families. */
  readonly warned: Share;
  /** Days from the account's first event to its first warning; null when there is none. */
  readonly delayMedian: number | null;
  readonly delayP90: number | null;
}

const day = 86_400_000;

const monthsIn = (all: readonly Judged[]): readonly JudgedMonth[] =>
  all.flatMap(({ judged }) => judged.months);

const delaysOf = (all: readonly Judged[]): readonly number[] =>
  ascending(
    all.flatMap(({ judged, firstAt }) => {
      const at = judged.months.find(({ firstWarningAt }) => firstWarningAt !== null)?.firstWarningAt;
      return at ? [(at - firstAt) / day] : [];
    }),
  );

const orNull = (value: number) => (Number.isNaN(value) ? null : Math.round(10 * value) / 10);

export const figuresOf = ({ file }: Model, all: readonly Judged[]): Figures => {
  const months = monthsIn(all);
  const people = file.calibration.cohorts.all?.length ?? 0;
  const delays = delaysOf(all);
  const count = (holds: (month: JudgedMonth) => boolean) =>
    shareOf(months.filter(holds).length, months.length);
  return {
    accounts: all.length,
    abstained: all.filter(({ judged }) => judged.months.length === 0).length,
    atRates: rates.map((rate) => (peopleFor(rate) > people ? null : count(({ pValue }) => pValue <= rate))),
    warned: count(({ verdict }) => verdict === 'warn-review'),
    delayMedian: orNull(quantileOf(delays, 0.5)),
    delayP90: orNull(quantileOf(delays, 0.9)),
  };
};

/** People's p-values against everybody, one for each account-month, with ties by lot: uniform if all are of a kind. */
export const smoothPValues = (
  { file }: Model,
  all: readonly Judged[],
  lot: () => number,
): readonly number[] =>
  monthsIn(all).map(({ pathScore }) => smoothP(file.calibration.cohorts.all ?? [], pathScore, lot()));
