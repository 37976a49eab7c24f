import { accountPartition } from '../keys.ts';

/** Where what of the graph lies in the detection table. */

/** Accounts that carry a strong identifier. */
export const identifierPartition = (name: string) => ({ S: `G#${name}` });
export const identifierKey = (name: string, accountKey: string) => ({
  pk: identifierPartition(name),
  sk: { S: accountKey },
});
/** The strong identifiers of an account, apart from its log: those who meet it read no more than them. */
export const graphKey = (accountKey: string) => ({ pk: accountPartition(accountKey), sk: { S: 'GRAPH' } });
