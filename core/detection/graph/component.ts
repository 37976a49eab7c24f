import { mostOnNetwork } from './company.ts';

/** Who is met by what, whatever it is kept in. */
export interface Neighbours {
  /** Accounts that carry an identifier; more than `mostCarriers` need not be told one by one. */
  accountsOf(identifier: string): Promise<readonly string[]>;
  identifiersOf(accountKey: string): Promise<Iterable<string>>;
}

/** What more accounts than this carry is a value that an app fills in, not a phone. */
export const mostCarriers = mostOnNetwork;
/** Nothing more follows from a larger component. */
export const mostMet = 32;
const mostReads = 100;

/**
 * How many accounts share strong identifiers with this one, over any number of others: a walk breadth first from its own
 * identifiers. Somebody alone costs a read for each of them, each account that is met one more and those of what is new
 * about it. Ends at 32 accounts, and at 100 reads with those that were met by then: never more than there are.
 */
export const componentOf = async (
  { accountsOf, identifiersOf }: Neighbours,
  accountKey: string,
  own: Iterable<string>,
): Promise<number> => {
  const met = new Set([accountKey]);
  const seen = new Set<string>();
  let reads = 0;
  // A set hands out what is added while it is walked.
  for (const account of met) {
    if (account !== accountKey) reads += 1;
    if (reads > mostReads) return met.size;
    for (const identifier of account === accountKey ? own : await identifiersOf(account)) {
      if (seen.has(identifier)) continue;
      seen.add(identifier);
      reads += 1;
      if (reads > mostReads) return met.size;
      const carriers = await accountsOf(identifier);
      if (carriers.length > mostCarriers) continue;
      for (const carrier of carriers) met.add(carrier);
      if (met.size >= mostMet) return mostMet;
    }
  }
  return met.size;
};
