import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Match } from './routes.ts';

/**
 * Payload format 2.0 of HTTP APIs.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */

export interface ApiIdentity {
  readonly account: string;
  readonly apiId: string;
  readonly host: string;
  readonly stage: string;
}

export function toEvent(
  request: IncomingMessage,
  headers: Record<string, string>,
  body: Buffer,
  match: Match,
  api: ApiIdentity,
): object {
  const url = request.url ?? '/';
  const question = url.indexOf('?');
  const rawPath = question < 0 ? url : url.slice(0, question);
  const rawQueryString = question < 0 ? '' : url.slice(question + 1);
  const { cookie, ...rest } = headers;
  const text = body.length > 0 ? encodeBody(body, headers['content-type']) : undefined;
  const now = new Date();
  return {
    version: '2.0',
    routeKey: match.routeKey,
    rawPath,
    rawQueryString,
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/) }),
    headers: rest,
    ...(rawQueryString !== '' && { queryStringParameters: joinQuery(rawQueryString) }),
    ...(Object.keys(match.parameters).length > 0 && { pathParameters: match.parameters }),
    requestContext: {
      accountId: api.account,
      apiId: api.apiId,
      domainName: api.host,
      domainPrefix: api.host.split('.')[0],
      http: {
        method: request.method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: match.routeKey,
      stage: api.stage,
      time: commonLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...text,
    isBase64Encoded: text?.isBase64Encoded ?? false,
  };
}

/** What a synchronous invocation takes. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const maxEventBytes = 6 * 1024 * 1024;

/** A body in base64 or with much to escape is larger in the event than it was sent. */
export function fitsFunction(event: object, body: Buffer): boolean {
  // JSON makes six bytes of one at most, and headers are few: most requests need no measuring.
  if (body.length < maxEventBytes / 8) return true;
  return Buffer.byteLength(JSON.stringify(event)) <= maxEventBytes;
}

/** Header names in lower case, several of one name joined by commas. */
export function joinHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct))
    headers[name] = (values ?? []).join(name === 'cookie' ? '; ' : ',');
  return headers;
}

function joinQuery(rawQueryString: string): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(rawQueryString))
    joined[name] = Object.hasOwn(joined, name) ? `${joined[name]},${value}` : value;
  return joined;
}

const textTypes = /^(text\/|application\/([\w.+-]+\+)?(json|xml|javascript|x-www-form-urlencoded)\b)/i;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function encodeBody(body: Buffer, contentType = ''): { body: string; isBase64Encoded: boolean } {
  if (contentType === '' || textTypes.test(contentType)) {
    try {
      return { body: utf8.decode(body), isBase64Encoded: false };
    } catch {
      // Not text after all; the function sees the bytes as they came.
    }
  }
  return { body: body.toString('base64'), isBase64Encoded: true };
}

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(at: Date): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(at.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

/** Throws for what API Gateway would refuse as a malformed response. */
export function fromAnswer(answer: unknown): Answer {
  if (!isObject(answer) || answer.statusCode === undefined)
    return json(200, typeof answer === 'string' ? answer : JSON.stringify(answer ?? null));
  const { statusCode, headers = {}, cookies = [], body = '', isBase64Encoded = false } = answer;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599)
    throw new TypeError(`statusCode ${JSON.stringify(statusCode)} is not one`);
  if (!isObject(headers ?? {})) throw new TypeError('headers is not an object');
  const sent: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(headers ?? {})) sent[name.toLowerCase()] = String(value);
  if (Array.isArray(cookies) && cookies.length > 0) sent['set-cookie'] = cookies.map(String);
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '');
  const bytes = Buffer.from(text, isBase64Encoded === true ? 'base64' : 'utf8');
  if (sent['content-type'] === undefined && bytes.length > 0)
    sent['content-type'] = 'text/plain;charset=UTF-8';
  return { status, headers: sent, body: bytes };
}

const json = (status: number, text: string): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(text),
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
