import { type BasicType, type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import type { ActivityEvent } from '#contract/activity.ts';

interface Column {
  readonly name: string;
  readonly type: BasicType;
  readonly cellOf: (event: ActivityEvent) => string | number | null | undefined;
  readonly encoding?: 'BYTE_STREAM_SPLIT';
}

const textColumn = (
  name: 'deviceId' | 'ip' | 'offerId' | 'outcome' | 'appVersion' | 'stationId' | 'reason',
) => ({ name, type: 'STRING', cellOf: (event) => event[name] }) satisfies Column;
const numberColumn = (name: 'clientTs' | 'latencyMs' | 'offerValue' | 'x' | 'y' | 'holdMs' | 'durationMs') =>
  ({ name, type: 'DOUBLE', cellOf: (event) => event[name] }) satisfies Column;

/** The fields of the schema, those of a field of fields under both names together; every object has all of them. */
const columns: readonly Column[] = [
  { name: 'v', type: 'INT32', cellOf: ({ v }) => v },
  { name: 'eventId', type: 'STRING', cellOf: ({ eventId }) => eventId },
  { name: 'accountId', type: 'STRING', cellOf: ({ accountId }) => accountId },
  textColumn('deviceId'),
  textColumn('ip'),
  { name: 'asn', type: 'STRING', cellOf: ({ asn }) => (asn == null ? asn : String(asn)) },
  { name: 'route', type: 'STRING', cellOf: ({ route }) => route },
  // Neighbours share their upper bytes, which lie together then and compress.
  { name: 'ts', type: 'DOUBLE', cellOf: ({ ts }) => ts, encoding: 'BYTE_STREAM_SPLIT' },
  numberColumn('clientTs'),
  numberColumn('latencyMs'),
  textColumn('offerId'),
  numberColumn('offerValue'),
  textColumn('outcome'),
  { name: 'attestationVerdict', type: 'STRING', cellOf: ({ attestation }) => attestation?.verdict },
  { name: 'attestationKeyId', type: 'STRING', cellOf: ({ attestation }) => attestation?.keyId },
  textColumn('appVersion'),
  numberColumn('x'),
  numberColumn('y'),
  numberColumn('holdMs'),
  textColumn('stationId'),
  { name: 'positionLatitude', type: 'DOUBLE', cellOf: ({ position }) => position?.latitude },
  { name: 'positionLongitude', type: 'DOUBLE', cellOf: ({ position }) => position?.longitude },
  textColumn('reason'),
  numberColumn('durationMs'),
];

/** Events as one Parquet file, compressed with Snappy. The same events in the same order give the same bytes. */
export const toParquet = (events: readonly ActivityEvent[]): Uint8Array => {
  const columnData = columns.map(
    ({ name, type, cellOf, encoding }): ColumnSource => ({
      name,
      type,
      data: events.map((event) => cellOf(event) ?? null),
      ...(encoding && { encoding }),
    }),
  );
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 50_000 }));
};
