import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import type { Fault } from '#contract/describe-problem.ts';
import type { Route } from '#contract/route.ts';
import type { Refusal } from './refusal.ts';

/** Bodies of routes that name no limit of their own, in bytes. */
const defaultBodyLimit = 16_384;
/** So many faults help a person; more would only make the answer large. */
const maxFaults = 20;

export interface ParsedRequest {
  params: unknown;
  query: unknown;
  body: unknown;
}

export const rawBody = ({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): Buffer =>
  Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');

type Schema = z.ZodMiniType;

const utf8 = new TextDecoder('utf-8', { fatal: true });

const describe = (issue: z.core.$ZodIssue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? `missing: expected ${issue.expected}` : `expected ${issue.expected}`;
    case 'too_small':
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return issue.message === 'Invalid input' ? 'has an invalid form' : issue.message;
    default:
      return 'is not valid';
  }
};

const faultsOf = (issues: readonly z.core.$ZodIssue[], prefix: string): Fault[] =>
  issues
    .flatMap((issue) => {
      const path = [prefix, ...issue.path.map(String)].filter(Boolean);
      return issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ path: [...path, key.slice(0, 64)].join('.'), message: 'unknown field' }))
        : [{ path: path.join('.') || 'body', message: describe(issue) }];
    })
    .slice(0, maxFaults);

const invalid = (faults: Fault[]): Refusal => ({ problem: 'invalid-request', faults });

const parseBody = (route: Route, event: APIGatewayProxyEventV2): { value?: unknown } | Refusal => {
  if (!route.body && !route.image) return {};
  const raw = rawBody(event);
  if (raw.length > (route.bodyLimit ?? defaultBodyLimit)) return { problem: 'request-too-large' };
  const type = event.headers['content-type'] ?? '';
  if (route.image)
    return route.image.types.includes(type.toLowerCase())
      ? { value: raw }
      : { problem: 'unsupported-media-type' };
  if (route.bodyOptional && raw.length === 0) return { value: {} };
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type))
    return { problem: 'unsupported-media-type' };
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(raw));
  } catch {
    return invalid([{ path: 'body', message: 'expected JSON in UTF-8' }]);
  }
  const parsed = z.safeParse(route.body as Schema, value, { reportInput: true });
  return parsed.success ? { value: parsed.data } : invalid(faultsOf(parsed.error.issues, ''));
};

/** Everything that the contract says about a request, checked; or the refusal that names each fault. */
export const parseRequest = (route: Route, event: APIGatewayProxyEventV2): ParsedRequest | Refusal => {
  const faults: Fault[] = [];
  const check = (schema: z.ZodMiniType | undefined, value: unknown, prefix: string) => {
    if (!schema) return undefined;
    const parsed = z.safeParse(schema, value ?? {}, { reportInput: true });
    if (parsed.success) return parsed.data;
    faults.push(...faultsOf(parsed.error.issues, prefix));
    return undefined;
  };
  const params = check(route.params, event.pathParameters, 'path');
  const query = check(route.query, event.queryStringParameters, 'query');
  if (faults.length > 0) return invalid(faults);
  const body = parseBody(route, event);
  return 'problem' in body ? body : { params, query, body: body.value };
};
