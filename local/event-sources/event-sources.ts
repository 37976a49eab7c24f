import { LocalFailure } from '../failure.ts';
import { callAwsJson } from '../services/aws-json-client.ts';
import type { ResolvedResource } from '../services/types.ts';
import { Checkpoint } from './checkpoint.ts';
import { readMappings } from './mapping.ts';
import { startQueueSource } from './queue-source.ts';
import { startStreamSource } from './stream-source.ts';
import { startStreamTrimmer } from './stream-trimmer.ts';

export interface EventSourcesDeps {
  readonly resources: readonly ResolvedResource[];
  readonly region: string;
  readonly dynamodb: { readonly endpoint: string; readonly file: string };
  readonly sqsEndpoint: string;
  readonly data: string | undefined;
  readonly invoke: (functionName: string, event: unknown) => Promise<unknown>;
  readonly log: (line: string) => void;
}

/** Starts what every AWS::Lambda::EventSourceMapping asks for. */
export function startEventSources(deps: EventSourcesDeps): { stop(): Promise<void> } {
  const { resources, region, dynamodb, sqsEndpoint, invoke, log } = deps;
  const owner = (attribute: string, arn: string, user: string): ResolvedResource => {
    const found = resources.find(({ attributes }) => attributes[attribute] === arn);
    if (found === undefined) throw new LocalFailure(`${user}: the template has no resource ${arn}`);
    return found;
  };
  const sendToQueue = async (queueArn: string, body: string) => {
    const QueueUrl = owner('Arn', queueArn, 'OnFailure').physicalId;
    await callAwsJson(sqsEndpoint, 'AmazonSQS.SendMessage', { QueueUrl, MessageBody: body });
  };

  const streams = readMappings(resources, 'dynamodb').map((mapping) => ({
    mapping,
    table: owner('StreamArn', mapping.sourceArn, mapping.logicalId).physicalId,
    checkpoint: new Checkpoint(deps.data, mapping.logicalId),
  }));
  const streamSources = streams.map(({ mapping, table, checkpoint }) =>
    startStreamSource(mapping, {
      endpoint: dynamodb.endpoint,
      table,
      region,
      checkpoint,
      invoke,
      sendToQueue,
      log,
    }),
  );
  const queueSources = readMappings(resources, 'sqs').map((mapping) => {
    const queueUrl = owner('Arn', mapping.sourceArn, mapping.logicalId).physicalId;
    return startQueueSource(mapping, { endpoint: sqsEndpoint, queueUrl, region, invoke, log });
  });
  const streamed = resources
    .filter(({ type, properties }) => type.startsWith('AWS::DynamoDB::') && properties.StreamSpecification)
    .map(({ physicalId }) => ({
      name: physicalId,
      passed: () => streams.filter(({ table }) => table === physicalId).map((s) => s.checkpoint.position),
    }));
  const trimmer = startStreamTrimmer(dynamodb.file, streamed, log);

  return {
    async stop() {
      trimmer.stop();
      await Promise.all([...streamSources, ...queueSources].map((source) => source.stop()));
    },
  };
}
