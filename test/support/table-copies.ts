import { BatchWriteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Database, Item } from '#core/shared/dynamodb-store.ts';
import type { Engine } from './engine.ts';

/** Everything that is in a table. */
export const itemsOf = async ({ client }: Engine, TableName: string): Promise<Item[]> => {
  const items: Item[] = [];
  let ExclusiveStartKey: Item | undefined;
  do {
    const page: { Items?: Item[]; LastEvaluatedKey?: Item } = await (client as Database).send(
      new ScanCommand({ TableName, ConsistentRead: true, ...(ExclusiveStartKey && { ExclusiveStartKey }) }),
    );
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return items;
};

const writeAll = async ({ client }: Engine, table: string, requests: object[]) => {
  // DynamoDB writes at most 25 in one call.
  for (let from = 0; from < requests.length; from += 25)
    await client.send(
      new BatchWriteItemCommand({ RequestItems: { [table]: requests.slice(from, from + 25) as never } }),
    );
};
export const copyItems = (engine: Engine, table: string, items: readonly Item[]) =>
  writeAll(
    engine,
    table,
    items.map((Item) => ({ PutRequest: { Item } })),
  );
/** Empties a table that has a sort key. */
export const deleteItems = async (engine: Engine, table: string) => {
  const items = await itemsOf(engine, table);
  const requests = items.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } }));
  await writeAll(engine, table, requests);
};
