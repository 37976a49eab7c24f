import type { ResolvedResource } from '../services/types.ts';
import { startEngineThread } from './worker.ts';

export interface QueuesAndBuckets {
  readonly endpoint: string;
  define(resources: readonly ResolvedResource[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startQueuesAndBuckets(
  folder: string | undefined,
  region: string,
  logFile: string,
): Promise<QueuesAndBuckets> {
  const module = new URL('./queues-and-buckets-thread.ts', import.meta.url);
  const thread = await startEngineThread(module, { folder, region }, logFile);
  return {
    endpoint: thread.endpoint,
    async define(resources) {
      const queues = resources.filter(({ type }) => type === 'AWS::SQS::Queue').map(defineQueue);
      const buckets = resources
        .filter(({ type }) => type === 'AWS::S3::Bucket')
        .map(({ physicalId }) => physicalId);
      await thread.call('define', { queues, buckets });
    },
    stop: () => thread.stop(),
  };
}

export interface QueueDefinition {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly attributes: Record<string, string>;
}

const queueAttributes = [
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'DelaySeconds',
  'FifoQueue',
  'FifoThroughputLimit',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedrivePolicy',
  'VisibilityTimeout',
] as const;

/** CloudFormation names these as SQS does, but has numbers and objects where SQS takes text. */
function defineQueue(queue: ResolvedResource): QueueDefinition {
  const attributes: Record<string, string> = {};
  for (const name of queueAttributes) {
    const value = queue.properties[name];
    if (value !== undefined)
      attributes[name] = typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
  return {
    name: queue.attributes.QueueName ?? '',
    url: queue.physicalId,
    arn: queue.attributes.Arn ?? '',
    attributes,
  };
}
