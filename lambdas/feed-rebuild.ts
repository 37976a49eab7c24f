import { scanOpenBlocks } from '#core/offers/blocks-scan-store.ts';
import { feedStore } from '#core/offers/feed-store.ts';
import { rebuildFeed } from '#core/offers/project-feed.ts';
import { readBlocks } from '#core/offers/schedule-store.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { feedRebuildEnvironment, readEnvironment } from './env.ts';
import { log } from './shell/log.ts';

const env = readEnvironment(feedRebuildEnvironment);
const database = dynamoDb();

export const handler = async (): Promise<void> => {
  await rebuildFeed({
    feed: feedStore(database, env.FEED_TABLE),
    readBlocks: (blockIds) => readBlocks(database, env.OFFERS_TABLE, blockIds),
    scanOpenBlocks: (now) => scanOpenBlocks(database, env.OFFERS_TABLE, now),
    stations: env.STATIONS.map(({ stationId }) => stationId),
    now: Date.now,
  });
  log.info('feed.rebuilt', { stations: env.STATIONS.length });
};
