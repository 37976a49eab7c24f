import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type Database, writeFailure } from '#core/shared/dynamodb-store.ts';
import { secondsOf, staffCodeKey } from './keys.ts';

export interface StaffCode {
  stationId: string;
  /** Who gave it out, and for whom. */
  by: string;
  driverId: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export interface StaffCodesStore {
  /** False when there is such a code already. */
  create(code: string, facts: StaffCode): Promise<boolean>;
  /** One conditional write: spent for this use by this driver at this station; for the same use again it is no second one. */
  spend(
    code: string,
    by: { driverId: string; stationId: string; use: string },
    now: number,
  ): Promise<boolean>;
  /** Who gave it out; whether it still serves, the spending finds out. */
  find(code: string): Promise<StaffCode | undefined>;
}

export const staffCodesStore = (
  database: Database,
  TableName: string,
  recordRetentionDays: number,
): StaffCodesStore => ({
  spend: async (code, { driverId, stationId, use }, now) => {
    try {
      await database.send(
        new UpdateItemCommand({
          TableName,
          Key: staffCodeKey(code),
          ConditionExpression:
            '(attribute_not_exists(usedBy) OR usedFor = :use) AND ex > :now AND stn = :stn AND dr = :driver',
          // Kept as the record of whose word it was.
          UpdateExpression: 'SET usedBy = :driver, usedFor = :use, #ttl = :ttl',
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: {
            ':use': { S: use },
            ':now': { N: String(now) },
            ':stn': { S: stationId },
            ':driver': { S: driverId },
            ':ttl': { N: String(secondsOf(now) + recordRetentionDays * 86_400) },
          },
        }),
      );
      return true;
    } catch (error) {
      if (writeFailure(error).status === 'refused') return false;
      throw error;
    }
  },
  create: async (code, { stationId, by, driverId, expiresAt }) => {
    try {
      await database.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...staffCodeKey(code),
            stn: { S: stationId },
            by: { S: by },
            dr: { S: driverId },
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
    return (
      Item && {
        stationId: Item.stn?.S ?? '',
        by: Item.by?.S ?? '',
        driverId: Item.dr?.S ?? '',
        expiresAt: Number(Item.ex?.N),
      }
    );
  },
});
