import './shell/further-problems.ts';
import { listOffers } from '#contract/offers.ts';
import { unprovenAttempt } from '#core/offers/attempt.ts';
import { feedStore } from '#core/offers/feed-store.ts';
import { listAttempt } from '#core/offers/list-attempt.ts';
import { offersList } from '#core/offers/list-offers.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { offersEnvironment, readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { attemptRecorder } from './shell/attempt-recorder.ts';
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

const { noted, record } = attemptRecorder(env);
const shell = phoneShell(env, { onUnproven: (refused) => record(unprovenAttempt(refused, Date.now())) });

export const handler = httpFunction(shell, [
  on(listOffers)(async (call) => {
    const { params, query, headers } = call;
    const startedAt = Date.now();
    const outcome = await list(params.stationId, query.cursor);
    // Further pages belong to the same look. Nobody waits for the record.
    if (!query.cursor)
      void noted([listAttempt(outcome, params.stationId, { ...call, startedAt, endedAt: Date.now() })]);
    if (outcome.status === 'refused') return refusalOf(outcome);
    const validators = { etag: outcome.etag, 'cache-control': 'private, no-cache' };
    const unchanged = namesTag(headers['if-none-match'], outcome.etag);
    return unchanged
      ? { status: 304, body: null, headers: validators }
      : { status: 200, body: outcome.body, headers: validators };
  }),
]);
