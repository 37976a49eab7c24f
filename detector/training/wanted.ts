import { allGroups, type GroupSet, optionalGroups } from '#core/detection/activity/groups.ts';
import { hashId } from '#core/detection/activity/hash.ts';
import type { Wanted } from '../accounts/replay-accounts.ts';

/** Share of the accounts that are taught a second time as a poorer log would have them. */
const blankedShare = 0.5;
/** A copy counts less than what was seen. */
export const copyWeight = 0.5;
/** Looks below the evidence of a warning count less. */
export const earlyWeight = 0.3;

/**
 * Which groups an account's copy lacks, by its name: one in half of the copies, each with an even chance in the others,
 * all of them in one of ten. People and bots alike, so that absence itself says nothing.
 */
const blankFor = (name: string): GroupSet => {
  const lot = hashId(`blank ${name}`);
  if (lot % 10 === 0) return allGroups;
  return lot % 2 === 0
    ? 1 << (Math.floor(lot / 10) % optionalGroups.length)
    : Math.floor(lot / 16) & allGroups;
};

/** What the trees are taught from: every account, and poorer copies of some. */
export const wantedForTraining = (names: readonly string[], indices: readonly number[]): readonly Wanted[] =>
  indices.flatMap((account) => {
    const name = names[account] as string;
    const seen: Wanted = { account, which: 'chosen', without: 0 };
    const isCopied = hashId(`copy ${name}`) / 2 ** 53 < blankedShare;
    const without = isCopied ? blankFor(name) : 0;
    return without === 0 ? [seen] : [seen, { ...seen, without }];
  });

/** Poorer copies of all of these: what an account that lacks groups is compared with. */
export const wantedPoorer = (names: readonly string[], indices: readonly number[]): readonly Wanted[] =>
  indices.map((account) => ({
    account,
    which: 'all',
    without: blankFor(names[account] as string) || allGroups,
  }));

export const wantedForJudging = (indices: readonly number[], without: GroupSet = 0): readonly Wanted[] =>
  indices.map((account) => ({ account, which: 'all', without }));
