import { renderOpenApi } from '#contract/openapi.ts';
import { getConfiguration, getHealth, getOpenApi } from '#contract/public.ts';
import { strictestMode } from '#core/devices/attestation-mode.ts';
import { feedStore } from '#core/offers/feed-store.ts';
import { cached } from '#core/shared/cached.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { checkHealth } from '#core/shared/health.ts';
import { publicEnvironment, readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { deployedShell, identityEndpoint } from './shell/deployed-shell.ts';
import { unmatched } from './shell/unmatched.ts';

const env = readEnvironment(publicEnvironment);
const feed = feedStore(dynamoDb(), env.FEED_TABLE);
const engines = { database: () => feed.glance(env.STATIONS[0]?.stationId ?? '') };
// Anybody may ask, so a second's worth of questions is one read.
const health = cached(() => checkHealth(engines), 1_000, Date.now);
const document = renderOpenApi();
const configuration = {
  region: env.AWS_REGION,
  userPoolId: env.USER_POOL_ID,
  clientId: env.CLIENT_ID,
  identityEndpoint: identityEndpoint(env),
  publicApiOrigin: env.PUBLIC_API_ORIGIN,
  attestation: strictestMode(env.ATTESTATION),
  stations: [...env.STATIONS],
};

const routes = [
  on(getHealth)(async () => ({
    status: 200,
    body: { ...(await health()), version: env.VERSION, stage: env.STAGE },
  })),
  on(getConfiguration)(async () => ({ status: 200, body: configuration })),
  on(getOpenApi)(async () => ({ status: 200, body: document })),
];

export const handler = httpFunction(deployedShell(env), routes, unmatched);
