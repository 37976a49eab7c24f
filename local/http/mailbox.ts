import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './payload.ts';
import { problem } from './problems.ts';

/** What the page of the mail engine asks for; the engine's sending operations are not reachable from here. */
const paths = new Set(['/', '/store', '/clear-store', '/get-emlContent', '/health-check']);

/** The mail engine's own page under `/mailbox`. It asks for absolute paths, so those in its text are moved too. */
export async function proxyMailbox(
  request: IncomingMessage,
  response: ServerResponse,
  endpoint: string,
): Promise<Answer | undefined> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname === '/mailbox' && request.method === 'GET') {
    const page = await (await fetch(endpoint)).text();
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(page.replace(/([`'"])\/(store|clear-store|get-emlContent)/g, '$1/mailbox/$2'));
    return undefined;
  }
  const path = url.pathname.slice('/mailbox'.length);
  if (!paths.has(path) || !['GET', 'POST'].includes(request.method ?? '')) return problem('not-found');
  const answer = await fetch(`${endpoint}${path}${url.search}`, { method: request.method ?? 'GET' });
  return {
    status: answer.status,
    headers: { 'content-type': answer.headers.get('content-type') ?? 'text/plain' },
    body: Buffer.from(await answer.arrayBuffer()),
  };
}
