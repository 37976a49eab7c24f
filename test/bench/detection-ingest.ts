import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AttributeValue, BatchWriteItemCommandInput } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { AttemptEvent } from '#contract/events.ts';
import { activityArchive } from '#core/detection/ingest/archive-store.ts';
import { chunksStore } from '#core/detection/ingest/chunks-store.ts';
import { hashNames } from '#core/detection/ingest/hash-names.ts';
import { ingest } from '#core/detection/ingest/ingest.ts';
import { pseudonymsStore } from '#core/detection/ingest/pseudonyms-store.ts';
import { readAttempts } from '#core/detection/read-attempts.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import type { BenchContext } from './context.ts';
import { prices } from './drop.ts';
import { type Measurement, seeded } from './metric.ts';

/** Dollars, us-west-2. https://aws.amazon.com/s3/pricing/ https://aws.amazon.com/lambda/pricing/ (arm64) */
const s3Put = 5e-6;
const gigabyteSecond = 1.33334e-5;
const memoryGigabytes = 0.25;
/** A quarter of a gigabyte buys a seventh of a processor: what takes a second here takes so many there. */
const processorShare = 1_769 / 256;

/** As the consumer takes them: 100 messages, each of what one warm function saw in a second of a busy hour. */
const [messagesPerBatch, eventsPerMessage, drivers] = [100, 60, 2_000];

const attempts = (random: () => number, count: number, first: number): AttemptEvent[] =>
  Array.from({ length: count }, (_, index) => {
    const driver = Math.floor(random() * drivers);
    const claim = random() < 0.1;
    return {
      v: 1,
      eventId: `request-${first + index}`,
      type: claim ? 'claim' : 'list',
      occurredAt: new Date(Date.UTC(2027, 0, 4, 8) + (first + index) * 2).toISOString(),
      driverId: `driver-${driver}`,
      deviceId: `device-${driver}`,
      tier: 'A',
      network: { prefix: `10.${driver % 200}.${driver % 7}` },
      stationId: driver % 2 ? 'DSE1' : 'DSE2',
      outcome: claim ? 'lost' : 'ok',
      ...(claim && {
        blockId: `block-${index % 500}`,
        version: 1,
        mode: 'direct',
        value: 6_400,
        latencyMs: 4_000,
      }),
      durationMs: 4,
    } satisfies AttemptEvent as AttemptEvent;
  });

const textBytes = (value: unknown): number => Buffer.byteLength(String(value));
const valueBytes = ({ S, N, B }: AttributeValue): number =>
  S !== undefined ? textBytes(S) : N !== undefined ? Math.ceil(N.length / 2) + 1 : (B?.byteLength ?? 0);
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
const writeUnits = (item: Record<string, AttributeValue>): number =>
  Math.ceil(
    Object.entries(item).reduce((sum, [name, value]) => sum + textBytes(name) + valueBytes(value), 0) / 1_024,
  );

/**
 * A million events through the queue's consumer as it is deployed: schema, pseudonyms, Parquet, chunks; the database is
 * the engine, the bucket a server that takes everything. CPU is this process's, so the engine's is not in it.
 */
export const measureIngest = async ({ engine, quick, progress }: BenchContext): Promise<Measurement[]> => {
  const total = quick ? 60_000 : 1_000_000;
  const bill = { wcu: 0, rcu: 0, puts: 0, bytes: 0, messages: 0 };
  const bucket = createServer((request, response) => {
    request.on('data', (part: Buffer) => {
      bill.bytes += part.length;
    });
    request.on('end', () => response.writeHead(200).end());
  });
  await new Promise<void>((resolve) => bucket.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(bucket.address() as AddressInfo).port}`;
  const s3 = new S3Client({
    endpoint,
    region: 'us-west-2',
    forcePathStyle: true,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
  const counted: Database = {
    send: (command) => {
      const requests = (command.input as BatchWriteItemCommandInput).RequestItems;
      for (const { PutRequest, Keys } of Object.values(requests ?? {}).flat() as {
        PutRequest?: { Item: Record<string, AttributeValue> };
        Keys?: unknown[];
      }[]) {
        if (PutRequest) bill.wcu += writeUnits(PutRequest.Item);
        bill.rcu += Keys?.length ?? 0;
      }
      // Both sides of a new pseudonym, twice in a transaction.
      if ('TransactItems' in command.input) bill.wcu += 4;
      return engine.client.send(command);
    },
  };
  const random = seeded(7);
  const surroundings = { now: Date.now, random, sleep: async () => {} };
  let made = 0;
  const deps = {
    pseudonyms: pseudonymsStore({
      ...surroundings,
      database: counted,
      table: engine.feedTable,
      retentionDays: 90,
      newKey: () => {
        made += 1;
        return Buffer.from(`bench-key-${String(made).padStart(6, '0')}`).toString('base64url');
      },
    }),
    hashName: async () => names,
    archive: {
      store: (events: Parameters<typeof archive.store>[0]) => {
        bill.puts += new Set(
          events.map(({ ts, stationId }) => `${Math.floor(ts / 86_400_000)}${stationId}`),
        ).size;
        return archive.store(events);
      },
    },
    chunks: chunksStore({ ...surroundings, database: counted, table: engine.challengesTable }),
    now: Date.now,
  };
  const names = hashNames('a secret of the bench');
  const archive = activityArchive('bench', s3);
  let cpu = 0;
  for (let done = 0; done < total; ) {
    const messages = Array.from({ length: messagesPerBatch }, (_, index) =>
      JSON.stringify({ v: 1, events: attempts(random, eventsPerMessage, done + index * eventsPerMessage) }),
    );
    const before = process.cpuUsage();
    await ingest(
      deps,
      messages.flatMap((message) => readAttempts(message).events),
    );
    const { user, system } = process.cpuUsage(before);
    cpu += user + system;
    done += messagesPerBatch * eventsPerMessage;
    bill.messages += messagesPerBatch;
    if (done % 240_000 === 0) progress(`  ${done} events`);
  }
  s3.destroy();
  bucket.close();
  const events = bill.messages * eventsPerMessage;
  const perMillion = 1e6 / events;
  const cpuSeconds = cpu / 1e6;
  const dollars =
    bill.wcu * prices.wcu +
    bill.rcu * prices.rcu +
    bill.puts * s3Put +
    // Sent, received ten at a time, deleted.
    bill.messages * 1.2 * prices.sqsRequest +
    cpuSeconds * processorShare * memoryGigabytes * gigabyteSecond;
  return [
    { name: 'detection.ingest-cpu-us', value: cpu / events, samples: events },
    { name: 'detection.ingest-wcu-per-million', value: bill.wcu * perMillion, samples: events },
    { name: 'detection.ingest-dollars-per-million', value: dollars * perMillion, samples: events },
    { name: 'detection.archive-bytes-per-event', value: bill.bytes / events, samples: events },
  ];
};
