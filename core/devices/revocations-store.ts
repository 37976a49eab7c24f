import { type Database, type Item, queryAll } from '#core/shared/dynamodb-store.ts';
import { tokenLifetime } from './device-token.ts';
import { revokedPartition, sortableTime } from './keys.ts';

/** What of an account's sessions is over. */
export interface Revoked {
  /** Tokens of an earlier epoch are dead; all are, while the account is restricted. */
  epoch: number;
  /** Who signed in before it has to do so again, in milliseconds since the epoch. */
  loginsSince: number;
}

/** By account: everybody who ended sessions lately or is restricted. */
export type RevokedEpochs = ReadonlyMap<string, Revoked>;

/** No token is of it, nor of a later one. */
export const restricted = Number.POSITIVE_INFINITY;

/** Longer than any token lives: what ended before has no token left. The rest is for clocks that differ. */
const window = (tokenLifetime + 60) * 1_000;
/** As long as an access token of the identity provider lives (lib/accounts.ts). */
const loginLifetime = 3_600_000;

/**
 * One entry for each time that sessions were ended. It lies at the time from which its window counts: with the logins
 * of before, when the last token of these is over.
 */
export const revocationItem = (accountId: string, epoch: number, at: number, loginsSince?: number): Item => {
  const until = loginsSince === undefined ? at : at + loginLifetime;
  return {
    pk: revokedPartition,
    sk: { S: `${sortableTime(until)}#${accountId}` },
    ow: { S: accountId },
    ep: { N: String(epoch) },
    ...(loginsSince !== undefined && { ls: { N: String(loginsSince) } }),
    ttl: { N: String(Math.floor((until + 2 * window) / 1_000)) },
  };
};

/** Behind every time: read with all that ended lately, for as long as it is there. */
export const restrictedKey = (accountId: string) => ({
  pk: revokedPartition,
  sk: { S: `RESTRICTED#${accountId}` },
});
export const restrictedItem = (accountId: string): Item => ({
  ...restrictedKey(accountId),
  ow: { S: accountId },
});

export const readRevokedEpochs = async (
  database: Database,
  table: string,
  now: number,
): Promise<RevokedEpochs> => {
  const ended = await queryAll(database, {
    TableName: table,
    KeyConditionExpression: 'pk = :pk AND sk > :since',
    ExpressionAttributeValues: { ':pk': revokedPartition, ':since': { S: sortableTime(now - window) } },
  });
  const revoked = new Map<string, Revoked>();
  for (const { ow, ep, ls } of ended) {
    const accountId = ow?.S ?? '';
    const known = revoked.get(accountId);
    revoked.set(accountId, {
      epoch: Math.max(Number(ep?.N ?? restricted), known?.epoch ?? 0),
      loginsSince: Math.max(Number(ls?.N ?? 0), known?.loginsSince ?? 0),
    });
  }
  return revoked;
};
