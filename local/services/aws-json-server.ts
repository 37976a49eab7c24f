import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { listenOnPort } from '../ports.ts';
import type { Service } from './types.ts';

/**
 * AWS JSON 1.0 and 1.1: every operation is `POST /` with `X-Amz-Target: <prefix>.<operation>`.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
 *
 * Signatures are not verified: whoever reaches the loopback interface is trusted. A web page is not,
 * it cannot send this content type to another origin without a preflight that is never answered.
 */

export type JsonObject = Record<string, unknown>;

/** An error of the service's model: the client throws it as an exception of that name. */
export class AwsError extends Error {
  readonly status: number;
  constructor(type: string, message: string, status = 400) {
    super(message);
    this.name = type;
    this.status = status;
  }
}

type Operation = (input: JsonObject) => unknown;

export interface AwsJsonProtocol {
  /** What comes before the dot in `X-Amz-Target`, such as `AWSEvents`. */
  readonly targetPrefix: string;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly log: (line: string) => void;
}

/** The largest body that the emulated services accept is 1 MiB. */
const maxBodyBytes = 1024 * 1024;
const contentType = /^application\/x-amz-json-1\.[01]\s*(;|$)/;

export function startAwsJsonServer(protocol: AwsJsonProtocol): Promise<Service> {
  return listenOnLoopback((request, response) => {
    void answer(protocol, request, response);
  });
}

/** Any request handler on a free port of 127.0.0.1. */
export async function listenOnLoopback(handler: RequestListener): Promise<Service> {
  const server = createServer(handler);
  const port = await listenOnPort(server, 0);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  protocol: AwsJsonProtocol,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const version =
    contentType.exec(request.headers['content-type'] ?? '')?.[0] ?? 'application/x-amz-json-1.0';
  const send = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': version, 'x-amzn-requestid': randomUUID(), ...headers });
    response.end(JSON.stringify(body));
  };
  try {
    const operation = findOperation(protocol, request);
    send(200, (await operation(parse(await readBody(request)))) ?? {});
  } catch (error) {
    if (error instanceof AwsError) {
      // The rest of a body that is not read would be taken for the next request.
      const unread = request.complete ? {} : { connection: 'close' };
      send(
        error.status,
        { __type: error.name, message: error.message },
        { 'x-amzn-errortype': error.name, ...unread },
      );
      return;
    }
    protocol.log(`${protocol.targetPrefix}: ${error instanceof Error ? error.stack : String(error)}`);
    send(500, { __type: 'InternalFailure', message: 'The local stand-in failed; see its log.' });
  }
}

function findOperation({ targetPrefix, operations }: AwsJsonProtocol, request: IncomingMessage): Operation {
  const target = String(request.headers['x-amz-target'] ?? '');
  const [prefix, name = ''] = target.split('.', 2);
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (request.method !== 'POST' || prefix !== targetPrefix || operation === undefined)
    throw new AwsError('UnknownOperationException', `No operation "${target}" at this stand-in.`);
  if (!contentType.test(request.headers['content-type'] ?? ''))
    throw new AwsError('SerializationException', 'The content type is application/x-amz-json-1.0 or 1.1.');
  return operation;
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

function parse(body: Buffer): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON in UTF-8.');
  }
  if (!isJsonObject(value)) throw new AwsError('SerializationException', 'The body is not a JSON object.');
  return value;
}

// --- typed members of an input

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function optionalString(input: JsonObject, member: string): string | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new AwsError('SerializationException', `"${member}" is not a string.`);
  return value;
}

export function requiredString(input: JsonObject, member: string): string {
  const value = optionalString(input, member);
  if (value === undefined || value === '')
    throw new AwsError(
      'ValidationException',
      `Value at '${member}' failed to satisfy constraint: Member must not be null`,
    );
  return value;
}

export function optionalInteger(
  input: JsonObject,
  member: string,
  range: { min: number; max: number },
): number | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (!Number.isInteger(value))
    throw new AwsError('SerializationException', `"${member}" is not an integer.`);
  if (Number(value) < range.min || Number(value) > range.max)
    throw new AwsError(
      'ValidationException',
      `Value at '${member}' is not between ${range.min} and ${range.max}.`,
    );
  return Number(value);
}

/** AWS JSON writes a time as seconds since 1970, with a fraction. */
export function epochSeconds(ms: number): number {
  return ms / 1000;
}
