import { GetItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { type Database, type Item, writeFailure } from '#core/shared/dynamodb-store.ts';
import { deviceKey, unlockKey } from './keys.ts';

/** A key that a phone uses when its holder has shown a face, a finger or a code. */
export interface UnlockKey {
  /** What the phone finds it by. */
  credentialId: string;
  /** Its point on P-256: 32 bytes each, in base64url. */
  x: string;
  y: string;
}

export interface UnlockKeysStore {
  /** One conditional write, on the phone being enrolled. A key that it had before is replaced. */
  put(
    phone: { accountId: string; deviceId: string },
    key: UnlockKey,
  ): Promise<'done' | 'not-enrolled' | 'unanswered'>;
  /** Strongly consistent: a phone that was removed or replaced has none. */
  find(accountId: string, deviceId: string): Promise<UnlockKey | undefined>;
}

export const unlockKeysStore = (database: Database, TableName: string): UnlockKeysStore => ({
  put: async ({ accountId, deviceId }, { credentialId, x, y }) => {
    const key = { id: { S: credentialId }, x: { S: x }, y: { S: y } };
    const write = new TransactWriteItemsCommand({
      TransactItems: [
        {
          ConditionCheck: {
            TableName,
            Key: deviceKey(accountId, deviceId),
            // A phone that has ended is kept for a time, and then it has an expiry.
            ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(#ttl)',
            ExpressionAttributeNames: { '#ttl': 'ttl' },
          },
        },
        { Put: { TableName, Item: { ...unlockKey(accountId, deviceId), ...key } } },
      ],
    });
    try {
      await database.send(write);
      return 'done';
    } catch (error) {
      return writeFailure(error).status === 'refused' ? 'not-enrolled' : 'unanswered';
    }
  },
  find: async (accountId, deviceId) => {
    const { Item: item }: { Item?: Item } = await database.send(
      new GetItemCommand({ TableName, Key: unlockKey(accountId, deviceId), ConsistentRead: true }),
    );
    const { id, x, y } = item ?? {};
    return id?.S && x?.S && y?.S ? { credentialId: id.S, x: x.S, y: y.S } : undefined;
  },
});
