import {
  type AttributeValue,
  DynamoDBClient,
  type DynamoDBClientConfig,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';

/** What the stores need of a DynamoDB client: tests put a seeded scheduler in its place. */
export interface Database {
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's overloads of send cannot be named otherwise
  send(command: any): Promise<any>;
}

export const dynamoDb = (settings: DynamoDBClientConfig = {}): Database => new DynamoDBClient(settings);

export type Item = Record<string, AttributeValue>;

/** Everything that a query finds, or the first `most` of it at least; strongly consistent. */
export const queryAll = async (
  database: Database,
  query: QueryCommandInput,
  most = Number.POSITIVE_INFINITY,
): Promise<Item[]> => {
  const items: Item[] = [];
  let ExclusiveStartKey: Item | undefined;
  do {
    const page: { Items?: Item[]; LastEvaluatedKey?: Item } = await database.send(
      new QueryCommand({
        ...query,
        ConsistentRead: true,
        ...(Number.isFinite(most) && { Limit: most }),
        ...(ExclusiveStartKey && { ExclusiveStartKey }),
      }),
    );
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey && items.length < most);
  return items;
};

/** The query for all items of a partition. */
export const partitionQuery = (TableName: string, pk: AttributeValue): QueryCommandInput => ({
  TableName,
  KeyConditionExpression: 'pk = :pk',
  ExpressionAttributeValues: { ':pk': pk },
});

/** Nothing was written; the same request may be sent again. */
const busyErrors = new Set([
  'TransactionConflict',
  'TransactionConflictException',
  'TransactionInProgressException',
  'ThrottlingError',
  'ThrottlingException',
  'ProvisionedThroughputExceeded',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
]);

/** Ours to mend: a wrong expression, a missing table or grant. Never to be taken for bad luck. */
const faults = new Set([
  'ValidationException',
  'ResourceNotFoundException',
  'AccessDeniedException',
  'UnrecognizedClientException',
  'SerializationException',
  'IdempotentParameterMismatchException',
]);

export interface CancellationReason {
  Code?: string;
  Item?: Item;
}

export type WriteFailure =
  /** Some condition did not hold. One reason per item, with the item as it is. */
  | { status: 'refused'; reasons: CancellationReason[] }
  /** Nothing was written. */
  | { status: 'busy' }
  /** No answer came: it may have been written, or may be yet. */
  | { status: 'unanswered' };

/** A read that may go without an answer, but not without a table or a grant. */
export const answeredOrUnread = <T>(read: Promise<T>): Promise<T | 'unread'> =>
  read.catch((error: unknown) => {
    writeFailure(error);
    return 'unread' as const;
  });

/** What a failed write means. Throws what no retry can mend. */
export const writeFailure = (error: unknown): WriteFailure => {
  const { name, CancellationReasons, Item } = error as Error & {
    CancellationReasons?: CancellationReason[];
    Item?: Item;
  };
  if (name === 'ConditionalCheckFailedException') {
    return { status: 'refused', reasons: [{ Code: 'ConditionalCheckFailed', ...(Item && { Item }) }] };
  }
  if (name === 'TransactionCanceledException') {
    const reasons = CancellationReasons ?? [];
    if (reasons.some(({ Code }) => Code === 'ConditionalCheckFailed')) return { status: 'refused', reasons };
    if (reasons.some(({ Code }) => busyErrors.has(Code ?? ''))) return { status: 'busy' };
    throw error;
  }
  if (busyErrors.has(name)) return { status: 'busy' };
  if (faults.has(name)) throw error;
  return { status: 'unanswered' };
};
