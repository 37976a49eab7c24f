import type { GroupSet } from '#core/detection/activity/groups.ts';
import type { GraphFacts } from '#core/detection/graph/graph-facts.ts';
import type { AccountLook } from '../accounts/looks.ts';
import { type Facts, factsOf, graphOf, valueEdgesOf } from '../accounts/population.ts';
import type { Market } from '../accounts/replay.ts';
import { replayAccounts, type Wanted } from '../accounts/replay-accounts.ts';
import type { Accounts } from '../events/read-accounts.ts';
import { type Parts, partsOf } from '../labels/parts.ts';
import type { Label, Labels } from '../labels/read-labels.ts';
import type { Progress } from '../progress.ts';
import type { Taught } from './fit.ts';
import { wantedForJudging, wantedForTraining, wantedPoorer } from './wanted.ts';

/** Labelled accounts with what their features are measured against. */
export interface Study {
  readonly accounts: Accounts;
  readonly labels: Labels;
  readonly parts: Parts;
  readonly market: Market;
  /** Of the training part. */
  readonly facts: Facts;
  readonly graph: readonly (GraphFacts | undefined)[];
  readonly startProgress: (what: string, total: number) => Progress;
  readonly threads?: number;
}

/** Looks of an account. */
export interface AccountLooks {
  readonly account: number;
  readonly looks: readonly AccountLook[];
}

export const labelOf = ({ accounts, labels }: Study, account: number): Label =>
  labels.get(accounts.names[account] as string) as Label;

export const openStudy = (
  given: Pick<Study, 'accounts' | 'labels' | 'startProgress' | 'threads'>,
  needsTest = false,
): Study => {
  const parts = partsOf(given.accounts.names, given.labels, needsTest);
  const market = { valueEdges: valueEdgesOf(given.accounts, parts.train) };
  const facts = factsOf(given.accounts, parts.train);
  return { ...given, parts, market, facts, graph: graphOf(given.accounts, given.startProgress) };
};

const replayed = async (
  { accounts, ...options }: Study,
  wanted: readonly Wanted[],
): Promise<readonly (readonly AccountLook[])[]> => {
  const found: (readonly AccountLook[])[] = [];
  for await (const looks of replayAccounts(accounts, wanted, options)) found.push(looks);
  return found;
};

/** What the trees are taught: the accounts of the training part and poorer copies of some. */
export const lessonsOf = async (study: Study): Promise<readonly (Taught & { account: number })[]> => {
  const wanted = wantedForTraining(study.accounts.names, study.parts.train);
  const looks = await replayed(study, wanted);
  return wanted.map(({ account, without }, at) => ({
    account,
    looks: looks[at] ?? [],
    isBot: labelOf(study, account).isBot,
    isCopy: without !== 0,
  }));
};

/** Every look that these accounts are judged at, as in a log that lacks some groups. */
export const looksOf = async (
  study: Study,
  indices: readonly number[],
  without: GroupSet = 0,
): Promise<readonly AccountLooks[]> => {
  const looks = await replayed(study, wantedForJudging(indices, without));
  return indices.map((account, at) => ({ account, looks: looks[at] ?? [] }));
};

/** People whom the trees never see, as they are and as poorer logs would have them. */
export interface CalibrationLooks {
  readonly people: readonly AccountLooks[];
  readonly copies: readonly AccountLooks[];
}

export const calibrationLooksOf = async (study: Study): Promise<CalibrationLooks> => {
  const { calibration } = study.parts;
  const copies = await replayed(study, wantedPoorer(study.accounts.names, calibration));
  return {
    people: await looksOf(study, calibration),
    copies: calibration.map((account, at) => ({ account, looks: copies[at] ?? [] })),
  };
};
