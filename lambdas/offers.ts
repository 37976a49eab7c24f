import { listOffers } from '#contract/offers.ts';
import { feedStore } from '#core/offers/feed-store.ts';
import { offersList } from '#core/offers/list-offers.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { offersEnvironment, readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { deployedKeys } from './shell/deployed-keys.ts';
import { namesTag } from './shell/entity-tag.ts';
import { phoneShell } from './shell/phone-shell.ts';
import { refusalOf } from './shell/refusal.ts';

const env = readEnvironment(offersEnvironment);
const list = offersList({
  feed: feedStore(dynamoDb(), env.FEED_TABLE),
  keys: deployedKeys(env.OFFER_KEYS),
  stations: new Set(env.STATIONS.map(({ stationId }) => stationId)),
  now: Date.now,
});

export const handler = httpFunction(phoneShell(env), [
  on(listOffers)(async ({ params, query, headers }) => {
    const outcome = await list(params.stationId, query.cursor);
    if (outcome.status === 'refused') return refusalOf(outcome);
    const validators = { etag: outcome.etag, 'cache-control': 'private, no-cache' };
    const unchanged = namesTag(headers['if-none-match'], outcome.etag);
    return unchanged
      ? { status: 304, body: null, headers: validators }
      : { status: 200, body: outcome.body, headers: validators };
  }),
]);
