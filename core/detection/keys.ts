import type { Item } from '#core/shared/dynamodb-store.ts';

/** Where what lies in the detection table. Accounts are named by their pseudonym. */
export const accountPartition = (accountKey: string) => ({ S: `A#${accountKey}` });

/** Events of an account that came together, by the hour of their arrival. */
export const chunkKey = (accountKey: string, hour: string, hash: string): Item => ({
  pk: accountPartition(accountKey),
  sk: { S: `C#${hour}#${hash}` },
});

/** Lists of accounts with news, so that several look through them side by side. */
export const newsShards = 8;
/** Pseudonyms are random: their first byte spreads them evenly. */
const shardOf = (accountKey: string): number => (Buffer.from(accountKey, 'base64url')[0] ?? 0) % newsShards;
export const newsPartition = (hour: string, shard: number) => ({ S: `NEWS#${hour}#${shard}` });
/** That something of an account arrived in an hour. */
export const newsKey = (accountKey: string, hour: string): Item => ({
  pk: newsPartition(hour, shardOf(accountKey)),
  sk: { S: accountKey },
});

/** An hour as text that sorts as a time: `2027-01-04T08`. */
export const hourOf = (at: number): string => new Date(at).toISOString().slice(0, 13);
