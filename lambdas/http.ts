import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import { problemText } from '#contract/describe-problem.ts';
import type { AnswerOf, BodyOf, ParamsOf, QueryOf, Route } from '#contract/route.ts';
import type { CheckProof, Phone } from '#core/devices/check-proof.ts';
import type { Unproven } from '#core/offers/attempt.ts';
import type { SignedIn, SignInOutcome } from '#core/shared/sign-in.ts';
import { admit } from './shell/admission.ts';
import { behindEdge, type EdgeSecrets } from './shell/behind-edge.ts';
import { problemResult, type Refusal } from './shell/refusal.ts';
import { parseRequest } from './shell/request.ts';

/** What every HTTP function needs, made once in its entry file. */
export interface Shell {
  edgeSecrets: EdgeSecrets;
  signIn: (authorization: string | undefined) => Promise<SignInOutcome>;
  /** Of functions that answer routes of level `device`. */
  checkProof?: CheckProof;
  onUnproven?: (refused: Unproven) => void;
}

/** Who calls, and on which phone where one was shown. */
export interface Caller extends SignedIn, Omit<Phone, 'account'> {}

export interface Call<R extends Route> {
  caller: Caller;
  params: ParamsOf<R>;
  query: QueryOf<R>;
  body: BodyOf<R>;
  headers: Readonly<Record<string, string | undefined>>;
  /** As the client asked for it. */
  path: string;
  requestId: string;
}

export type Handle<R extends Route> = (call: Call<R>) => Promise<AnswerOf<R> | Refusal>;
export interface Entry {
  route: Route;
  handle: Handle<Route>;
}

/** Binds a route of the contract to the function that answers it; in two steps, so that the route types the function. */
export const on =
  <R extends Route>(route: R) =>
  (handle: Handle<R>): Entry => ({ route, handle: handle as never });

type Event = APIGatewayProxyEventV2;
type Result = APIGatewayProxyStructuredResultV2;

/** Answers pass their schema, so that nothing unlisted leaves; one that does not fit is a bug. */
const answerResult = (route: Route, { status, body, headers }: AnswerOf<Route>): Result => {
  const schema = route.responses[status];
  if (schema === undefined) throw new Error(`${route.operation} has no answer ${status}`);
  if (schema === null) return { statusCode: status, ...(headers && { headers }) };
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(z.parse(schema, body)),
  };
};

const respond = async (shell: Shell, { route, handle }: Entry, event: Event): Promise<Result> => {
  const admitted = await admit(shell, route, event);
  if ('problem' in admitted) return problemResult(admitted);
  const { caller, headers } = admitted;
  const answer = await answerOf(caller, { route, handle }, event);
  return headers ? { ...answer, headers: { ...headers, ...answer.headers } } : answer;
};

const answerOf = async (caller: Caller, { route, handle }: Entry, event: Event): Promise<Result> => {
  const parsed = parseRequest(route, event);
  if ('problem' in parsed) return problemResult(parsed);
  const answer = await handle({
    caller,
    ...(parsed as Pick<Call<Route>, 'params' | 'query' | 'body'>),
    headers: event.headers,
    path: event.rawPath,
    requestId: event.requestContext.requestId,
  });
  return 'problem' in answer ? problemResult(answer) : answerResult(route, answer);
};

/**
 * A Lambda handler for some routes of the contract. `otherwise` answers what no route matches.
 * Refusals are values all the way.
 */
export const httpFunction = (
  shell: Shell,
  entries: readonly Entry[],
  otherwise: (event: Event) => Refusal = () => ({ problem: 'not-found' }),
) => {
  const forPhones = entries.find(({ route }) => route.level === 'device');
  if (forPhones && !shell.checkProof)
    throw new Error(`${forPhones.route.operation} needs a shell that checks proofs`);
  // Whoever cannot say why it refuses does not start.
  for (const { route } of entries) for (const code of route.refusals) problemText(code);
  const byRouteKey = new Map(entries.map((entry) => [`${entry.route.method} ${entry.route.path}`, entry]));
  return behindEdge(shell.edgeSecrets, (event) => {
    const entry = byRouteKey.get(event.routeKey);
    return entry ? respond(shell, entry, event) : problemResult(otherwise(event));
  });
};
