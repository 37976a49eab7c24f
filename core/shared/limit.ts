import type { Item } from './dynamodb-store.ts';

/** So many in a window of time; windows begin at multiples of their length. */
export interface Limit {
  name: string;
  most: number;
  windowMs: number;
}

/** Counts one more for the subject, unless the window is full: an update of its own, or part of a transaction. */
export const limitUpdate = (
  TableName: string,
  { name, most, windowMs }: Limit,
  subject: string,
  now: number,
) => {
  const window = Math.floor(now / windowMs);
  const Key: Item = { pk: { S: `L#${name}#${subject}` }, sk: { S: String(window) } };
  return {
    TableName,
    Key,
    ConditionExpression: 'attribute_not_exists(n) OR n < :most',
    UpdateExpression: 'ADD n :one SET #ttl = :ttl',
    ExpressionAttributeNames: { '#ttl': 'ttl' },
    ExpressionAttributeValues: {
      ':one': { N: '1' },
      ':most': { N: String(most) },
      ':ttl': { N: String(Math.ceil(((window + 2) * windowMs) / 1_000)) },
    },
  };
};

/** Until the window ends. */
export const retryAfterSeconds = ({ windowMs }: Limit, now: number): number =>
  Math.ceil(((Math.floor(now / windowMs) + 1) * windowMs - now) / 1_000);
