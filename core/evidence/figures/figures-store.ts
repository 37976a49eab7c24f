import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { type PublishedFigures, publishedFigures } from '#contract/transparency.ts';
import type { Database } from '#core/shared/dynamodb-store.ts';
import { lastMonth } from './monthly.ts';

/** Published figures, an item per month: `pk FIGURES`, `sk` the month. */
export interface FiguresStore {
  /** The same month again takes the place of the one before: both say the same, unless the form of it changed. */
  put(figures: PublishedFigures): Promise<void>;
  /** Of the latest month that is over and was counted; `now` in milliseconds since the epoch. */
  latest(now: number): Promise<PublishedFigures | undefined>;
}

const partition = { S: 'FIGURES' };

export const figuresStore = (database: Database, TableName: string): FiguresStore => ({
  put: async (figures) => {
    const Item = { pk: partition, sk: { S: figures.month }, d: { S: JSON.stringify(figures) } };
    await database.send(new PutItemCommand({ TableName, Item }));
  },
  latest: async (now) => {
    const { Items = [] } = await database.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk AND sk <= :last',
        ExpressionAttributeValues: { ':pk': partition, ':last': { S: lastMonth(now) } },
        ScanIndexForward: false,
        Limit: 1,
      }),
    );
    return Items[0] && z.parse(publishedFigures, JSON.parse(Items[0].d?.S ?? ''));
  },
});
