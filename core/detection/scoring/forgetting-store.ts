import { type Item, partitionQuery, queryAll } from '#core/shared/dynamodb-store.ts';
import { dueKey, evidencePartition, findingsKey, ownEvidencePrefix } from '../findings/keys.ts';
import { graphKey, identifierKey } from '../graph/keys.ts';
import { batchWriter, type ChunksDeps } from '../ingest/chunks-store.ts';
import { accountPartition } from '../keys.ts';

export interface ForgettingStore {
  /** Deletes everything that the detection table has of an account, its evidence among it. */
  forget(accountKey: string): Promise<void>;
}

/**
 * What lies elsewhere is named in the account's own partition, which goes last: begun again it still finds what is left.
 * Lists of hours and batches keep the account's random name until they end, within 30 days, and nothing that it did.
 */
export const forgettingStore = (deps: ChunksDeps): ForgettingStore => {
  const { database, table } = deps;
  const write = batchWriter(deps);
  const remove = (keys: readonly Item[]) =>
    write(keys.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } as Item } })));
  const rowsOf = (pk: { S: string }, ...attributes: readonly string[]) =>
    queryAll(database, {
      ...partitionQuery(table, pk),
      ProjectionExpression: ['pk', 'sk', ...attributes].join(', '),
    });

  /** The finding with its record and verdicts, and its places in the lists. */
  const evidenceRows = async (evidenceId: string, foundAt: number): Promise<Item[]> => {
    const rows = await rowsOf(evidencePartition(evidenceId), 'em');
    const due = rows.flatMap(({ em }) => (em?.N === undefined ? [] : [dueKey(Number(em.N), evidenceId)]));
    return [...rows, ...due, findingsKey(foundAt, evidenceId)];
  };

  return {
    forget: async (accountKey) => {
      const own = await rowsOf(accountPartition(accountKey), 'fo', 'ids');
      for (const { sk, fo, ids } of own) {
        if (sk?.S?.startsWith(ownEvidencePrefix))
          await remove(await evidenceRows(sk.S.slice(ownEvidencePrefix.length), Number(fo?.N)));
        if (sk?.S === graphKey(accountKey).sk.S)
          await remove(
            Object.keys(JSON.parse(ids?.S ?? '{}')).map((name) => identifierKey(name, accountKey)),
          );
      }
      await remove(own);
    },
  };
};
