import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { type Database, type Item, partitionQuery } from '#core/shared/dynamodb-store.ts';
import { waitingPartition } from './keys.ts';

/** A driver who asked for a person. */
export interface WaitingDriver {
  driverId: string;
  challengeId: string;
  blockId: string;
  /** Milliseconds since the epoch. */
  askedAt: number;
  reasons: readonly string[];
}

const pageSize = 50;

/** Oldest first. `after` is the key of the last one of the page before. */
export const listWaiting = async (
  database: Database,
  table: string,
  after?: string,
): Promise<{ waiting: WaitingDriver[]; next?: string }> => {
  const page: { Items?: Item[]; LastEvaluatedKey?: Item } = await database.send(
    new QueryCommand({
      ...partitionQuery(table, waitingPartition),
      Limit: pageSize,
      ...(after !== undefined && { ExclusiveStartKey: { pk: waitingPartition, sk: { S: after } } }),
    }),
  );
  const next = page.LastEvaluatedKey?.sk?.S;
  return {
    waiting: (page.Items ?? []).map(({ d }) => JSON.parse(d?.S ?? '{}') as WaitingDriver),
    ...(next !== undefined && { next }),
  };
};
