import * as z from 'zod/mini';
import { attestationMode, stationId } from './primitives.ts';
import { defineRoute } from './route.ts';

export const getHealth = defineRoute({
  operation: 'getHealth',
  method: 'GET',
  path: '/v1/health',
  level: 'public',
  summary: 'Whether the service answers, and what it runs on.',
  responses: {
    200: z.strictObject({
      status: z.enum(['ok', 'degraded']),
      version: z.string(),
      stage: z.string(),
      engines: z.record(z.string(), z.enum(['ok', 'unreachable'])),
    }),
  },
  refusals: [],
});

export const getConfiguration = defineRoute({
  operation: 'getConfiguration',
  method: 'GET',
  path: '/v1/configuration',
  level: 'public',
  summary: 'What an app needs to sign in and to sign requests.',
  responses: {
    200: z.strictObject({
      region: z.string(),
      userPoolId: z.string(),
      clientId: z.string(),
      /** Where the identity provider answers InitiateAuth (USER_PASSWORD_AUTH). */
      identityEndpoint: z.string(),
      /** The origin that proofs of possession name. */
      publicApiOrigin: z.string(),
      attestation: attestationMode,
      stations: z.array(z.strictObject({ stationId, name: z.string(), timeZone: z.string() })),
    }),
  },
  refusals: [],
});

export const getOpenApi = defineRoute({
  operation: 'getOpenApi',
  method: 'GET',
  path: '/v1/openapi.json',
  level: 'public',
  summary: 'This API as an OpenAPI 3.1 document.',
  responses: { 200: z.looseObject({}) },
  refusals: [],
});
