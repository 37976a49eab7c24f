import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type Database, queryAll } from '#core/shared/dynamodb-store.ts';
import { driverPartition, secondsOf, viewKey, viewPrefix } from './keys.ts';

/** Somebody looked at a driver's photos: who, when, why and how. */
export interface View {
  viewId: string;
  checkId: string;
  by: string;
  rationale: string;
  at: number;
  blurred: boolean;
}

export interface ViewsStore {
  /** Before anything is shown. */
  record(driverId: string, view: View): Promise<void>;
  list(driverId: string): Promise<View[]>;
}

export const viewsStore = (
  database: Database,
  TableName: string,
  recordRetentionDays: number,
): ViewsStore => ({
  record: async (driverId, view) => {
    await database.send(
      new PutItemCommand({
        TableName,
        Item: {
          ...viewKey(driverId, view.viewId),
          d: { S: JSON.stringify(view) },
          ttl: { N: String(secondsOf(view.at) + recordRetentionDays * 86_400) },
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  },
  list: async (driverId) => {
    const items = await queryAll(database, {
      TableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': driverPartition(driverId), ':sk': { S: viewPrefix } },
    });
    return items.map(({ d }) => JSON.parse(d?.S ?? '{}') as View);
  },
});
