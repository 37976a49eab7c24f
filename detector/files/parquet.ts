import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
} from 'hyparquet';
import type { Reading } from './lines.ts';
import { type Refusal, refuse, whyUnreadable } from './refusal.ts';

/** Rows that are unpacked at a time: some 100 MB of values. */
const rowsAtOnce = 50_000;

const unpack = (decompress: (bytes: Uint8Array) => Buffer) => (input: Uint8Array) => decompress(input);
const compressors = {
  GZIP: unpack(gunzipSync),
  BROTLI: unpack(brotliDecompressSync),
  ZSTD: unpack(zstdDecompressSync),
};

/**
 * Reads a Parquet file in slices of rows, each row an object of its columns as JSON would have them. `take` gets it
 * with its row, from 1, and may refuse it.
 */
export const readParquet = async (
  file: string,
  take: (value: unknown, row: number) => Refusal | undefined,
  { onBytes }: Reading = {},
): Promise<Refusal | undefined> => {
  let row = 0;
  try {
    const source = await asyncBufferFromFile(file);
    if (source.byteLength === 0) return refuse(file, 0, 'empty');
    const metadata = await parquetMetadataAsync(source);
    const total = Number(metadata.num_rows);
    if (total === 0) return refuse(file, 0, 'no rows');
    for (let from = 0; from < total; from += rowsAtOnce) {
      const until = Math.min(total, from + rowsAtOnce);
      for (const value of await readRows(source, metadata, from, until)) {
        row += 1;
        const refusal = take(asJson(value), row);
        if (refusal) return refusal;
      }
      onBytes?.((source.byteLength * (until - from)) / total);
    }
    return undefined;
  } catch (error) {
    const what = 'syscall' in (error as object) ? whyUnreadable(error) : notParquet(error);
    return refuse(file, row === 0 ? 0 : row + 1, what);
  }
};

const notParquet = (error: unknown) => `not a whole Parquet file (${(error as Error).message})`;

const readRows = async (file: AsyncBuffer, metadata: FileMetaData, rowStart: number, rowEnd: number) => {
  let rows: readonly Record<string, unknown>[] = [];
  const onComplete = (read: readonly Record<string, unknown>[]) => {
    rows = read;
  };
  await parquetRead({ file, metadata, rowStart, rowEnd, rowFormat: 'object', compressors, onComplete });
  return rows;
};

const asPlain = (value: unknown): unknown => {
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Date ? value.getTime() : value;
};

const asObject = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

/** Objects may be structs, JSON, or columns of their own (`attestationVerdict`, `positionLatitude`). */
const asJson = (row: Record<string, unknown>): Record<string, unknown> => {
  const value: Record<string, unknown> = {};
  for (const [name, cell] of Object.entries(row)) value[name] = asPlain(cell);
  const { attestationVerdict, attestationKeyId, positionLatitude, positionLongitude } = value;
  value.attestation = plainFields(asObject(value.attestation));
  value.position = plainFields(asObject(value.position));
  if (isTold(attestationVerdict) || isTold(attestationKeyId))
    value.attestation ??= { verdict: attestationVerdict, keyId: attestationKeyId };
  if (isTold(positionLatitude) || isTold(positionLongitude))
    value.position ??= { latitude: positionLatitude, longitude: positionLongitude };
  return value;
};

const isTold = (value: unknown) => value !== undefined && value !== null;

const plainFields = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([name, cell]) => [name, asPlain(cell)]))
    : value;
