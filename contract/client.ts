import * as z from 'zod/mini';
import { describeProblem } from './describe-problem.ts';
import { type ProblemDocument, problemDocument } from './problem-document.ts';
import type { ParamsOf, QueryOf, Route } from './route.ts';
import { type Operation, routes } from './routes.ts';

type Routes = typeof routes;
type Input<R extends Route> = {
  params?: R extends { params: object } ? ParamsOf<R> : never;
  query?: R extends { query: object } ? QueryOf<R> : never;
  body?: R extends { body: z.ZodMiniType }
    ? z.input<R['body']>
    : R extends { image: object }
      ? Uint8Array<ArrayBuffer>
      : never;
  headers?: Record<string, string>;
};

type AnyInput = {
  params?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
  headers?: Record<string, string>;
};

/** A success by its status, or a problem document; `headers` as received. */
export type Answer<R extends Route> =
  | {
      [S in keyof R['responses'] & number]: {
        ok: true;
        status: S;
        headers: Headers;
        body: R['responses'][S] extends z.ZodMiniType ? z.output<R['responses'][S]> : null;
      };
    }[keyof R['responses'] & number]
  | { ok: false; status: number; headers: Headers; body: ProblemDocument };

export type Client = {
  readonly [O in Operation]: (input?: Input<Routes[O]>) => Promise<Answer<Routes[O]>>;
};

export interface ClientOptions {
  /** Such as `http://127.0.0.1:8787`. */
  origin: string;
  /** Sent as a bearer token; a function is asked before every call. */
  token?: string | (() => string | Promise<string>);
  fetch?: typeof fetch;
}

const fillPath = (path: string, params: Record<string, string> = {}) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));

const isImage = (body: unknown): body is Uint8Array<ArrayBuffer> => body instanceof Uint8Array;
const pngStart = 0x89;
/** What a body is sent as: an image as what it begins like, everything else as JSON. */
const typeOf = (body: unknown) =>
  isImage(body) ? (body[0] === pngStart ? 'image/png' : 'image/jpeg') : 'application/json';
const encode = (body: unknown) => (isImage(body) ? body : JSON.stringify(body));

/**
 * A client typed by the contract. Refusals are values, also those of a gateway or firewall on the way, which speak
 * no problem documents; a success outside the contract throws.
 * It never retries: the caller knows whether a person is waiting.
 */
export const createClient = ({ origin, token, fetch: send = fetch }: ClientOptions): Client => {
  const call = async (route: Route, input: AnyInput = {}) => {
    const url = new URL(fillPath(route.path, input.params), origin);
    for (const [name, value] of Object.entries(input.query ?? {})) url.searchParams.set(name, String(value));
    const bearer = typeof token === 'function' ? await token() : token;
    const response = await send(url, {
      method: route.method,
      headers: {
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
        ...(input.body === undefined ? {} : { 'content-type': typeOf(input.body) }),
        ...input.headers,
      },
      ...(input.body === undefined ? {} : { body: encode(input.body) }),
    });
    const text = await response.text();
    const { status, headers } = response;
    const schema = route.responses[status];
    if (schema === undefined) {
      const problem = z.safeParse(problemDocument, parseJson(text));
      if (problem.success) return { ok: false, status, headers, body: problem.data };
      if (status < 400) throw new Error(`${route.operation}: unexpected answer ${status}`);
      return { ok: false, status, headers, body: fromTheWay(status) };
    }
    return { ok: true, status, headers, body: schema === null ? null : z.parse(schema, parseJson(text)) };
  };
  return Object.fromEntries(
    Object.entries(routes).map(([operation, route]) => [operation, (input?: AnyInput) => call(route, input)]),
  ) as unknown as Client;
};

/** A refusal that did not come from Evenfield itself. */
const fromTheWay = (status: number): ProblemDocument => {
  const code =
    status === 429
      ? 'slow-down'
      : status >= 500
        ? 'try-again'
        : status === 413
          ? 'request-too-large'
          : 'forbidden';
  return { ...describeProblem(code), status };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
