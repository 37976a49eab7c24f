import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  type Database,
  type Item,
  partitionQuery,
  queryAll,
  writeFailure,
} from '#core/shared/dynamodb-store.ts';
import { releaseKey, releasesPartition } from '../findings/keys.ts';
import type { StoredRelease } from './stored-release.ts';

export interface ReleasesStore {
  /** All that ever were, in no order. */
  list(): Promise<StoredRelease[]>;
  find(releaseId: string): Promise<StoredRelease | undefined>;
  /** One write on the revision that was read. */
  write(stored: StoredRelease): Promise<'written' | 'overtaken'>;
}

/** `bound` is the stage's: what a release has to reach changes with it. */
export const releasesStore = (database: Database, TableName: string, bound: number): ReleasesStore => {
  const toStored = ({ d, rv }: Item): StoredRelease => {
    const stored = JSON.parse(d?.S ?? '{}') as Omit<StoredRelease, 'revision'>;
    return { ...stored, release: { ...stored.release, bound }, revision: Number(rv?.N) };
  };
  return {
    list: async () => (await queryAll(database, partitionQuery(TableName, releasesPartition))).map(toStored),
    find: async (releaseId) => {
      const { Item } = await database.send(
        new GetItemCommand({ TableName, Key: releaseKey(releaseId), ConsistentRead: true }),
      );
      return Item && toStored(Item);
    },
    write: async ({ revision, ...stored }) => {
      try {
        await database.send(
          new PutItemCommand({
            TableName,
            Item: {
              ...releaseKey(stored.release.id),
              d: { S: JSON.stringify(stored) },
              rv: { N: String(revision + 1) },
            },
            ConditionExpression: revision === 0 ? 'attribute_not_exists(pk)' : 'rv = :rv',
            ...(revision > 0 && { ExpressionAttributeValues: { ':rv': { N: String(revision) } } }),
          }),
        );
        return 'written';
      } catch (error) {
        if (writeFailure(error).status === 'unanswered') throw error;
        return 'overtaken';
      }
    },
  };
};
