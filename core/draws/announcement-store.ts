import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { type Draw, drawTransitions } from './draw.ts';
import { putDue } from './due-store.ts';
import { drawKey } from './entries-store.ts';

/** Part of the transaction that publishes a draw: the draw with its secret, and that it is to be held. */
export const announcement = (
  TableName: string,
  draw: Draw,
  secret: string,
  expiresAt: number,
): TransactWriteItem[] => [
  {
    Put: {
      TableName,
      Item: {
        ...drawKey(draw.drawId),
        st: { S: drawTransitions.seal.from },
        d: { S: JSON.stringify(draw) },
        se: { S: secret },
        ttl: { N: String(Math.ceil(expiresAt / 1_000)) },
      },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  },
  putDue(TableName, { at: draw.closesAt, kind: 'draw', id: draw.drawId }),
];
