import { renderOpenApi } from '#contract/openapi.ts';
import { getConfiguration, getHealth, getOpenApi } from '#contract/public.ts';
import { methodsAt } from '#contract/routes.ts';
import { feedStore } from '#core/offers/feed-store.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { deployedShell, identityEndpoint } from './shell.ts';

const env = readEnvironment('public');
const feed = feedStore(dynamoDb({ maxAttempts: 1 }), env.FEED_TABLE);
const document = renderOpenApi();

const engines = async () => {
  const reached = await feed.read(env.STATIONS[0]?.stationId ?? '').then(
    () => 'ok' as const,
    () => 'unreachable' as const,
  );
  return { database: reached };
};

export const handler = httpFunction(
  deployedShell(env),
  [
    on(getHealth)(async () => {
      const state = await engines();
      const status = Object.values(state).every((engine) => engine === 'ok') ? 'ok' : 'degraded';
      return { status: 200, body: { status, version: env.VERSION, stage: env.STAGE, engines: state } };
    }),
    on(getConfiguration)(async () => ({
      status: 200,
      body: {
        region: env.AWS_REGION,
        userPoolId: env.USER_POOL_ID,
        clientId: env.CLIENT_ID,
        identityEndpoint: identityEndpoint(env),
        publicApiOrigin: env.PUBLIC_API_ORIGIN,
        attestation: env.ATTESTATION,
        stations: [...env.STATIONS],
      },
    })),
    on(getOpenApi)(async () => ({ status: 200, body: document })),
  ],
  ({ rawPath }) => {
    const allow = methodsAt(rawPath);
    return allow.length > 0
      ? { problem: 'method-not-allowed', headers: { allow: allow.join(', ') } }
      : { problem: 'not-found' };
  },
);
