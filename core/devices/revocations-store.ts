import { type Database, type Item, queryAll } from '#core/shared/dynamodb-store.ts';
import { tokenLifetime } from './device-token.ts';
import { revokedPartition, sortableTime } from './keys.ts';

/** The lowest epoch by account whose tokens still live, for every account that ended sessions lately. */
export type RevokedEpochs = ReadonlyMap<string, number>;

/** Longer than any token lives: what ended before has no token left. The rest is for clocks that differ. */
const window = (tokenLifetime + 60) * 1_000;

/** One entry for each time that sessions were ended. */
export const revocationItem = (accountId: string, epoch: number, at: number): Item => ({
  pk: revokedPartition,
  sk: { S: `${sortableTime(at)}#${accountId}` },
  ow: { S: accountId },
  ep: { N: String(epoch) },
  ttl: { N: String(Math.floor((at + 2 * window) / 1_000)) },
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
  const epochs = new Map<string, number>();
  for (const { ow, ep } of ended) {
    const accountId = ow?.S ?? '';
    epochs.set(accountId, Math.max(Number(ep?.N), epochs.get(accountId) ?? 0));
  }
  return epochs;
};
