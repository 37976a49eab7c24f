import { DeleteItemCommand, PutItemCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { type Database, type Item, queryAll } from '#core/shared/dynamodb-store.ts';

/**
 * What is to be done at a time: one item each, written in the transaction that makes it due, and deleted when it is done.
 * The stream sets a timer for it; whoever sweeps finds what no timer reached.
 */
export interface Due {
  /** In milliseconds since the epoch. */
  at: number;
  /** `draw`: hold it. `confirm`: take back what winners of it have not confirmed. `offer`: offer a reserved block, or pass it on. */
  kind: 'draw' | 'confirm' | 'offer';
  /** Of the draw, or of the block. */
  id: string;
}

export const duePartition = { S: 'DUE' };
const kinds: ReadonlySet<string> = new Set<Due['kind']>(['draw', 'confirm', 'offer']);

const sortKeyOf = ({ at, kind, id }: Due) => `${String(at).padStart(14, '0')}#${kind}#${id}`;
const dueKey = (due: Due): Item => ({ pk: duePartition, sk: { S: sortKeyOf(due) } });

export const toDue = (sortKey: string): Due | undefined => {
  const [at, kind = '', id] = sortKey.split('#');
  return kinds.has(kind) && id !== undefined ? { at: Number(at), kind: kind as Due['kind'], id } : undefined;
};

/** Part of a transaction. Doing it twice leaves one item. */
export const putDue = (TableName: string, due: Due): TransactWriteItem => ({
  Put: { TableName, Item: dueKey(due) },
});

export const dueStore = (database: Database, TableName: string) => ({
  /** What is due until a time, first things first; strongly consistent. */
  until: async (at: number): Promise<Due[]> => {
    const items = await queryAll(database, {
      TableName,
      KeyConditionExpression: 'pk = :due AND sk < :until',
      ExpressionAttributeValues: {
        ':due': duePartition,
        ':until': { S: `${String(at + 1).padStart(14, '0')}` },
      },
    });
    return items.flatMap(({ sk }) => toDue(sk?.S ?? '') ?? []);
  },
  put: async (due: Due): Promise<void> => {
    await database.send(new PutItemCommand({ TableName, Item: dueKey(due) }));
  },
  done: async (due: Due): Promise<void> => {
    await database.send(new DeleteItemCommand({ TableName, Key: dueKey(due) }));
  },
});
export type DueStore = ReturnType<typeof dueStore>;
