import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { FunctionFailed } from '../functions/protocol.ts';
import { listenOnPort } from '../ports.ts';
import { proxyMailbox } from './mailbox.ts';
import { type Answer, type ApiIdentity, fitsFunction, fromAnswer, joinHeaders, toEvent } from './payload.ts';
import { problem } from './problems.ts';
import type { RouteTable } from './routes.ts';

export interface OpenGateway {
  readonly routes: RouteTable;
  readonly api: ApiIdentity;
  /** Added to every request after those of the same name are dropped, as CloudFront does. */
  readonly edgeHeaders: Readonly<Record<string, string>>;
  readonly invoke: (functionArn: string, event: unknown) => Promise<unknown>;
  readonly mailEndpoint: string;
  readonly log: (line: string) => void;
}

export interface Gateway {
  readonly port: number;
  /** Until this is called every request is answered 503. */
  open(gateway: OpenGateway): void;
  stop(): Promise<void>;
}

/** As API Gateway: a larger body is refused before a function sees it. */
const maxBodyBytes = 10 * 1024 * 1024;
/** As API Gateway: the request line and all headers together. */
const maxHeaderBytes = 10_240;
/** As API Gateway waits for an integration. */
const integrationBudgetMs = 30_000;

/** The port is taken first of all, so that a busy one is told before anything else is started. */
export async function startGateway(port: number): Promise<Gateway> {
  let opened: OpenGateway | undefined;
  const server = createServer(
    { maxHeaderSize: maxHeaderBytes, keepAliveTimeout: 65_000 },
    (request, response) => {
      const done =
        opened === undefined ? Promise.resolve(problem('try-again')) : handle(request, response, opened);
      done.then(
        (answer) => answer !== undefined && send(request, response, answer),
        (error: unknown) => {
          opened?.log(`gateway: ${error instanceof Error ? error.stack : error}`);
          send(request, response, problem('internal-error'));
        },
      );
    },
  );
  server.on('clientError', refuseMalformed);
  const actualPort = await listenOnPort(server, port);
  return {
    port: actualPort,
    open(gateway) {
      opened = gateway;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Gives nothing when the answer is already being sent or nobody waits for it any more. */
async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { routes, api, edgeHeaders, invoke, mailEndpoint, log }: OpenGateway,
): Promise<Answer | undefined> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  if (path === '/mailbox' || path.startsWith('/mailbox/'))
    return proxyMailbox(request, response, mailEndpoint);

  let match: ReturnType<RouteTable['match']>;
  try {
    match = routes.match(request.method ?? '', path);
  } catch {
    return problem('invalid-request');
  }
  if (match === undefined) return problem('not-found');
  const body = await readBody(request);
  if (body === 'too-large') return problem('request-too-large');
  if (body === 'aborted') return undefined;

  const headers = { ...joinHeaders(request), ...forwarded(request, api), ...edgeHeaders };
  const event = toEvent(request, headers, body, match, api);
  if (!fitsFunction(event, body)) return problem('request-too-large');
  const budget = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => budget.resolve('late'), integrationBudgetMs);
  try {
    const result = await Promise.race([
      invoke(match.functionArn, event).then((answer) => ({ answer })),
      budget.promise,
    ]);
    return result === 'late' ? problem('try-again') : fromAnswer(result.answer);
  } catch (error) {
    if (error instanceof FunctionFailed && error.kind === 'timeout') return problem('try-again');
    log(`gateway: ${request.method} ${path}: ${error instanceof Error ? error.message : error}`);
    return problem('internal-error');
  } finally {
    clearTimeout(timer);
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | 'too-large' | 'aborted'> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return 'too-large';
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBodyBytes) return 'too-large';
      chunks.push(chunk);
    }
  } catch {
    return 'aborted';
  }
  return Buffer.concat(chunks);
}

const forwarded = (request: IncomingMessage, api: ApiIdentity) => ({
  // The edge appends the address that it has seen to what the client sent, and the gateway that of the edge.
  'x-forwarded-for': [
    ...(request.headersDistinct['x-forwarded-for'] ?? []),
    request.socket.remoteAddress ?? '127.0.0.1',
    '127.0.0.1',
  ].join(', '),
  'x-forwarded-port': api.host.split(':')[1] ?? '',
  'x-forwarded-proto': 'http',
});

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  for (const [name, value] of Object.entries(headers)) {
    // Framing is ours; a length or an encoding that the function wrote may not fit.
    if (!hopByHop.has(name)) response.appendHeader(name, value as string | string[]);
  }
  // What is not read of a body would be taken for the next request.
  if (!request.complete) response.setHeader('connection', 'close');
  response.statusCode = status;
  const bodyless = status === 204 || status === 304 || request.method === 'HEAD';
  if (!bodyless) response.setHeader('content-length', body.length);
  response.end(bodyless ? undefined : body);
}

const hopByHop = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade']);

function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const answer = problem(error.code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : 'invalid-request');
  socket.end(
    `HTTP/1.1 ${answer.status} Refused\r\ncontent-type: application/problem+json\r\ncontent-length: ${answer.body.length}\r\nconnection: close\r\n\r\n${answer.body}`,
  );
}
