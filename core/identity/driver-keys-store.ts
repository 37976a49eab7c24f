import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type Database, writeFailure } from '#core/shared/dynamodb-store.ts';

/** A driver's data key as the key service wrapped it. Its table has no backups: deleted is gone. */
export interface WrappedKey {
  subject: string;
  wrapped: Uint8Array;
}

export const driverKeyKey = (driverId: string) => ({ pk: { S: `KEY#${driverId}` } });

export interface DriverKeysStore {
  find(driverId: string): Promise<WrappedKey | undefined>;
  /** The first one stays: a key that photos may be encrypted with is never replaced. */
  create(driverId: string, key: WrappedKey): Promise<WrappedKey | undefined>;
}

export const driverKeysStore = (database: Database, TableName: string): DriverKeysStore => {
  const find = async (driverId: string): Promise<WrappedKey | undefined> => {
    const { Item } = await database.send(
      new GetItemCommand({ TableName, Key: driverKeyKey(driverId), ConsistentRead: true }),
    );
    return Item && { subject: Item.sj?.S ?? '', wrapped: Item.w?.B ?? new Uint8Array() };
  };
  return {
    find,
    create: async (driverId, { subject, wrapped }) => {
      try {
        await database.send(
          new PutItemCommand({
            TableName,
            Item: { ...driverKeyKey(driverId), sj: { S: subject }, w: { B: wrapped } },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        );
        return { subject, wrapped };
      } catch (error) {
        if (writeFailure(error).status !== 'refused') throw error;
        return find(driverId);
      }
    },
  };
};
