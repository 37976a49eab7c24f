import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { describeProblem, type Fault, type ProblemDetails, problemText } from '#contract/describe-problem.ts';
import type { WayOn } from '#contract/devices.ts';
import type { ProblemCode } from '#contract/problems.ts';

/** An expected no, as a value: what the caller is told. */
export interface Refusal extends ProblemDetails {
  problem: ProblemCode;
  headers?: Record<string, string>;
}

/** The refusal of a use case, for the caller. */
export const refusalOf = ({
  code,
  ...details
}: {
  code: ProblemCode;
  reason?: string;
  faults?: readonly Readonly<Fault>[];
  ways?: WayOn[];
  retryAfterSeconds?: number;
}): Refusal => ({
  problem: code,
  ...(details.reason && { reason: details.reason }),
  ...(details.faults && { faults: [...details.faults] }),
  ...(details.ways && { ways: details.ways }),
  ...(details.retryAfterSeconds !== undefined && {
    headers: { 'retry-after': String(details.retryAfterSeconds) },
  }),
});

/** Most refusals say nothing of their own: their text is made once. */
const plainBodies = new Map<ProblemCode, string>();

const plainBody = (problem: ProblemCode): string => {
  const body = plainBodies.get(problem) ?? JSON.stringify(describeProblem(problem));
  plainBodies.set(problem, body);
  return body;
};

export const problemResult = ({
  problem,
  headers,
  ...details
}: Refusal): APIGatewayProxyStructuredResultV2 => ({
  statusCode: problemText(problem).status,
  headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  body:
    Object.keys(details).length > 0 ? JSON.stringify(describeProblem(problem, details)) : plainBody(problem),
});
