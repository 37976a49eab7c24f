import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Database } from '#core/shared/dynamodb-store.ts';

/** Whose an account is, from the table of pseudonyms; nobody's once the link has ended. */
export const ownersStore =
  (database: Database, TableName: string, now: () => number) =>
  async (accountKey: string): Promise<string | undefined> => {
    const { Item } = await database.send(
      new GetItemCommand({ TableName, Key: { pk: { S: `KEY#${accountKey}` } }, ConsistentRead: true }),
    );
    return Item && Number(Item.ttl?.N) > now() / 1_000 ? Item.d?.S : undefined;
  };
