import type { IncomingHttpHeaders, RequestOptions } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { plainHttp } from './plain-http.ts';

export interface OutboundRequest {
  method: 'GET' | 'POST';
  url: string;
  headers?: Record<string, string>;
  body?: string;
  /** From the first byte sent to the last one read. */
  timeoutMs: number;
  /** Of the answer, in bytes. */
  sizeLimit: number;
}

export type OutboundAnswer =
  | { status: 'answered'; code: number; headers: IncomingHttpHeaders; body: Buffer }
  /** No whole answer. `reason` is stable and holds nothing of the request. */
  | { status: 'unavailable'; reason: 'connection' | 'timeout' | 'too-large' };

/**
 * One request to somebody else's server; never rejects. Redirects are not followed: none of them is asked for by
 * the services that we know. Not `fetch`, which loads undici, a quarter of a cold start.
 */
export const askServer = ({
  url,
  body,
  timeoutMs,
  sizeLimit,
  ...options
}: OutboundRequest): Promise<OutboundAnswer> =>
  new Promise((resolve) => {
    const fail = (reason: 'connection' | 'timeout' | 'too-large') => {
      resolve({ status: 'unavailable', reason });
      request.destroy();
    };
    const target = new URL(url);
    const settings: RequestOptions = {
      method: options.method,
      headers: {
        'accept-encoding': 'identity',
        ...options.headers,
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      },
    };
    const open = target.protocol === 'https:' ? requestSecurely : plainHttp().request;
    const request = open(target, settings, (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes > sizeLimit) return fail('too-large');
        parts.push(part);
      });
      response.on('error', () => fail('connection'));
      response.on('end', () => {
        const { statusCode: code = 0, headers } = response;
        resolve({ status: 'answered', code, headers, body: Buffer.concat(parts) });
      });
    });
    const timer = setTimeout(() => fail('timeout'), timeoutMs);
    request.on('error', () => fail('connection'));
    request.on('close', () => clearTimeout(timer));
    request.end(body);
  });
