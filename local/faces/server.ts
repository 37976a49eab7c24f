import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AwsError, isJsonObject, type JsonObject } from '../services/aws-json-server.ts';
import { createGate } from './gate.ts';
import type { Liveness, StreamAnswer } from './liveness.ts';

/**
 * Rekognition's AWS JSON 1.1 and, beside it, the stream of the local head-turn challenge as two plain requests.
 * Signatures are not verified: whoever reaches the loopback interface is trusted. Logs name operations, times and errors only.
 */

export interface FaceServerOptions {
  /** By the name after `RekognitionService.`. */
  readonly operations: Readonly<Record<string, (input: JsonObject) => unknown>>;
  readonly liveness: Liveness;
  readonly log: (line: string) => void;
}

/** Two images of 5 MB in base64, and what is around them. */
const maxBodyBytes = 15 * 1024 * 1024;
/** Of bodies that are in memory at once: the one that is worked on, and the next if it is a selfie's. */
const bodyBudgetBytes = maxBodyBytes + 5 * 1024 * 1024;
/** The collector does not see how much pictures weigh, and lets the process grow; asking costs it 5 to 10 ms. */
const largeBodyBytes = 1024 * 1024;
const requestTimeoutMs = 60_000;

const target = /^RekognitionService\.(\w+)$/;
const awsJson = /^application\/x-amz-json-1\.1\s*(;|$)/;
const streamPath = /^\/liveness\/([\w-]{1,64})\/(challenge|frames)$/;
/** Pages that this machine serves; another's cannot read an answer, and rebinding a name to this address fails here. */
const localHost = /^(127\.0\.0\.1|localhost)(:\d+)?$/;
const localOrigin = /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?$/;

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

export function createFaceServer({ operations, liveness, log }: FaceServerOptions): Server {
  const bodies = createGate(bodyBudgetBytes);
  const work = createGate(1);

  const withBody = async <T>(
    request: IncomingMessage,
    use: (input: JsonObject) => T,
  ): Promise<Awaited<T>> => {
    const leaveBodies = await bodies.enter(Number(request.headers['content-length'] ?? maxBodyBytes));
    try {
      const body = await readBody(request);
      const leaveWork = await work.enter(1);
      try {
        return await use(parse(body));
      } finally {
        if (body.length > largeBodyBytes) globalThis.gc?.();
        leaveWork();
      }
    } finally {
      leaveBodies();
    }
  };

  const callService = async (request: IncomingMessage, name: string): Promise<Answer> => {
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (!operation) throw new AwsError('UnknownOperationException', 'No such operation at this engine.');
    if (!awsJson.test(request.headers['content-type'] ?? ''))
      throw new AwsError('SerializationException', 'The content type is application/x-amz-json-1.1.');
    return { status: 200, body: await withBody(request, operation) };
  };

  const stream = async (request: IncomingMessage, id: string, step: string): Promise<Answer> => {
    const origin = request.headers.origin;
    const headers: Record<string, string> =
      origin !== undefined && localOrigin.test(origin)
        ? {
            'access-control-allow-origin': origin,
            'access-control-allow-headers': 'content-type',
            'access-control-allow-methods': 'GET, POST',
            vary: 'origin',
          }
        : {};
    if (request.method === 'OPTIONS') return { status: 204, body: undefined, headers };
    let answer: StreamAnswer = { status: 405, body: { code: 'method-not-allowed' } };
    if (request.method === 'GET' && step === 'challenge') answer = liveness.challenge(id);
    if (request.method === 'POST' && step === 'frames')
      answer = await withBody(request, (input) => liveness.submit(id, input));
    return { ...answer, headers: { 'content-type': 'application/json', ...headers } };
  };

  const server = createServer(async (request, response) => {
    const began = performance.now();
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    const name = target.exec(String(request.headers['x-amz-target'] ?? ''))?.[1];
    const streamed = streamPath.exec(path);
    // Only what is known here is written into a log: a name can be anything.
    const operation =
      streamed?.[2] ?? (name !== undefined && Object.hasOwn(operations, name) ? name : 'unknown');
    let refusal = '';
    try {
      if (!localHost.test(request.headers.host ?? ''))
        throw new AwsError(
          'AccessDeniedException',
          'This engine answers on the loopback interface only.',
          403,
        );
      if (streamed?.[1] && streamed[2]) send(response, await stream(request, streamed[1], streamed[2]));
      else if (request.method === 'POST' && path === '/')
        send(response, await callService(request, name ?? ''));
      else throw new AwsError('UnknownOperationException', 'Operations are POST /.', 404);
    } catch (error) {
      refusal =
        error instanceof AwsError ? error.name : request.errored ? 'caller gone' : 'InternalServerError';
      if (refusal === 'InternalServerError' && error instanceof Error) log(error.stack ?? error.name);
      sendError(request, response, error);
    }
    log(`${operation} ${(performance.now() - began).toFixed(0)} ms${refusal && ` ${refusal}`}`);
  });
  server.requestTimeout = requestTimeoutMs;
  return server;
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-requestid': randomUUID(),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(text);
}

function sendError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  // The rest of a body that is not read would be taken for the next request.
  const unread: Record<string, string> = request.complete ? {} : { connection: 'close' };
  const [type, message, status] =
    error instanceof AwsError
      ? [error.name, error.message, error.status]
      : ['InternalServerError', 'The engine failed; see its log.', 500];
  send(response, {
    status,
    body: { __type: type, Message: message },
    headers: { 'x-amzn-errortype': type, ...unread },
  });
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes)
      throw new AwsError(
        'RequestEntityTooLargeException',
        `The body is larger than ${maxBodyBytes} bytes.`,
        413,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Not before its turn: the strings of a body take as much as the body. */
function parse(body: Buffer): JsonObject {
  let value: unknown;
  try {
    // Base64 and JSON are ASCII, and a string of one-byte characters takes half the memory.
    value = JSON.parse(body.toString('latin1'));
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON.');
  }
  if (!isJsonObject(value)) throw new AwsError('SerializationException', 'The body is not a JSON object.');
  return value;
}
