import { DeleteItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { type Database, writeFailure } from '#core/shared/dynamodb-store.ts';

/** A driver's data key as the key service wrapped it. Its table has no backups: deleted is gone. */
export interface WrappedKey {
  subject: string;
  wrapped: Uint8Array;
}

export const driverKeyKey = (driverId: string) => ({ pk: { S: `KEY#${driverId}` } });
/** The first one stays: a key that photos may be encrypted with is never replaced. */
export const driverKeyPut = (TableName: string, driverId: string, { subject, wrapped }: WrappedKey) => ({
  Put: {
    TableName,
    Item: { ...driverKeyKey(driverId), sj: { S: subject }, w: { B: wrapped } },
    ConditionExpression: 'attribute_not_exists(pk)',
  },
});
/** On the condition that there is one, or that there is none, as it was found. */
export const driverKeyDelete = (TableName: string, driverId: string, exists: boolean) => ({
  Delete: {
    TableName,
    Key: driverKeyKey(driverId),
    ConditionExpression: exists ? 'attribute_exists(pk)' : 'attribute_not_exists(pk)',
  },
});

export interface DriverKeysStore {
  find(driverId: string): Promise<WrappedKey | undefined>;
  /** Of this subject alone: one that the driver began anew with stays. */
  destroy(driverId: string, subject: string): Promise<void>;
}

export const driverKeysStore = (database: Database, TableName: string): DriverKeysStore => ({
  find: async (driverId) => {
    const { Item } = await database.send(
      new GetItemCommand({ TableName, Key: driverKeyKey(driverId), ConsistentRead: true }),
    );
    return Item && { subject: Item.sj?.S ?? '', wrapped: Item.w?.B ?? new Uint8Array() };
  },
  destroy: async (driverId, subject) => {
    try {
      await database.send(
        new DeleteItemCommand({
          TableName,
          Key: driverKeyKey(driverId),
          ConditionExpression: 'sj = :sj',
          ExpressionAttributeValues: { ':sj': { S: subject } },
        }),
      );
    } catch (error) {
      if (writeFailure(error).status !== 'refused') throw error;
    }
  },
});
