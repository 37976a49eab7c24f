import { setTimeout as delay } from 'node:timers/promises';
import { callAwsJson } from '../services/aws-json-client.ts';
import { failedItems, type Mapping } from './mapping.ts';

export interface QueueSourceDeps {
  readonly endpoint: string;
  readonly queueUrl: string;
  readonly region: string;
  readonly invoke: (functionName: string, event: unknown) => Promise<unknown>;
  readonly log: (line: string) => void;
}

interface Message {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<Record<string, Record<string, unknown>>>;
}

/** Long enough that an idle queue costs nothing, short enough that a stop is not felt. */
const waitSeconds = 1;
/** One receive gives at most this many. */
const receiveLimit = 10;
const pauseAfterFailureMs = 1_000;
/** Where batches are of one message, none is to wait for another; a machine has room for fewer than Lambda. */
const atOnce = ({ batchSize }: Mapping) => (batchSize === 1 ? 4 : 1);

/** What Lambda does between a queue and a function: deletes what was processed and leaves the rest to its visibility timeout. */
export function startQueueSource(mapping: Mapping, deps: QueueSourceDeps): { stop(): Promise<void> } {
  let running = true;
  const { promise: stopped, resolve: stopNow } = Promise.withResolvers<void>();
  const batches: BatchSource = { ...deps, mapping, running: () => running, stopped };
  const failed = async (error: unknown) => {
    if (!running) return;
    deps.log(`${mapping.logicalId}: ${error instanceof Error ? error.message : error}`);
    await Promise.race([stopped, delay(pauseAfterFailureMs)]);
  };
  const ended = (async () => {
    const inWork = new Set<Promise<void>>();
    while (running) {
      const received = await receiveBatch(batches).catch(failed);
      const work = processBatch(batches, received ?? [])
        .catch(failed)
        .finally(() => inWork.delete(work));
      inWork.add(work);
      if (inWork.size >= atOnce(mapping)) await Promise.race(inWork);
    }
    await Promise.all(inWork);
  })();
  return {
    stop() {
      running = false;
      stopNow();
      return ended;
    },
  };
}

interface BatchSource extends QueueSourceDeps {
  readonly mapping: Mapping;
  readonly running: () => boolean;
  readonly stopped: Promise<void>;
}

async function processBatch(source: BatchSource, received: readonly Message[]): Promise<void> {
  const { mapping, ...deps } = source;
  if (received.length === 0) return;
  const wanted = received.filter((message) => mapping.accepts(filterView(message)));
  // What the filter drops is deleted, as Lambda does.
  const processed = received.filter((message) => !wanted.includes(message));
  if (wanted.length > 0) {
    try {
      const records = wanted.map((message) => toRecord(message, mapping.sourceArn, deps.region));
      const answer = await deps.invoke(mapping.functionName, { Records: records });
      const failed = mapping.reportsItemFailures ? failedItems(answer) : new Set<string>();
      if (failed !== 'all') processed.push(...wanted.filter(({ MessageId }) => !failed.has(MessageId)));
    } catch (error) {
      deps.log(`${mapping.logicalId}: ${error instanceof Error ? error.message : error}`);
    }
  }
  for (let i = 0; i < processed.length; i += receiveLimit)
    await callAwsJson(deps.endpoint, 'AmazonSQS.DeleteMessageBatch', {
      QueueUrl: deps.queueUrl,
      Entries: processed
        .slice(i, i + receiveLimit)
        .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
    });
}

async function receiveBatch(source: BatchSource): Promise<Message[]> {
  const { mapping, running, stopped } = source;
  // A stop does not wait for the queue; what it gives to nobody comes back after its visibility timeout.
  const messages = await Promise.race([
    receive(Math.min(mapping.batchSize, receiveLimit), waitSeconds, source),
    stopped.then((): Message[] => []),
  ]);
  const deadline = Date.now() + mapping.windowMs;
  // Without a window only what is there already joins the batch.
  while (messages.length > 0 && messages.length < mapping.batchSize && running()) {
    const left = deadline - Date.now();
    const more = await receive(
      Math.min(mapping.batchSize - messages.length, receiveLimit),
      left > 0 ? Math.min(waitSeconds, Math.ceil(left / 1000)) : 0,
      source,
    );
    messages.push(...more);
    if (more.length === 0 && Date.now() >= deadline) break;
  }
  return messages;
}

async function receive(count: number, wait: number, deps: QueueSourceDeps): Promise<Message[]> {
  const answer = await callAwsJson(deps.endpoint, 'AmazonSQS.ReceiveMessage', {
    QueueUrl: deps.queueUrl,
    MaxNumberOfMessages: count,
    WaitTimeSeconds: wait,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  });
  return (answer.Messages ?? []) as Message[];
}

/** Filters see a body that is JSON as an object. */
function filterView(message: Message): unknown {
  try {
    return { ...message, body: JSON.parse(message.Body) };
  } catch {
    return { ...message, body: message.Body };
  }
}

const toRecord = (message: Message, arn: string, region: string) => ({
  messageId: message.MessageId,
  receiptHandle: message.ReceiptHandle,
  body: message.Body,
  attributes: message.Attributes ?? {},
  messageAttributes: Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, attribute]) => [
      name,
      Object.fromEntries(Object.entries(attribute).map(([key, value]) => [lowerFirst(key), value])),
    ]),
  ),
  md5OfBody: message.MD5OfBody,
  eventSource: 'aws:sqs',
  eventSourceARN: arn,
  awsRegion: region,
});

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
