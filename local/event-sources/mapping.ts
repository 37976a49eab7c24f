import { LocalFailure } from '../failure.ts';
import { assertPattern, matchesPattern } from '../services/event-pattern.ts';
import type { ResolvedResource } from '../services/types.ts';

/** An AWS::Lambda::EventSourceMapping, with the service's defaults filled in. */
export interface Mapping {
  readonly logicalId: string;
  readonly sourceArn: string;
  readonly functionName: string;
  readonly batchSize: number;
  readonly windowMs: number;
  readonly reportsItemFailures: boolean;
  readonly bisects: boolean;
  /** Attempts after the first; infinite unless the template says otherwise. */
  readonly retries: number;
  readonly onFailureArn: string | undefined;
  /** True for an event that the function wants to see. */
  readonly accepts: (event: unknown) => boolean;
}

interface Properties {
  readonly EventSourceArn?: string;
  readonly FunctionName?: string;
  readonly Enabled?: boolean;
  readonly BatchSize?: number;
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly FunctionResponseTypes?: readonly string[];
  readonly BisectBatchOnFunctionError?: boolean;
  readonly MaximumRetryAttempts?: number;
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: string } };
  readonly FilterCriteria?: { readonly Filters?: readonly { readonly Pattern?: string }[] };
  readonly TumblingWindowInSeconds?: number;
}

export function readMappings(resources: readonly ResolvedResource[], service: 'sqs' | 'dynamodb'): Mapping[] {
  return resources
    .filter(({ type }) => type === 'AWS::Lambda::EventSourceMapping')
    .filter(({ properties }) => (properties as Properties).EventSourceArn?.split(':')[2] === service)
    .filter(({ properties }) => (properties as Properties).Enabled !== false)
    .map(({ logicalId, properties }) => readMapping(logicalId, properties as Properties, service));
}

function readMapping(logicalId: string, properties: Properties, service: 'sqs' | 'dynamodb'): Mapping {
  if (properties.TumblingWindowInSeconds)
    throw new LocalFailure(`${logicalId}: the local system knows no tumbling windows`);
  const retries = Number(properties.MaximumRetryAttempts ?? -1);
  return {
    logicalId,
    sourceArn: properties.EventSourceArn ?? '',
    functionName: properties.FunctionName ?? '',
    batchSize: Number(properties.BatchSize ?? (service === 'sqs' ? 10 : 100)),
    windowMs: Number(properties.MaximumBatchingWindowInSeconds ?? 0) * 1000,
    reportsItemFailures: properties.FunctionResponseTypes?.includes('ReportBatchItemFailures') === true,
    bisects: properties.BisectBatchOnFunctionError === true,
    retries: retries < 0 ? Number.POSITIVE_INFINITY : retries,
    onFailureArn: properties.DestinationConfig?.OnFailure?.Destination,
    accepts: readFilters(logicalId, properties.FilterCriteria?.Filters ?? []),
  };
}

function readFilters(
  logicalId: string,
  filters: readonly { readonly Pattern?: string }[],
): Mapping['accepts'] {
  if (filters.length === 0) return () => true;
  const patterns = filters.map(({ Pattern = '{}' }) => {
    const pattern = parsePattern(Pattern, logicalId);
    assertPattern(pattern, `${logicalId}: FilterCriteria`);
    return pattern;
  });
  return (event) => patterns.some((pattern) => matchesPattern(pattern, event));
}

function parsePattern(text: string, logicalId: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new LocalFailure(`${logicalId}: FilterCriteria is not JSON: ${text}`);
  }
}

/** Identifiers that a function reports as failed; everything failed when its answer is not what Lambda expects. */
export function failedItems(answer: unknown): ReadonlySet<string> | 'all' {
  const { batchItemFailures } = (answer ?? {}) as { batchItemFailures?: unknown };
  if (batchItemFailures === undefined || batchItemFailures === null) return new Set();
  if (!Array.isArray(batchItemFailures)) return 'all';
  const items = batchItemFailures.map((item: { itemIdentifier?: unknown }) => item?.itemIdentifier);
  return items.every((item) => typeof item === 'string' && item !== '') ? new Set(items as string[]) : 'all';
}
