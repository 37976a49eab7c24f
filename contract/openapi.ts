import * as z from 'zod/mini';
import { furtherProblems } from './further-problems.ts';
import { peopleProblems } from './people-problems.ts';
import { problemDocument } from './problem-document.ts';
import { problems as commonProblems, type ProblemCode } from './problems.ts';

const problems = { ...commonProblems, ...furtherProblems, ...peopleProblems };

import type { Level, Route } from './route.ts';
import { routes } from './routes.ts';

type Json = Record<string, unknown>;

const schemaOf = (schema: z.ZodMiniType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return json;
};

/** Every refusal that a route can answer: its own and those that its level, body and parameters imply. */
export const refusalsOf = (route: Route): ProblemCode[] => {
  const codes = new Set<ProblemCode>(route.refusals);
  if (route.level !== 'public') codes.add('sign-in-required').add('forbidden');
  if (route.level === 'device') codes.add('proof-invalid').add('account-restricted');
  if (route.claimProof) codes.add('use_dpop_nonce').add('device-not-eligible');
  if (route.params || route.query || route.body) codes.add('invalid-request');
  if (route.body || route.image) codes.add('request-too-large').add('unsupported-media-type');
  codes.add('edge-required').add('internal-error').add('try-again');
  return [...codes].sort((a, b) => problems[a].status - problems[b].status || a.localeCompare(b));
};

const securityOf = (level: Level): Json[] => {
  if (level === 'public') return [];
  if (level === 'device') return [{ device: [] }];
  return [{ login: [] }];
};

const parametersOf = (route: Route): Json[] => [
  ...Object.entries(route.params?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'path',
    required: true,
    schema: schemaOf(schema as z.ZodMiniType, 'input'),
  })),
  ...Object.entries(route.query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema: schemaOf(schema as z.ZodMiniType, 'input'),
  })),
];

const problemResponses = (route: Route): Record<string, Json> => {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of refusalsOf(route)) {
    const { status } = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join(' '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
};

const successResponses = (route: Route): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(route.responses).map(([status, schema]) => [
      status,
      schema
        ? { description: 'Success', content: { 'application/json': { schema: schemaOf(schema, 'output') } } }
        : { description: status === '304' ? 'Not changed' : 'Done' },
    ]),
  );

const requestBodyOf = ({ body, bodyOptional, image }: Route): Json => {
  if (image) {
    const content = Object.fromEntries(image.types.map((type) => [type, { schema: {} }]));
    return { requestBody: { required: true, content } };
  }
  if (!body) return {};
  const content = { 'application/json': { schema: schemaOf(body, 'input') } };
  return { requestBody: { required: !bodyOptional, content } };
};

const operationOf = (route: Route): Json => ({
  operationId: route.operation,
  summary: route.summary,
  description: `Level: ${[route.level, ...(route.alsoFor ?? [])].join(' or ')}.`,
  security: securityOf(route.level),
  ...(route.params || route.query ? { parameters: parametersOf(route) } : {}),
  ...requestBodyOf(route),
  responses: { ...successResponses(route), ...problemResponses(route) },
});

/** The API as an OpenAPI 3.1 document, rendered from the same data that the server runs on. */
export const renderOpenApi = (): Json => {
  const paths: Record<string, Json> = {};
  for (const route of Object.values(routes) as Route[]) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Evenfield',
      version: '1',
      description: 'Delivery blocks that drivers claim by hand: exactly one driver per block.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      securitySchemes: {
        login: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        device: {
          type: 'http',
          scheme: 'dpop',
          description:
            'An access token of POST /v1/device-tokens with a DPoP proof (RFC 9449) that also holds `bd`, the hash ' +
            'of the body. While attestation is off or measured, the login token is taken too.',
        },
      },
      schemas: { Problem: schemaOf(problemDocument, 'output') },
    },
  };
};
