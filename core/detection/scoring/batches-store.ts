import { GetItemCommand, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import {
  type Database,
  type Item,
  partitionQuery,
  queryAll,
  writeFailure,
} from '#core/shared/dynamodb-store.ts';
import { newsPartition, newsShards } from '../keys.ts';
import type { Batch, Part } from './batch.ts';
import { batchKey, batchPartition, lookPartition, partKey, partPrefix, plannerKey } from './keys.ts';

/** How far was planned, and what is not decided about. */
export interface PlannerState {
  /** The hour up to which accounts were read, as `hourOf` writes it. */
  hour?: string;
  /** Batches that are not closed, the oldest first. */
  open: readonly Batch[];
  /** Of the item: 0 before the first. */
  version: number;
}

export interface BatchesStore {
  readPlanner(): Promise<PlannerState>;
  /** One write on the version that was read. */
  writePlanner(state: PlannerState): Promise<'written' | 'overtaken'>;
  /** Accounts of which something arrived in that hour, and those to be looked at in it. */
  accountsOf(hour: string): Promise<string[]>;
  open(batch: Batch): Promise<void>;
  /** What a message came to; the same message again writes the same. `closed`: the batch was decided about without it. */
  putPart(batchId: string, part: string, content: Part, now: number): Promise<'written' | 'closed'>;
  /** By the name of the message. */
  parts(batchId: string): Promise<Map<string, Part>>;
  /** From here on no part is taken. */
  close(batch: Batch): Promise<void>;
}

const ttlOf = (at: number) => ({ N: String(Math.ceil(at / 1_000) + 30 * 86_400) });

export const batchesStore = (database: Database, TableName: string): BatchesStore => {
  const putBatch = (batch: Batch, state: 'open' | 'closed') =>
    database.send(
      new PutItemCommand({
        TableName,
        Item: {
          ...batchKey(batch.batchId),
          d: { S: JSON.stringify(batch) },
          st: { S: state },
          ttl: ttlOf(batch.openedAt),
        },
      }),
    );
  return {
    readPlanner: async () => {
      const { Item } = await database.send(
        new GetItemCommand({ TableName, Key: plannerKey, ConsistentRead: true }),
      );
      if (!Item) return { open: [], version: 0 };
      const kept = JSON.parse(Item.d?.S ?? '{}') as Omit<PlannerState, 'version'>;
      return { ...kept, version: Number(Item.vn?.N) };
    },
    writePlanner: async ({ version, ...kept }) => {
      try {
        await database.send(
          new PutItemCommand({
            TableName,
            Item: { ...plannerKey, d: { S: JSON.stringify(kept) }, vn: { N: String(version + 1) } },
            ConditionExpression: version === 0 ? 'attribute_not_exists(pk)' : 'vn = :version',
            ...(version > 0 && { ExpressionAttributeValues: { ':version': { N: String(version) } } }),
          }),
        );
        return 'written';
      } catch (error) {
        if (writeFailure(error).status === 'unanswered') throw error;
        return 'overtaken';
      }
    },
    accountsOf: async (hour) => {
      const news = Array.from({ length: newsShards }, (_, shard) => newsPartition(hour, shard));
      const partitions = [...news, lookPartition(hour)];
      const pages = await Promise.all(
        partitions.map((pk) => queryAll(database, partitionQuery(TableName, pk))),
      );
      return pages.flat().map(({ sk }) => sk?.S ?? '');
    },
    open: async (batch) => {
      await putBatch(batch, 'open');
    },
    putPart: async (batchId, part, content, now) => {
      const item: Item = {
        ...partKey(batchId, part),
        d: { S: JSON.stringify(content) },
        ttl: ttlOf(now),
      };
      try {
        await database.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              {
                ConditionCheck: {
                  TableName,
                  Key: batchKey(batchId),
                  ConditionExpression: 'st = :open',
                  ExpressionAttributeValues: { ':open': { S: 'open' } },
                },
              },
              { Put: { TableName, Item: item } },
            ],
          }),
        );
        return 'written';
      } catch (error) {
        if (writeFailure(error).status !== 'refused') throw error;
        return 'closed';
      }
    },
    parts: async (batchId) => {
      const items = await queryAll(database, {
        TableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
        ExpressionAttributeValues: { ':pk': batchPartition(batchId), ':sk': { S: partPrefix } },
      });
      return new Map(
        items.map(({ sk, d }) => [(sk?.S ?? '').slice(partPrefix.length), JSON.parse(d?.S ?? '{}') as Part]),
      );
    },
    close: async (batch) => {
      await putBatch(batch, 'closed');
    },
  };
};
