import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type Database, writeFailure } from '#core/shared/dynamodb-store.ts';
import { type Limit, limitUpdate, retryAfterSeconds } from '#core/shared/limit.ts';

/** The window is full, or nobody can say. */
export type TakeRefusal =
  | { status: 'refused'; code: 'slow-down'; retryAfterSeconds: number }
  | { status: 'refused'; code: 'try-again'; reason: 'limits-unread' };

export interface LimitsStore {
  /** E7. Counts one more for the subject: one conditional write. */
  take(limit: Limit, subject: string, now: number): Promise<{ status: 'taken' } | TakeRefusal>;
}

export const limitsStore = (database: Database, table: string): LimitsStore => ({
  take: async (limit, subject, now) => {
    try {
      await database.send(new UpdateItemCommand(limitUpdate(table, limit, subject, now)));
      return { status: 'taken' };
    } catch (error) {
      if (writeFailure(error).status !== 'refused')
        return { status: 'refused', code: 'try-again', reason: 'limits-unread' };
      return { status: 'refused', code: 'slow-down', retryAfterSeconds: retryAfterSeconds(limit, now) };
    }
  },
});
