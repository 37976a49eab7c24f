import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Database, Item } from '#core/shared/dynamodb-store.ts';

/** An item holds 400 KB. */
const chunkBytes = 300_000;
/** Everybody waits for it, and ids do not become smaller by looking longer. */
const quality = 4;

/** What a draw keeps beside its item. */
export type ChunkKind = 'roll' | 'record';
const prefixes = { roll: 'R', record: 'O' } as const satisfies Record<ChunkKind, string>;

/** Something large that one run has written: whoever reads it needs its name, which no other run gives. */
export interface ChunksRef {
  kind: ChunkKind;
  drawId: string;
  name: string;
  count: number;
}

const chunkKey = ({ kind, drawId, name }: Omit<ChunksRef, 'count'>, index: number): Item => ({
  pk: { S: `P#${drawId}` },
  sk: { S: `${prefixes[kind]}#${name}#${index}` },
});

export const chunksStore = (database: Database, TableName: string) => ({
  /** Answers how many there are. Nobody reads them before the item of the draw names them. */
  write: async (ref: Omit<ChunksRef, 'count'>, content: unknown, expiresAt: number): Promise<number> => {
    const bytes = brotliCompressSync(JSON.stringify(content), {
      params: { [constants.BROTLI_PARAM_QUALITY]: quality },
    });
    const count = Math.max(1, Math.ceil(bytes.length / chunkBytes));
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        database.send(
          new PutItemCommand({
            TableName,
            Item: {
              ...chunkKey(ref, index),
              br: { B: bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes) },
              ttl: { N: String(Math.ceil(expiresAt / 1_000)) },
            },
          }),
        ),
      ),
    );
    return count;
  },
  read: async (ref: ChunksRef): Promise<unknown> => {
    const parts = await Promise.all(
      Array.from({ length: ref.count }, async (_, index) => {
        const { Item } = await database.send(
          new GetItemCommand({ TableName, Key: chunkKey(ref, index), ConsistentRead: true }),
        );
        if (!Item?.br?.B)
          throw new Error(`part ${index} of the ${ref.kind} of draw ${ref.drawId} is missing`);
        return Buffer.from(Item.br.B);
      }),
    );
    return JSON.parse(brotliDecompressSync(Buffer.concat(parts)).toString());
  },
});
