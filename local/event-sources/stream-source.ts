import { setTimeout as delay } from 'node:timers/promises';
import { callAwsJson } from '../services/aws-json-client.ts';
import type { Checkpoint } from './checkpoint.ts';
import { failedItems, type Mapping } from './mapping.ts';

export interface StreamSourceDeps {
  readonly endpoint: string;
  readonly table: string;
  readonly region: string;
  readonly checkpoint: Checkpoint;
  readonly invoke: (functionName: string, event: unknown) => Promise<unknown>;
  readonly sendToQueue: (queueArn: string, body: string) => Promise<void>;
  readonly log: (line: string) => void;
}

export interface StreamRecord {
  readonly eventID: string;
  readonly dynamodb: { readonly SequenceNumber: string };
}

/** A change reaches the function within about this; an idle stream costs a millisecond of the engine each time. */
const pollMs = 40;
const firstRetryMs = 100;
const longestRetryMs = 2_000;

/**
 * What Lambda does between a table's stream and a function: batches in order, one at a time; a batch that fails
 * is tried again before anything later is, halved where the mapping says so, from the first failed item where
 * the function says which. The position moves only after that: at least once.
 */
export function startStreamSource(mapping: Mapping, deps: StreamSourceDeps): { stop(): Promise<void> } {
  const abort = new AbortController();
  const pause = (ms: number) => delay(ms, undefined, { signal: abort.signal }).catch(() => {});
  const ended = (async () => {
    let iterator: string | undefined;
    while (!abort.signal.aborted) {
      try {
        iterator ??= await openIterator(deps);
        const page: Page = await getRecords(deps, iterator, mapping.batchSize);
        if (page.Records.length > 0) await processInOrder(page.Records, mapping, deps, abort.signal, pause);
        else await pause(pollMs);
        iterator = page.NextShardIterator;
      } catch (error) {
        if (abort.signal.aborted) return;
        deps.log(`${mapping.logicalId}: ${error instanceof Error ? error.message : error}`);
        iterator = undefined;
        await pause(longestRetryMs);
      }
    }
  })();
  return {
    stop() {
      abort.abort();
      return ended;
    },
  };
}

async function processInOrder(
  records: readonly StreamRecord[],
  mapping: Mapping,
  deps: StreamSourceDeps,
  signal: AbortSignal,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const work: Batch[] = [{ records: records.filter(mapping.accepts), attempts: 0 }];
  for (let batch = work.shift(); batch !== undefined; batch = work.shift()) {
    if (signal.aborted) throw new Error('stopped before the batch was processed');
    const { records: given, attempts } = batch;
    if (given.length === 0) continue;
    const done = await attempt(given, mapping, deps);
    const rest = given.slice(done);
    const last = given[done - 1];
    if (last !== undefined) deps.checkpoint.advance(last.dynamodb.SequenceNumber);
    if (rest.length === 0) continue;
    if (mapping.bisects && rest.length > 1) {
      const middle = Math.ceil(rest.length / 2);
      // Halving is not an attempt: it looks for the record that fails.
      work.unshift({ records: rest.slice(0, middle), attempts }, { records: rest.slice(middle), attempts });
    } else if (attempts < mapping.retries) {
      await pause(Math.min(firstRetryMs * 2 ** attempts, longestRetryMs));
      // Progress within a batch begins the count again, as a new batch would.
      work.unshift({ records: rest, attempts: done > 0 ? 0 : attempts + 1 });
    } else {
      await giveUp(rest, mapping, deps);
    }
  }
  const newest = records.at(-1);
  if (newest !== undefined) deps.checkpoint.advance(newest.dynamodb.SequenceNumber);
}

interface Batch {
  readonly records: readonly StreamRecord[];
  readonly attempts: number;
}

/** How many records from the first on were processed. */
async function attempt(
  records: readonly StreamRecord[],
  mapping: Mapping,
  deps: StreamSourceDeps,
): Promise<number> {
  try {
    const answer = await deps.invoke(mapping.functionName, {
      Records: records.map((r) => ({ ...r, eventSourceARN: mapping.sourceArn, awsRegion: deps.region })),
    });
    if (!mapping.reportsItemFailures) return records.length;
    const failed = failedItems(answer);
    if (failed === 'all') return 0;
    const first = records.findIndex(({ dynamodb }) => failed.has(dynamodb.SequenceNumber));
    // A reported number that is not in the batch fails all of it, as in Lambda.
    return first >= 0 ? first : failed.size > 0 ? 0 : records.length;
  } catch (error) {
    deps.log(`${mapping.logicalId}: ${error instanceof Error ? error.message : error}`);
    return 0;
  }
}

async function giveUp(
  records: readonly StreamRecord[],
  mapping: Mapping,
  deps: StreamSourceDeps,
): Promise<void> {
  const numbers = records.map(({ dynamodb }) => dynamodb.SequenceNumber);
  deps.log(`${mapping.logicalId}: gave up on ${records.length} records from ${numbers[0]} on`);
  if (mapping.onFailureArn === undefined) return;
  const report = {
    requestContext: { functionArn: mapping.functionName, condition: 'RetryAttemptsExhausted' },
    version: '1.0',
    timestamp: new Date().toISOString(),
    DDBStreamBatchInfo: {
      shardId: 'local',
      startSequenceNumber: numbers[0],
      endSequenceNumber: numbers.at(-1),
      batchSize: records.length,
      streamArn: mapping.sourceArn,
    },
  };
  await deps.sendToQueue(mapping.onFailureArn, JSON.stringify(report));
}

interface Page {
  readonly Records: readonly StreamRecord[];
  readonly NextShardIterator?: string;
}

const getRecords = async (deps: StreamSourceDeps, iterator: string, limit: number): Promise<Page> =>
  (await callAwsJson(deps.endpoint, 'DynamoDBStreams_20120810.GetRecords', {
    ShardIterator: iterator,
    Limit: Math.min(limit, 1000),
  })) as unknown as Page;

/** The engine keeps one shard per stream, for ever. */
async function openIterator({ endpoint, table, checkpoint }: StreamSourceDeps): Promise<string> {
  const { Table } = (await callAwsJson(endpoint, 'DynamoDB_20120810.DescribeTable', {
    TableName: table,
  })) as {
    Table: { LatestStreamArn: string };
  };
  const StreamArn = Table.LatestStreamArn;
  const { StreamDescription } = (await callAwsJson(endpoint, 'DynamoDBStreams_20120810.DescribeStream', {
    StreamArn,
  })) as { StreamDescription: { Shards: { ShardId: string }[] } };
  const ShardId = StreamDescription.Shards[0]?.ShardId;
  const after = checkpoint.position;
  const { ShardIterator } = await callAwsJson(endpoint, 'DynamoDBStreams_20120810.GetShardIterator', {
    StreamArn,
    ShardId,
    ...(after === '0'
      ? { ShardIteratorType: 'TRIM_HORIZON' }
      : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }),
  });
  return String(ShardIterator);
}
