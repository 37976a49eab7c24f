import { callAwsJson } from './services/aws-json-client.ts';
import type { ResolvedResource } from './services/types.ts';

/** DynamoDB deletes within days; often enough here that a person sees it happen. */
const sweepEveryMs = 30_000;

type Item = Record<string, Record<string, unknown>>;

/** Time to live: the engine knows the setting but deletes nothing. */
export function startExpirySweeper(
  endpoint: string,
  resources: readonly ResolvedResource[],
  log: (line: string) => void,
): { stop(): Promise<void> } {
  let running = true;
  let sweep = Promise.resolve();
  const timer = setInterval(() => {
    sweep = sweep.then(async () => {
      try {
        await sweepExpired(endpoint, resources, () => running);
      } catch (error) {
        if (running) log(`expiry: ${error instanceof Error ? error.message : error}`);
      }
    });
  }, sweepEveryMs);
  return {
    async stop() {
      running = false;
      clearInterval(timer);
      await sweep;
    },
  };
}

export async function sweepExpired(
  endpoint: string,
  resources: readonly ResolvedResource[],
  running: () => boolean = () => true,
): Promise<void> {
  const tables = resources.filter(({ type }) => type.startsWith('AWS::DynamoDB::')).flatMap(readExpiry);
  for (const table of tables) if (running()) await sweepTable(endpoint, table, running);
}

interface Expiry {
  readonly table: string;
  readonly attribute: string;
  readonly keys: readonly string[];
}

function readExpiry({ physicalId, properties }: ResolvedResource): Expiry[] {
  const ttl = properties.TimeToLiveSpecification as { Enabled?: boolean; AttributeName?: string } | undefined;
  if (ttl?.Enabled !== true || ttl.AttributeName === undefined) return [];
  const keys = (properties.KeySchema as { AttributeName: string }[]).map(
    ({ AttributeName }) => AttributeName,
  );
  return [{ table: physicalId, attribute: ttl.AttributeName, keys }];
}

/** Only a number counts, and the condition is looked at again with the delete: an item may have been prolonged meanwhile. */
async function sweepTable(
  endpoint: string,
  { table, attribute, keys }: Expiry,
  running: () => boolean,
): Promise<void> {
  const condition = {
    ExpressionAttributeNames: { '#expiry': attribute },
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(Date.now() / 1000)) } },
  };
  let start: Item | undefined;
  do {
    const page = await callAwsJson(endpoint, 'DynamoDB_20120810.Scan', {
      TableName: table,
      FilterExpression: '#expiry < :now',
      Limit: 500,
      ...condition,
      ...(start && { ExclusiveStartKey: start }),
    });
    for (const item of (page.Items ?? []) as Item[]) {
      if (!running()) return;
      const Key = Object.fromEntries(keys.map((key) => [key, item[key]]));
      await callAwsJson(endpoint, 'DynamoDB_20120810.DeleteItem', {
        TableName: table,
        Key,
        ConditionExpression: '#expiry < :now',
        ...condition,
      }).catch((error: Error) => {
        if (error.name !== 'ConditionalCheckFailedException') throw error;
      });
    }
    start = page.LastEvaluatedKey as Item | undefined;
  } while (start !== undefined && running());
}
