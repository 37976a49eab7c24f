import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { feedStore } from '#core/offers/feed-store.ts';
import { projectFeed } from '#core/offers/project-feed.ts';
import { readBlocks } from '#core/offers/schedule-store.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { feedProjectorEnvironment, readEnvironment } from './env.ts';

const env = readEnvironment(feedProjectorEnvironment);
const database = dynamoDb();
const deps = {
  feed: feedStore(database, env.FEED_TABLE),
  readBlocks: (blockIds: readonly string[]) => readBlocks(database, env.OFFERS_TABLE, blockIds),
  now: Date.now,
};

/** A batch is projected whole: its records only name blocks, and repeating them changes nothing. */
export const handler = async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const keys = Records.map(({ dynamodb }) => dynamodb?.Keys?.pk?.S ?? '');
  const changed = keys.filter((key) => key.startsWith('B#')).map((key) => key.slice(2));
  await projectFeed(deps, new Set(changed));
  return { batchItemFailures: [] };
};
