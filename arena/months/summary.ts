import { lowerBound, quantile, upperBound } from '../interval.ts';
import { dollarsPerThousandPuzzles } from '../table.ts';

/** What is known of one simulated account after its months, all of it from files. */
export interface AccountMonths {
  accountId: string;
  /** `person`, or the family that works on the account. */
  family: string;
  cohorts: readonly string[];
  /** Milliseconds since the epoch. */
  firstEventAt: number;
  firstWarningAt: number | null;
  /** In which it could be judged; 0 when there was always too little to say. */
  judgedMonths: number;
  reasons: readonly string[];
  /** When it won blocks, whoever claimed them. */
  wonAt: readonly number[];
  challenges: number;
}

/** US dollars, assumptions of ours: a used phone that attests, and a driver's account that somebody rents out. */
export interface Prices {
  phone: number;
  account: number;
}
/** What is not found serves so long, in months; what is found is lost. */
const serviceMonths = 12;

export interface MonthsRow {
  family: string;
  accounts: number;
  warned: number;
  /** Share of accounts that were warned, with its one-sided 95 % lower bound. */
  recall: number;
  recallAtLeast: number;
  /** Days from the first event to the first warning, of the warned. */
  delayMedian?: number;
  delayP90?: number;
  /** Blocks of an account: in the whole time, and until its warning. */
  blocks: number;
  blocksUntilWarning: number;
  dollarsPerBlock?: number;
  dollarsPerBlockWarned?: number;
}

export interface FalseWarnings {
  /** Account-months that could be judged: no other can be warned of. */
  accountMonths: number;
  /** People who never could be judged. */
  abstained: number;
  warned: number;
  rate: number;
  upperBound: number;
  /** Each of them, to be explained. */
  whom: readonly { accountId: string; cohorts: readonly string[]; reasons: readonly string[] }[];
}

const day = 86_400_000;
const monthDays = 30;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const untilWarning = ({ wonAt, firstWarningAt }: AccountMonths) =>
  wonAt.filter((at) => at <= (firstWarningAt ?? Number.POSITIVE_INFINITY)).length;

/** Outlay of the whole family for so many blocks. */
const dollars = (members: readonly AccountMonths[], prices: Prices, days: number, isDefended: boolean) => {
  const kept = days / monthDays / serviceMonths;
  const outlay = members.map(
    ({ firstWarningAt, challenges }) =>
      (prices.phone + prices.account) * (isDefended && firstWarningAt !== null ? 1 : kept) +
      (challenges * dollarsPerThousandPuzzles) / 1_000,
  );
  const blocks = members.map((member) => (isDefended ? untilWarning(member) : member.wonAt.length));
  return mean(blocks) > 0 ? mean(outlay) / mean(blocks) : undefined;
};

/** One row for each family of bots, the one that is found least first. Pure. */
export const monthsRows = (all: readonly AccountMonths[], prices: Prices, days: number): MonthsRow[] =>
  [...Map.groupBy(all, ({ family }) => family)]
    .filter(([family]) => family !== 'person')
    .map(([family, members]) => rowOf(family, members, prices, days))
    .sort((one, other) => one.recall - other.recall);

const rowOf = (
  family: string,
  members: readonly AccountMonths[],
  prices: Prices,
  days: number,
): MonthsRow => {
  const delays = members.flatMap(({ firstEventAt, firstWarningAt }) =>
    firstWarningAt === null ? [] : [(firstWarningAt - firstEventAt) / day],
  );
  const [delayMedian, delayP90] = [quantile(delays, 0.5), quantile(delays, 0.9)];
  const dollarsPerBlock = dollars(members, prices, days, false);
  const dollarsPerBlockWarned = dollars(members, prices, days, true);
  return {
    family,
    accounts: members.length,
    warned: delays.length,
    recall: delays.length / members.length,
    recallAtLeast: lowerBound(delays.length, members.length),
    ...(delayMedian !== undefined && { delayMedian }),
    ...(delayP90 !== undefined && { delayP90 }),
    blocks: mean(members.map(({ wonAt }) => wonAt.length)),
    blocksUntilWarning: mean(members.map(untilWarning)),
    ...(dollarsPerBlock !== undefined && { dollarsPerBlock }),
    ...(dollarsPerBlockWarned !== undefined && { dollarsPerBlockWarned }),
  };
};

/** People who were warned, of the account-months in which people could be judged. Pure. */
export const falseWarnings = (all: readonly AccountMonths[]): FalseWarnings => {
  const people = all.filter(({ family }) => family === 'person');
  const warned = people.filter(({ firstWarningAt }) => firstWarningAt !== null);
  const accountMonths = people.reduce((sum, { judgedMonths }) => sum + judgedMonths, 0);
  return {
    accountMonths,
    abstained: people.filter(({ judgedMonths }) => judgedMonths === 0).length,
    warned: warned.length,
    rate: accountMonths > 0 ? warned.length / accountMonths : 0,
    upperBound: upperBound(warned.length, accountMonths),
    whom: warned.map(({ accountId, cohorts, reasons }) => ({ accountId, cohorts, reasons })),
  };
};
