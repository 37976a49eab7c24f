import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress } from 'node:zlib';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type Database, writeFailure } from '#core/shared/dynamodb-store.ts';
import type { Block } from './block.ts';

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

/** A block as the feed shows it. */
export type OpenBlock = Pick<
  Block,
  | 'blockId'
  | 'stationId'
  | 'version'
  | 'startsAt'
  | 'endsAt'
  | 'opensAt'
  | 'amount'
  | 'currency'
  | 'mode'
  | 'drawId'
  | 'closesAt'
  | 'commitment'
>;

/** All open blocks of a station at one moment. `seq` grows with every change. */
export interface Snapshot {
  stationId: string;
  seq: number;
  blocks: readonly OpenBlock[];
}

export interface FeedStore {
  /** Strongly consistent: what a successor is made from. */
  read(stationId: string): Promise<Snapshot>;
  /** At half the price, and some milliseconds old at times: what drivers are shown. */
  glance(stationId: string): Promise<Snapshot>;
  /** Writes the successor of what was read; `overtaken` if another writer came first. */
  write(snapshot: Snapshot): Promise<'written' | 'overtaken'>;
}

type Plain = [string, number, number, number, number, number, string, OpenBlock['mode']];
/** With the id, the close and the commitment of its draw. */
type Row = Plain | [...Plain, string, number, string];

const toRow = (block: OpenBlock): Row => {
  const { drawId, closesAt, commitment } = block;
  const plain: Plain = [
    block.blockId,
    block.version,
    block.startsAt,
    block.endsAt,
    block.opensAt,
    block.amount,
    block.currency,
    block.mode,
  ];
  return drawId !== undefined && closesAt !== undefined
    ? [...plain, drawId, closesAt, commitment ?? '']
    : plain;
};

const toOpenBlock = (stationId: string, row: Row): OpenBlock => {
  const [blockId, version, startsAt, endsAt, opensAt, amount, currency, mode, drawId, closesAt, commitment] =
    row;
  return {
    ...{ stationId, blockId, version, startsAt, endsAt, opensAt, amount, currency, mode },
    ...(drawId !== undefined && closesAt !== undefined && commitment !== undefined
      ? { drawId, closesAt, commitment }
      : {}),
  };
};

/** One item per station: brotli over rows, so that 1,000 offers stay far below the item limit of 400 KB. */
export const feedStore = (database: Database, table: string): FeedStore => {
  const load = async (stationId: string, ConsistentRead: boolean): Promise<Snapshot> => {
    const { Item } = await database.send(
      new GetItemCommand({ TableName: table, Key: { pk: { S: `S#${stationId}` } }, ConsistentRead }),
    );
    if (!Item) return { stationId, seq: 0, blocks: [] };
    const rows: Row[] = JSON.parse((await decompress(Item.br?.B as Uint8Array)).toString());
    return {
      stationId,
      seq: Number(Item.seq?.N),
      blocks: rows.map((row) => toOpenBlock(stationId, row)),
    };
  };
  return {
    read: (stationId) => load(stationId, true),
    glance: (stationId) => load(stationId, false),
    write: async ({ stationId, seq, blocks }) => {
      const rows = blocks.map(toRow);
      try {
        await database.send(
          new PutItemCommand({
            TableName: table,
            Item: {
              pk: { S: `S#${stationId}` },
              seq: { N: String(seq) },
              br: { B: await compress(JSON.stringify(rows)) },
            },
            ConditionExpression: seq === 1 ? 'attribute_not_exists(pk)' : 'seq = :previous',
            ...(seq > 1 && { ExpressionAttributeValues: { ':previous': { N: String(seq - 1) } } }),
          }),
        );
        return 'written';
      } catch (error) {
        if (writeFailure(error).status === 'refused') return 'overtaken';
        throw error;
      }
    },
  };
};
