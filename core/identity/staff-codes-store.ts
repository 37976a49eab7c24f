import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type Database, writeFailure } from '#core/shared/dynamodb-store.ts';
import { secondsOf, staffCodeKey } from './keys.ts';

export interface StaffCode {
  stationId: string;
  /** Who gave it out. */
  by: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export interface StaffCodesStore {
  /** False when there is such a code already. */
  create(code: string, facts: StaffCode): Promise<boolean>;
  /** Who gave it out; whether it still serves, the spending finds out. */
  find(code: string): Promise<StaffCode | undefined>;
}

export const staffCodesStore = (database: Database, TableName: string): StaffCodesStore => ({
  create: async (code, { stationId, by, expiresAt }) => {
    try {
      await database.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...staffCodeKey(code),
            stn: { S: stationId },
            by: { S: by },
            ex: { N: String(expiresAt) },
            ttl: { N: String(secondsOf(expiresAt) + 86_400) },
          },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      );
      return true;
    } catch (error) {
      if (writeFailure(error).status === 'refused') return false;
      throw error;
    }
  },
  find: async (code) => {
    const { Item } = await database.send(
      new GetItemCommand({ TableName, Key: staffCodeKey(code), ConsistentRead: true }),
    );
    return Item && { stationId: Item.stn?.S ?? '', by: Item.by?.S ?? '', expiresAt: Number(Item.ex?.N) };
  },
});
