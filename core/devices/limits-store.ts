import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type Database, writeFailure } from '#core/shared/dynamodb-store.ts';

/** E7: so many in a window of time. */
export interface Limit {
  name: string;
  most: number;
  windowMs: number;
}

/** The window is full, or nobody can say. */
export type TakeRefusal =
  | { status: 'refused'; code: 'slow-down'; retryAfterSeconds: number }
  | { status: 'refused'; code: 'try-again'; reason: 'limits-unread' };

export interface LimitsStore {
  /** Counts one more for the subject: one conditional write. */
  take(limit: Limit, subject: string, now: number): Promise<{ status: 'taken' } | TakeRefusal>;
}

export const limitsStore = (database: Database, TableName: string): LimitsStore => ({
  take: async ({ name, most, windowMs }, subject, now) => {
    const window = Math.floor(now / windowMs);
    try {
      await database.send(
        new UpdateItemCommand({
          TableName,
          Key: { pk: { S: `L#${name}#${subject}` }, sk: { S: String(window) } },
          ConditionExpression: 'attribute_not_exists(n) OR n < :most',
          UpdateExpression: 'ADD n :one SET #ttl = :ttl',
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: {
            ':one': { N: '1' },
            ':most': { N: String(most) },
            ':ttl': { N: String(Math.ceil(((window + 2) * windowMs) / 1_000)) },
          },
        }),
      );
      return { status: 'taken' };
    } catch (error) {
      if (writeFailure(error).status !== 'refused')
        return { status: 'refused', code: 'try-again', reason: 'limits-unread' };
      const retryAfterSeconds = Math.ceil(((window + 1) * windowMs - now) / 1_000);
      return { status: 'refused', code: 'slow-down', retryAfterSeconds };
    }
  },
});
