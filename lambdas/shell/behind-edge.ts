import { timingSafeEqual } from 'node:crypto';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { log } from './log.ts';
import { problemResult } from './refusal.ts';

type Event = APIGatewayProxyEventV2;
type Result = APIGatewayProxyStructuredResultV2;

/** Values of which a request must carry one; the edge adds it. */
export type EdgeSecrets = () => Promise<readonly Uint8Array[]>;

/** Requests that did not come through the edge are refused: it carries the firewall and the rate limits. */
const cameThroughEdge = async (edgeSecrets: EdgeSecrets, event: Event): Promise<boolean> => {
  const given = Buffer.from(event.headers['x-evenfield-edge'] ?? '');
  const secrets = await edgeSecrets();
  return secrets.some((secret) => given.length === secret.length && timingSafeEqual(given, secret));
};

/** A Lambda handler of what came through the edge. What throws is a bug, logged once and answered 500. */
export const behindEdge = (edgeSecrets: EdgeSecrets, answer: (event: Event) => Result | Promise<Result>) =>
  middy<Event, Result, Error, Context>()
    .onError(async (request) => {
      log.error('handler.failed', request.error, { routeKey: request.event.routeKey });
      request.response = problemResult({ problem: 'internal-error' });
    })
    .handler(async (event) =>
      (await cameThroughEdge(edgeSecrets, event))
        ? answer(event)
        : problemResult({ problem: 'edge-required' }),
    );
