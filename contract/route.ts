import type * as z from 'zod/mini';
import type { ProblemCode } from './problems.ts';

/**
 * Who may call a route. `login`: a signed-in account. `device`: a driver on a proven phone.
 * The rest are operator groups; a token must carry the named group.
 */
export type Level = 'public' | 'login' | 'device' | OperatorGroup;
export const operatorGroups = ['publisher', 'analyst', 'approver', 'legal'] as const;
export type OperatorGroup = (typeof operatorGroups)[number];

type Schema = z.ZodMiniType;
type Responses = { readonly [status: number]: Schema | null };

/** One operation of the API as data: server, client, OpenAPI document and tests all read it. */
export interface Route {
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With `{name}` segments, each described by `params`. */
  readonly path: `/v1/${string}`;
  readonly level: Level;
  /** Other operator groups that may call it as well. */
  readonly alsoFor?: readonly OperatorGroup[];
  readonly summary: string;
  readonly params?: z.ZodMiniObject;
  readonly query?: z.ZodMiniObject;
  readonly body?: Schema;
  /** A body that is left out counts as an empty object. */
  readonly bodyOptional?: true;
  /** The body is an image of one of these types, as it is. */
  readonly image?: { readonly types: readonly string[] };
  /** Largest accepted body in bytes. */
  readonly bodyLimit?: number;
  /**
   * Level `device` only: the proof must answer a nonce of ours, carry an App Attest assertion on iOS, and come from a
   * phone that may claim.
   */
  readonly claimProof?: true;
  /** Success answers by status; `null` means no body. Unlisted fields never leave the server. */
  readonly responses: Responses;
  /** Refusals of this operation beyond those that its level and body imply. */
  readonly refusals: readonly ProblemCode[];
}

type Parsed<S> = S extends z.ZodMiniType ? z.infer<S> : Record<never, never>;
export type ParamsOf<R extends Route> = Parsed<R['params']>;
export type QueryOf<R extends Route> = Parsed<R['query']>;
export type BodyOf<R extends Route> = R['body'] extends Schema
  ? z.infer<R['body']>
  : R['image'] extends object
    ? Uint8Array
    : undefined;

/** The success answers that a handler of this route may return. */
export type AnswerOf<R extends Route> = {
  [S in keyof R['responses'] & number]: {
    status: S;
    body: R['responses'][S] extends Schema ? z.input<R['responses'][S]> : null;
    headers?: Record<string, string>;
  };
}[keyof R['responses'] & number];

export const defineRoute = <const R extends Route>(route: R): R => route;
